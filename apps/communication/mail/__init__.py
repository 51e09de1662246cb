"""Letters: what a client's mail says, whoever's program wrote it, and the letters Onsite writes back.

Pure: bytes and strings in, values out. No database, no clock, no network.
"""

from .kinds import LetterKind
from .letter import Letter, LetterFile
from .reading import read
from .subjects import clean_subject, thread_token, token_mark
from .writing import compose, new_message_id

__all__ = [
    "Letter",
    "LetterFile",
    "LetterKind",
    "clean_subject",
    "compose",
    "new_message_id",
    "read",
    "thread_token",
    "token_mark",
]
