"""Sealing what must be unreadable at rest (promise G28): AES-256-GCM, bound to the record it belongs to.

The first of the ENCRYPTION_KEYS seals, every one of them opens: put a new one first, run `manage.py rotate_keys`, then
take the old one away.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

MARK = b"onsite1"  # what everything sealed begins with
NONCE = 12


class Unreadable(Exception):
    """Not sealed by a key we have, not for this record, or changed since."""


def seal(plain: bytes, *, bound_to: str) -> bytes:
    """Encrypt under the first key. Only whoever names the same record opens it again."""
    name = _current()
    nonce = secrets.token_bytes(NONCE)
    head = MARK + bytes([len(name)]) + name.encode()
    return head + nonce + AESGCM(settings.ENCRYPTION_KEYS[name]).encrypt(nonce, plain, head + bound_to.encode())


def unseal(sealed: bytes, *, bound_to: str) -> bytes:
    """Raises: Unreadable."""
    sealed = bytes(sealed)
    name = key_of(sealed)
    if name not in settings.ENCRYPTION_KEYS:
        raise Unreadable(f"The key “{name}” is not among the ENCRYPTION_KEYS.")
    head = MARK + bytes([len(name.encode())]) + name.encode()
    nonce, cipher = sealed[len(head) : len(head) + NONCE], sealed[len(head) + NONCE :]
    try:
        return AESGCM(settings.ENCRYPTION_KEYS[name]).decrypt(nonce, cipher, head + bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable("It belongs to another record, or was changed.") from error


def key_of(sealed: bytes) -> str:
    """The name of the key that sealed it.

    Raises: Unreadable for what was never sealed.
    """
    sealed = bytes(sealed[:300])
    if not sealed.startswith(MARK) or len(sealed) < len(MARK) + 1:
        raise Unreadable("This was not sealed here.")
    length = sealed[len(MARK)]
    return sealed[len(MARK) + 1 : len(MARK) + 1 + length].decode(errors="replace")


def is_current(sealed: bytes) -> bool:
    """Whether the first key sealed it."""
    return key_of(sealed) == _current()


def digest(words: str) -> str:
    """A keyed hash (64 hex digits) by which equal words are known without being readable."""
    return _digest(_current(), words)


def digests(words: str) -> list[str]:
    """The same under every key: what was stored before a new key came is found as well."""
    return [_digest(name, words) for name in settings.ENCRYPTION_KEYS]


def _digest(name: str, words: str) -> str:
    return hmac.new(_hashing_key(settings.ENCRYPTION_KEYS[name]), words.encode(), hashlib.sha256).hexdigest()


@lru_cache
def _hashing_key(key: bytes) -> bytes:
    """Hashing and sealing never share a key."""
    return hmac.new(key, b"onsite digest", hashlib.sha256).digest()


def _current() -> str:
    return next(iter(settings.ENCRYPTION_KEYS))


RESEAL: list[Callable[[], int]] = []


def reseals(function):
    """Register who seals again, under the first key, what an older one sealed: `f() -> how many`."""
    RESEAL.append(function)
    return function


def rotate() -> int:
    """Seal everything under the first key; answers how many were sealed by another. Safe to repeat or break off."""
    return sum(function() for function in RESEAL)
