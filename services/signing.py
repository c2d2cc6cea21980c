"""Signatures: this portal's Ed25519 key, derived from its master secret, and the check of others' signatures."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from services.keys import key_for
from settings import get_settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# The library that signs is imported where it is used: six megabytes that most processes never need.

PURPOSE: Final = "answer file signature"


def canonical(content: Any) -> bytes:
    """The one form of a JSON value that is signed: keys in order, no white space, UTF-8 (RFC 8785 for such values).

    Holds for values of texts, whole numbers, booleans, null, lists and objects with ASCII keys; nothing else is signed.
    """
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def public_key() -> str:
    """This portal's public key, as it stands in the files it signs."""
    return encode(_own_key().public_key().public_bytes_raw())


def key_id_of(key: str) -> str:
    """A short name of a public key, for people to compare: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(decode(key)).hexdigest()[:16]


def sign(message: bytes) -> str:
    """The signature of this portal under a message."""
    return encode(_own_key().sign(message))


def is_signed(message: bytes, *, signature: str, key: str) -> bool:
    """Whether the owner of the key signed exactly this message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(decode(key)).verify(decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_known_issuer(key: str) -> bool:
    """Whether the key is this portal's own or one that its operator has entered."""
    return key == public_key() or key in get_settings().known_issuers.split()


def encode(content: bytes) -> str:
    """Bytes as text that is safe everywhere."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of such a text; raises ValueError for any other, also for a second spelling of the same bytes."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("This is no base64url.") from error
    if encode(content) != text:
        raise ValueError("This is not the shortest base64url of its bytes.")
    return content


def _own_key() -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key_for(PURPOSE))
