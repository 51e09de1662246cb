"""Files. One model, one validator, one download view that asks the subject; stored privately with their hash."""

import hashlib
import os
import uuid
from datetime import timedelta
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile

import filetype
import pillow_heif
import pypdfium2 as pdfium
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from apps.core import encryption
from apps.core.history import append_only
from apps.core.transitions import record, verb
from apps.core.verdicts import PolicyBroken, no, require, unless

pillow_heif.register_heif_opener()

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 50_000_000
THUMBNAIL = (320, 320)
ORPHAN_AGE = timedelta(days=1)
IMAGES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF", "image/heic": "JPEG"}
ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "application/pdf": (".pdf",),
}
MOST_PAGES = 12  # of a paper that is looked at in the page
INLINE = {"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"}
DOCUMENTS = {
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/zip",
    "audio/mpeg",
    "audio/mp4",
    "video/mp4",
}
TEXTS = {".txt": "text/plain", ".csv": "text/csv", ".ics": "text/calendar", ".eml": "message/rfc822"}

VIEWED = verb("file_viewed", _("Opened a sensitive file"))
ADDED = verb("file_added", _("File added"))


def _path(attachment: "Attachment", _name: str) -> str:
    secret = uuid.uuid4().hex
    return f"{secret[:2]}/{secret}"


class AttachmentQuerySet(models.QuerySet):
    def about(self, subject: models.Model):
        return self.filter(
            subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True), subject_id=subject.pk
        )


class Attachment(models.Model):
    """A file that belongs to a subject; whoever may see the subject may see it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=_path)
    thumbnail = models.FileField(upload_to=_path, blank=True)
    sensitive = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["uploaded_at", "pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]
        triggers = append_only()
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("attachment", args=[self.key])

    @property
    def bound_to(self) -> str:
        """What a sealed file is tied to, so that it opens as this file only."""
        return f"attachment:{self.key}"

    def read(self) -> bytes:
        """Its content, unsealed."""
        with self.file.open("rb") as file:
            content = file.read()
        return encryption.unseal(content, bound_to=self.bound_to) if self.sensitive else content

    @property
    def is_image(self) -> bool:
        return self.content_type in IMAGES

    @property
    def shown_inline(self) -> bool:
        """Whether a browser may show it; everything else is only ever downloaded."""
        return self.content_type in INLINE


def sniff(name: str, content: bytes) -> str:
    """The real type of a file by its bytes, never by its name alone.

    Raises: PolicyBroken beside `file`: too large, empty, or of a kind that is not taken.
    """
    require(unless(not content, _("This file is empty.")), field="file")
    require(
        unless(
            len(content) > MAX_BYTES,
            _("This file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // 1024 // 1024},
            remedy=_("Send a smaller one, or a photo instead of a scan."),
        ),
        field="file",
    )
    kind = filetype.guess_mime(content[:8192])
    kind = {"image/heif": "image/heic", "image/jpg": "image/jpeg"}.get(kind, kind)
    if kind in IMAGES or kind in DOCUMENTS:
        return kind
    suffix = PurePosixPath(name.lower()).suffix
    if kind is None and suffix in TEXTS and b"\x00" not in content:
        return TEXTS[suffix]
    raise PolicyBroken(
        no(
            _("Files of this kind are not taken."),
            remedy=_("Send a photo, a PDF, an Office document, a text or a zip."),
        ),
        fields={"file": _("Files of this kind are not taken. Send a photo, a PDF, an Office document or a zip.")},
    )


def safe_name(name: str) -> str:
    """A file's name without path, control or direction-changing characters, at most 200 characters."""
    name = PurePosixPath(name.replace("\\", "/")).name
    name = "".join(sign for sign in name if sign.isprintable() and not "\u202a" <= sign <= "\u202e")
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[:180]}{dot}{suffix[:15]}"[:200] or "file"


def clean_image(content: bytes, kind: str) -> tuple[bytes, bytes]:
    """The picture without its hidden data (position, device), upright, and a small one (JPEG or PNG).

    Raises: PolicyBroken beside `file` for a broken picture or one of too many pixels.
    """
    try:
        with Image.open(BytesIO(content)) as picture:
            require(
                unless(
                    picture.width * picture.height > MAX_PIXELS,
                    _("This picture has more than %(limit)s megapixels.") % {"limit": MAX_PIXELS // 1_000_000},
                ),
                field="file",
            )
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            cleaned = content
            if kind != "image/gif":
                target = upright.convert("RGB") if IMAGES[kind] == "JPEG" else upright
                bare = Image.new(target.mode, target.size)
                bare.paste(target)
                out = BytesIO()
                bare.save(out, IMAGES[kind], quality=88)
                cleaned = out.getvalue()
            small = upright.convert("RGB")
            small.thumbnail(THUMBNAIL)
            out = BytesIO()
            small.save(out, "JPEG", quality=80)
            return cleaned, out.getvalue()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PolicyBroken(
            no(_("This picture cannot be read."), remedy=_("Take it again, or send it as a PDF.")),
            fields={"file": _("This picture cannot be read. Take it again, or send it as a PDF.")},
        ) from error


def check_paper(kind: str, content: bytes) -> None:
    """A sensitive file is only ever looked at in the page, so it is a picture or a PDF that opens.

    Raises: PolicyBroken beside `file`: of another kind, broken, without pages, or locked with a password.
    """
    if kind in IMAGES:
        return
    remedy = _("Send photos of its pages, or a PDF without a password.")
    if kind != "application/pdf":
        words = _("Papers are photos or PDFs.")
        raise PolicyBroken(no(words, remedy=remedy), fields={"file": f"{words} {remedy}"})
    try:
        with pdfium.PdfDocument(content) as document:
            pages = len(document)
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        words = _("This PDF is locked with a password.") if locked else _("This PDF cannot be read.")
        raise PolicyBroken(no(words, remedy=remedy), fields={"file": f"{words} {remedy}"}) from error
    require(unless(not pages, _("This PDF has no pages."), remedy=remedy), field="file")
    long = _("This PDF has more than %(count)s pages: whoever checks it would not see them all.") % {
        "count": MOST_PAGES
    }
    require(unless(pages > MOST_PAGES, long, remedy=_("Send the pages that matter.")), field="file")


def fitting_name(name: str, kind: str) -> str:
    """The name with an ending that says what the file is now: pictures of a phone become JPEG, and open as one."""
    endings = ENDINGS.get(kind)
    if endings is None or name.lower().endswith(endings):
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem if dot and ending.lower() in ('heic', 'heif') else name}{endings[0]}"


