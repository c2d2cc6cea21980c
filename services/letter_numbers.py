"""Invitation numbers: what a letter bears for typing where its link cannot be scanned, hard to mistake and to guess."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final
from unicodedata import normalize

from services.keys import key_for

SIGNS: Final = "23456789ACEFHJKMNPRTVWXY"
"""Twenty-four signs of which no two look alike on a bad fax; twelve of them make 55 bits."""

LENGTH: Final = 12
GROUP: Final = 4
_ALIKE: Final = str.maketrans("BSZGUQ", "8526V9")
"""What people read instead of a sign that is used; the sign on the left is never used."""


def new_number() -> str:
    """A fresh invitation number, without hyphens."""
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def format_number(number: str) -> str:
    """7K4M-P9TX-3HWA: groups that can be kept in mind while typing."""
    return "-".join(number[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def read_number(typed: str) -> str:
    """The number that was typed, whatever its case, width and hyphens; empty where it cannot be one."""
    plain = normalize("NFKC", typed).upper()
    signs = "".join(sign for sign in plain if sign.isalnum()).translate(_ALIKE)
    return signs if len(signs) == LENGTH and set(signs) <= set(SIGNS) else ""


def digest_of_number(number: str) -> bytes:
    """What is kept of a number: keyed, because 55 bits could be tried out by whoever stole the database."""
    return hmac.new(key_for("invitation number"), number.encode(), hashlib.sha256).digest()
