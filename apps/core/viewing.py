"""Looking at a sensitive paper: its pages as pictures, with the viewer's name across them, made for this one look."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

import pypdfium2 as pdfium
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from PIL import Image, ImageDraw, ImageFont

from apps.core.attachments import MOST_PAGES, Attachment, note_view

WIDEST = 1400  # pixels
SLANT = 24  # degrees
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)


@transaction.atomic
def look_at(paper: Attachment, *, by, now: datetime) -> list[str]:
    """At most MOST_PAGES pages of a paper as JPEGs in base64, marked with who looks; the look is recorded."""
    note_view(paper, by=by, now=now)
    words = f"{by.name} · {by.number or by.email} · {date_format(localtime(now), 'Y-m-d H:i')}"
    return [b64encode(_jpeg(_marked(page, words))).decode() for page in _pages(paper)]


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def _pages(paper: Attachment) -> Iterator[Image.Image]:
    content = paper.read()
    if paper.is_image:
        with Image.open(BytesIO(content)) as picture:
            page = picture.convert("RGB")
            page.thumbnail((WIDEST, WIDEST * 2))
            yield page
        return
    with pdfium.PdfDocument(content) as document:
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            scale = min(3.0, WIDEST / max(page.get_width(), page.get_height() / 2, 1))
            yield page.render(scale=scale).to_pil().convert("RGB")


def _marked(picture: Image.Image, words: str) -> Image.Image:
    """The words again and again across the picture, light enough to read what lies under them."""
    size = max(14, picture.width // 34)
    font = font_of(size)
    wide = int(font.getlength(words)) + size * 3
    reach = int((picture.width**2 + picture.height**2) ** 0.5)
    layer = Image.new("L", (reach, reach))
    pen = ImageDraw.Draw(layer)
    for row, top in enumerate(range(0, reach, size * 6)):
        for left in range(-wide * (row % 2) // 2, reach, wide):
            pen.text((left, top), words, font=font, fill=96)
    layer = layer.rotate(SLANT)
    left, top = (reach - picture.width) // 2, (reach - picture.height) // 2
    mask = layer.crop((left, top, left + picture.width, top + picture.height))
    picture.paste(Image.new("RGB", picture.size, (176, 24, 24)), mask=mask)
    return picture


def font_of(size: int) -> ImageFont.FreeTypeFont:
    """A font of this machine that knows Chinese signs, where there is one."""
    for path in FONTS:
        try:
            return ImageFont.truetype(path, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
