"""Search and order as a Japanese reader expects: width, case and kind of kana make no difference."""

from __future__ import annotations

import unicodedata
from typing import Final

# Katakana and their iteration marks lie 96 places above the hiragana that sound the same.
_HIRAGANA: Final = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}


def folded(text: str) -> str:
    """The text as it is compared: NFKC, small letters, hiragana; ﾐﾄﾞﾘ, ミドリ and みどり become one."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return plain.translate(_HIRAGANA)


def finds(search: str, *texts: str) -> bool:
    """Whether every word of the search stands in one of the texts; an empty search finds everything."""
    words = folded(search).split()
    if not words:
        return True
    read = [folded(text) for text in texts]
    return all(any(word in text for text in read) for word in words)
