"""Names of files that came by mail, made safe to store and honest to read."""

import mimetypes
import re

from .headers import one_line

NAME_MAX = 180  # bytes in UTF-8: file systems allow 255, and stores add their own prefix
EXTENSION_MAX = 12  # characters, dot included
FORBIDDEN = re.compile(r'[<>:"|?*%]')
DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
KNOWN = mimetypes.MimeTypes(filenames=())
# What the built-in table lacks, or answers differently from one Python to the next.
EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "image/jpeg": ".jpg",
}


def safe_name(name: str, content_type: str, position: int, subject: str = "") -> str:
    """A file name without path, controls, or marks that reorder it; at most `NAME_MAX` bytes.

    A file without a name is called after the subject it carries, else `file-<position>`.
    """
    name = _plain(one_line(name, 2000).replace("\\", "/").rpartition("/")[2])
    if not name:
        stem = _plain(one_line(subject, 100).replace("/", " ").replace("\\", " ")) or f"file-{position}"
        name = stem + (EXTENSIONS.get(content_type) or KNOWN.guess_extension(content_type) or ".bin")
    return _bounded(f"_{name}" if DEVICES.match(name) else name)


def _plain(name: str) -> str:
    return FORBIDDEN.sub("_", name).strip(". ")


def _bounded(name: str) -> str:
    """The name cut in its middle, so that the extension stays true."""
    stem, dot, extension = name.rpartition(".")
    extension = dot + extension if dot and stem and len(extension) < EXTENSION_MAX else ""
    stem = name.removesuffix(extension)
    room = NAME_MAX - len(extension.encode("utf-8"))
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(". ") + extension
