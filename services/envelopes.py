"""Envelopes: secrets that must be read again are kept sealed with AES-256-GCM, each purpose under its own key."""

from __future__ import annotations

import os
from typing import Final

from services.keys import key_for

NONCE_BYTES: Final = 12


def seal(content: bytes, *, purpose: str, bound_to: str) -> bytes:
    """Content that only this portal can read, and only as what it was sealed for: `bound_to` names its row."""
    # Loaded when first needed, because few requests seal anything and the library is large.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key_for(f"envelope: {purpose}")).encrypt(nonce, content, bound_to.encode())


def unseal(sealed: bytes, *, purpose: str, bound_to: str) -> bytes:
    """The content of an envelope; raises InvalidTag where it was changed or belongs elsewhere."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    return AESGCM(key_for(f"envelope: {purpose}")).decrypt(nonce, rest, bound_to.encode())
