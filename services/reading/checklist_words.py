"""The words of an official checklist: its title, the headings of its columns, what is printed to be filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from services.reading.normal import squeezed

YES_WORDS: Final = frozenset({"はい", "yes", "○", "〇", "◯", "有", "適"})
NO_WORDS: Final = frozenset({"いいえ", "no", "×", "✕", "無", "否"})
_BOTH: Final = re.compile(r"はい.{0,3}いいえ|yes.{0,3}no", re.IGNORECASE | re.DOTALL)
_DATE_TO_FILL: Final = re.compile(r"\(?(?:/|//|(?:令和|r|20)?年月日|月日)\)?")
_FOOTNOTE: Final = re.compile(r"\s*(?:[※*＊注○●・〇■□◆]|\(?注)")
_YEAR: Final = re.compile(r"令和(\d{1,2}|元)年度")
_REIWA_BEGAN: Final = 2018
LONGEST_HEADING: Final = 40
LONGEST_NAME: Final = 60
"""Longer texts are explanations, which may speak of another form."""


class Part(StrEnum):
    """What a column of the form is."""

    SECTION = "section"
    SCOPE = "scope"
    NUMBER = "number"
    LABEL = "label"
    ANSWER = "answer"
    YES = "yes"
    NO = "no"
    DATE = "date"
    TARGET = "target"
    SECOND_ANSWER = "second_answer"
    SECOND_YES = "second_yes"
    SECOND_NO = "second_no"
    SECOND_DATE = "second_date"
    REMARK = "remark"


SECONDS: Final = {
    Part.ANSWER: Part.SECOND_ANSWER,
    Part.YES: Part.SECOND_YES,
    Part.NO: Part.SECOND_NO,
    Part.DATE: Part.SECOND_DATE,
}


def read_heading(text: str) -> Part | None:
    """What one heading says about its column, apart from which check it belongs to."""
    plain = squeezed(text)
    if not plain or len(plain) > LONGEST_HEADING or asks_date(text):
        return None
    if "目標" in plain or "予定日" in plain or "予定時期" in plain:
        return Part.TARGET
    if "備考" in plain or plain in {"特記事項", "コメント", "補足", "remarks", "remark", "note", "notes"}:
        return Part.REMARK
    if plain in YES_WORDS:
        return Part.YES
    if plain in NO_WORDS:
        return Part.NO
    is_answer = any(word in plain for word in ("結果", "回答", "はい/いいえ", "はい・いいえ"))
    is_date = any(word in plain for word in ("日付", "確認日", "実施日", "年月日", "記入日", "チェック日"))
    if is_answer and not is_date:
        return Part.ANSWER
    return Part.DATE if is_date and not is_answer else None


def is_second(texts: Iterable[str]) -> bool:
    """Whether headings speak of the second check."""
    return any(re.search(r"(?:2|二)回目|再確認", squeezed(text)) for text in texts)


def is_first(texts: Iterable[str]) -> bool:
    """Whether headings speak of the first check."""
    return any(re.search(r"(?:1|一)回目", squeezed(text)) for text in texts)


def asks_yes_or_no(text: str) -> bool:
    """Whether はい and いいえ are printed in a cell, to put a ring around one of them."""
    return len(text) <= LONGEST_HEADING * 2 and bool(_BOTH.search(squeezed(text)))


def asks_date(text: str) -> bool:
    """Whether a cell is printed for a date to be filled in: (  /  ) or 年 月 日, and nothing else."""
    plain = squeezed(text)
    return bool(plain) and bool(_DATE_TO_FILL.fullmatch(plain))


def is_footnote(text: str) -> bool:
    """Whether a line explains the form and is no part of it."""
    return bool(_FOOTNOTE.match(text))


def year_in(text: str) -> int | None:
    """The fiscal year that a title names."""
    found = _YEAR.search(squeezed(text))
    return _REIWA_BEGAN + (1 if found[1] == "元" else int(found[1])) if found else None


def form_in(text: str) -> str:
    """Whose form a title says it is: vendor, pharmacy or institution; "" where it does not say."""
    plain = squeezed(text)
    if len(plain) > LONGEST_NAME:
        return ""
    if "事業者確認" in plain or "事業者用" in plain:
        return "vendor"
    named = re.search(r"(医療機関(?:等)?[・及びと]*)?薬局(?:確認)?用", plain)
    if named and not named[1]:
        return "pharmacy"
    return "institution" if re.search(r"(?:医療機関|薬局)(?:等)?(?:・薬局)?(?:確認)?用", plain) else ""


def is_title(text: str) -> bool:
    """Whether a text is the title of such a checklist."""
    plain = squeezed(text)
    return "チェックリスト" in plain and ("サイバー" in plain or "セキュリティ" in plain)
