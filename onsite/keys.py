"""The keys that seal papers and identity numbers, as the settings name them."""

import base64
import binascii

DEVELOPMENT_KEYS = ["development:b25zaXRlLWRldmVsb3BtZW50LWFuZC10ZXN0cy0wMDE="]
LENGTH = 32  # bytes


class BadKey(ValueError):
    """ENCRYPTION_KEYS is not what it should be."""


def named_keys(given: list[str]) -> dict[str, bytes]:
    """`["2026:<base64>", "2025:<base64>"]` as keys by name, the one in use first.

    Raises: BadKey.
    """
    keys: dict[str, bytes] = {}
    for one in given:
        name, _, words = one.partition(":")
        try:
            key = base64.b64decode(words, validate=True)
        except binascii.Error as error:
            raise BadKey(f"ENCRYPTION_KEYS: what stands behind “{name}:” is not base64.") from error
        if not name.isascii() or not 0 < len(name) < 40 or len(key) != LENGTH or name in keys:
            raise BadKey(
                f"ENCRYPTION_KEYS: name:key pairs, each name once, each key {LENGTH} bytes as base64; “{name}” is not."
            )
        keys[name] = key
    if not keys:
        raise BadKey("ENCRYPTION_KEYS: at least one key is needed.")
    return keys