def attach(subject: models.Model, *, name: str, content: bytes, by, now, sensitive: bool = False) -> Attachment:
    """Check, clean and store a file of a subject.

    Raises: PolicyBroken beside `file`.
    """
    kind = sniff(name, content)
    thumbnail = b""
    if kind in IMAGES:
        content, thumbnail = clean_image(content, kind)
        kind = "image/jpeg" if kind == "image/heic" else kind
    if sensitive:
        check_paper(kind, content)
    name = fitting_name(safe_name(name), kind)
    return store(
        subject, name=name, content=content, kind=kind, thumbnail=thumbnail, by=by, now=now, sensitive=sensitive
    )


def keep(subject: models.Model, *, name: str, content: bytes, content_type: str, now) -> Attachment:
    """Store a file that came by mail as it is: nothing is dropped, and it is only ever downloaded unless checked.

    A picture or document that passes the checks is stored like an upload; anything else as plain bytes.
    """
    try:
        return attach(subject, name=name, content=content, by=None, now=now)
    except PolicyBroken:
        return store(
            subject, name=name, content=content, kind="application/octet-stream", thumbnail=b"", by=None, now=now
        )


@transaction.atomic
def store(subject, *, name, content, kind, thumbnail, by, now, sensitive=False) -> Attachment:
    attachment = Attachment(
        subject_type=ContentType.objects.get_for_model(subject, for_concrete_model=True),
        subject_id=subject.pk,
        name=safe_name(name),
        content_type=kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sensitive=sensitive,
        uploaded_by=by,
        uploaded_at=now,
    )
    stored = []
    try:
        kept = encryption.seal(content, bound_to=attachment.bound_to) if sensitive else content
        attachment.file.save("file", ContentFile(kept), save=False)
        stored.append(attachment.file)
        if thumbnail and not sensitive:
            attachment.thumbnail.save("file", ContentFile(thumbnail), save=False)
            stored.append(attachment.thumbnail)
        attachment.save()
    except BaseException:
        for one in stored:
            one.storage.delete(one.name)
        raise
    record(subject, ADDED, by=by, now=now, note=attachment.name, sha256=attachment.sha256)
    return attachment


@encryption.reseals
def reseal_files() -> int:
    """Seal again what an older key sealed, each file replaced as a whole; answers how many."""
    done = 0
    for attachment in Attachment.objects.filter(sensitive=True).order_by("pk").iterator(chunk_size=200):
        with attachment.file.open("rb") as file:
            sealed = file.read()
        if encryption.is_current(sealed):
            continue
        fresh = encryption.seal(encryption.unseal(sealed, bound_to=attachment.bound_to), bound_to=attachment.bound_to)
        path = Path(attachment.file.path)
        with NamedTemporaryFile(dir=path.parent, delete=False) as beside:
            beside.write(fresh)
            beside.flush()
            os.fsync(beside.fileno())
        os.replace(beside.name, path)
        done += 1
    return done


def remove_orphans(*, now) -> int:
    """Remove stored files that no row knows, left by transactions that failed a day ago or earlier; how many."""
    storage = Attachment._meta.get_field("file").storage
    removed = 0
    for folder in storage.listdir("")[0] if storage.exists("") else ():
        names = {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
        known = Attachment.objects.filter(models.Q(file__in=names) | models.Q(thumbnail__in=names))
        for name in names.difference(*known.values_list("file", "thumbnail")):
            if storage.get_modified_time(name) < now - ORPHAN_AGE:
                storage.delete(name)
                removed += 1
    return removed


def visible_to(user, attachment: Attachment) -> bool:
    """A file is seen by those who see its subject."""
    model = attachment.subject_type.model_class()
    return model.objects.visible_to(user).filter(pk=attachment.subject_id).exists()


def note_view(attachment: Attachment, *, by, now) -> None:
    """Record that somebody opened a sensitive file."""
    if attachment.sensitive:
        record(attachment.subject, VIEWED, by=by, now=now, note=attachment.name, sha256=attachment.sha256)
