"""Secrets: the master key outside the database, one derived key per purpose, tokens and their digests."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from settings import get_settings

TOKEN_BYTES: Final = 32
KEY_FILE: Final = "secret.key"
SHORTEST_SECRET: Final = 32


class WeakSecret(Exception):
    """The master secret is missing, short or a placeholder."""


@lru_cache
def _master() -> bytes:
    settings = get_settings()
    given = settings.secret_key.get_secret_value()
    if given:
        return check_secret(given)
    return check_secret(read_or_make_secret(settings.data_folder / KEY_FILE))


def read_or_make_secret(path: Path) -> str:
    """The secret in a file that only its owner may read; made on first use."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text(encoding="ascii").strip()


def check_secret(given: str) -> bytes:
    """The secret as bytes; raises WeakSecret for an empty, short or repetitive one."""
    if len(given) < SHORTEST_SECRET or len(set(given)) < 10 or "change" in given.lower():
        raise WeakSecret("PORTAL_SECRET_KEY must have at least 32 varied characters.")
    return given.encode()


@lru_cache
def key_for(purpose: str) -> bytes:
    """A 256-bit key for one purpose only (HKDF-SHA-256, RFC 5869, with an empty salt)."""
    extracted = hmac.new(b"\0" * 32, _master(), hashlib.sha256).digest()
    return hmac.new(extracted, purpose.encode() + b"\x01", hashlib.sha256).digest()


def forget_keys() -> None:
    """Read the master secret again; after a rotation and between tests."""
    _master.cache_clear()
    key_for.cache_clear()


def new_token() -> str:
    """A fresh token of 256 bits, safe in addresses (43 characters)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """What is kept of a token: its SHA-256, which suffices because tokens are random."""
    return hashlib.sha256(token.encode()).digest()


def new_code() -> str:
    """A fresh six-digit code."""
    return f"{secrets.randbelow(1_000_000):06d}"


def digest_of_code(code: str, *, bound_to: str) -> bytes:
    """What is kept of a code: keyed, because six digits could be tried out, and bound to what it opens."""
    return hmac.new(key_for("access code"), f"{bound_to}:{code}".encode(), hashlib.sha256).digest()


def are_equal(first: bytes, second: bytes) -> bool:
    """Whether two digests are equal, in constant time."""
    return hmac.compare_digest(first, second)


def trace_of(token_hash: bytes) -> str:
    """The only form in which a token appears in logs: eight hexadecimal digits of its digest (ASVS 16.2.5)."""
    return token_hash.hex()[:8]
