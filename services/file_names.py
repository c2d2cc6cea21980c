"""Names of files as people give them: made harmless to keep, to show and to send back."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

MAX_LENGTH: Final = 120
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
_SPACES: Final = re.compile(r"\s+")
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|\Z)")
# Control, format (bidi overrides, zero-width) and surrogate characters.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs"})
_STRAY_EDGES: Final = " ."
_RFC_8187_SAFE: Final = "!#$&+-.^_`|~"


def clean_file_name(name: str) -> str:
    """A name that can stand in a page, a ZIP and a folder of any system; at most 120 characters, never empty.

    Without path, control and bidi characters; the extension stays when the rest is cut. Cleaning twice changes nothing.
    """
    name = re.split(r"[/\\]", name)[-1]
    name = _SPACES.sub(" ", name)
    name = "".join(character for character in name if unicodedata.category(character) not in _INVISIBLE)
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", name))
    name = _FORBIDDEN.sub("_", name).rstrip(_STRAY_EDGES)
    stem, extension = _split(name)
    stem = stem.strip(_STRAY_EDGES) or "file"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return stem[: MAX_LENGTH - len(extension)].rstrip(_STRAY_EDGES) + extension


def file_extension(name: str) -> str:
    """The last extension in small letters with its dot, or nothing."""
    return _split(clean_file_name(name))[1].lower()


def content_disposition(name: str) -> str:
    """The header that makes a browser save a file under this name (RFC 6266), with an ASCII name for old ones."""
    name = clean_file_name(name)
    stem, extension = _split(name)
    plain = "".join(character if " " <= character <= "~" and character not in "%;" else "_" for character in stem)
    if not plain.strip("_ "):
        plain = "file"
    return f"attachment; filename=\"{plain}{extension}\"; filename*=UTF-8''{quote(name, safe=_RFC_8187_SAFE)}"


def _split(name: str) -> tuple[str, str]:
    found = _EXTENSION.search(name)
    return (name[: found.start()], found.group()) if found else (name, "")
