"""Content-Transfer-Encoding undone, as far as damaged letters allow."""

import binascii
import string

ALPHABET = (string.ascii_letters + string.digits + "+/").encode()
EXPECTED = ALPHABET + b"=\r\n"
PLAIN = {"", "7bit", "8bit", "binary"}
# More foreign bytes than this share, and the content is not base64 at all.
FOREIGN_MAX = 0.1


def unbase64(data: bytes) -> bytes:
    """The bytes a damaged base64 text still holds: foreign characters skipped, missing padding supplied."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        letters = bytes(byte for byte in data.partition(b"=")[0] if byte in ALPHABET)
        whole = letters[: -1 if len(letters) % 4 == 1 else None]
        return binascii.a2b_base64(whole + b"==")


def undo(data: bytes, encoding: str) -> tuple[bytes, bool]:
    """The content, and whether the encoding was known and undamaged. Unknown ones leave the bytes as they are."""
    if encoding in PLAIN:
        return data, True
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data), True
    if encoding != "base64":
        return data, False
    foreign = len(data.translate(None, EXPECTED))
    if foreign > FOREIGN_MAX * len(data):
        return data, False
    letters = len(data.translate(None, b"\r\n"))
    return unbase64(data), not foreign and letters % 4 == 0
