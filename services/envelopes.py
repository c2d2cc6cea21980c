"""Envelopes: secrets that must be read again are kept sealed with AES-256-GCM, each purpose under its own key."""

from __future__ import annotations

import secrets
from typing import Final

from services.keys import key_for

NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"


class BrokenSeal(Exception):
    """The envelope was changed, belongs elsewhere, or was sealed under another master key."""


def seal(content: bytes, *, purpose: str, bound_to: str) -> bytes:
    """Content that only this portal can read, and only as what it was sealed for: `bound_to` names its row."""
    # Loaded when first needed, because few requests seal anything and the library is large.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key_for(f"envelope: {purpose}")).encrypt(nonce, content, bound_to.encode())


def unseal(sealed: bytes, *, purpose: str, bound_to: str) -> bytes:
    """The content of an envelope; raises BrokenSeal."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if sealed[:1] != _VERSION:
        raise BrokenSeal(purpose)
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key_for(f"envelope: {purpose}")).decrypt(nonce, rest, bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise BrokenSeal(purpose) from error
