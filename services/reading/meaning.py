"""What the text in an answer cell means: a word, a word with a remark, ticked words, or something for a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from services.reading.normal import normal_text
from services.reading.readings import Reason
from services.reading.templates import AnswerRules, Value

# Behind a leading word these begin a remark; a blank alone does not, since "No default accounts" may be a sentence.
_REMARK: Final = re.compile(r"\s*([,，、。.;；:：(（\[［\n※*＊]|注|\s[-–—―]\s)")
_EITHER: Final = re.compile(r"\s*(/|／|・|\||｜|or\b|または|又は|若しくは)\s*", re.IGNORECASE)
_PARTS: Final = re.compile(r"[\s,，、。.;；:：()（）/／・|｜]+|\bor\b|または|又は")
_BOXES: Final = "■☑☒✓✔✅●レ□☐○〇◯"
_TICKED: Final = frozenset("■☑☒✓✔✅●レ")
_SURE: Final = 1.0
_WITH_REMARK: Final = 0.9


class Meaning(NamedTuple):
    """What a cell says: its value, what stands behind it, how sure that is, and why not quite."""

    value: Value
    rest: str = ""
    confidence: float = _SURE
    reason: Reason | None = None


@dataclass(frozen=True)
class Understanding:
    """The rules of a template, ready to be asked many times."""

    words: dict[str, Value]
    longest_first: tuple[str, ...]
    placeholders: frozenset[str]
    marks: frozenset[str]
    unmarked: frozenset[str]
    boxes: re.Pattern[str]


def prepare(rules: AnswerRules) -> Understanding:
    """The rules of a template, made ready."""
    words = {normal_text(word): Value(value) for value, listed in rules.words.items() for word in listed}
    longest_first = tuple(sorted(words, key=len, reverse=True))
    listed = "|".join(re.escape(word) for word in longest_first if len(word) > 1)
    return Understanding(
        words,
        longest_first,
        frozenset(normal_text(one) for one in rules.placeholders),
        frozenset(normal_text(one) for one in rules.marks),
        frozenset(normal_text(one) for one in rules.unmarked),
        re.compile(f"([{_BOXES}])\\s*({listed})") if listed else re.compile(r"(?!)"),
    )


def needs_person(reason: Reason) -> Meaning:
    """Somebody has to look."""
    return Meaning(Value.NEEDS_PERSON, confidence=0.0, reason=reason)


def understand(raw: str, known: Understanding) -> Meaning:
    """The meaning of a cell in which one word is expected. Nothing is ever guessed."""
    plain = normal_text(raw)
    if not plain or plain in known.placeholders:
        return Meaning(Value.UNANSWERED)
    if plain in known.words:
        return Meaning(known.words[plain])
    ticked = _ticked_words(raw, known)
    if ticked is not None:
        return ticked
    return _leading_word(raw.strip(), known)


def is_marked(raw: str, value: Value, known: Understanding) -> bool | None:
    """Whether the cell of one answer's own column is marked; None for what is neither a mark nor none."""
    plain = normal_text(raw)
    if not plain or plain in known.placeholders or plain in known.unmarked:
        return False
    if plain in known.marks or known.words.get(plain) is value:
        return True
    return None


def _ticked_words(raw: str, known: Understanding) -> Meaning | None:
    """☑はい □いいえ: all words stand there, and the box before one is filled."""
    boxes = known.boxes.findall(normal_text(raw).replace("√", "✓"))
    if len(boxes) < 2 or len({word for _box, word in boxes}) < 2:
        return None
    ticked = {known.words[word] for box, word in boxes if box in _TICKED}
    if len(ticked) > 1:
        return needs_person(Reason.TWO_MARKS)
    if ticked:
        return Meaning(ticked.pop(), confidence=_WITH_REMARK)
    # Circles are both a mark and an empty box; which of them it is, only a person can see.
    return needs_person(Reason.UNKNOWN_MARK) if any(box in "○〇◯" for box, _ in boxes) else Meaning(Value.UNANSWERED)


def _leading_word(raw: str, known: Understanding) -> Meaning:
    found = _split_word(raw, known)
    if found is None:
        return needs_person(Reason.UNKNOWN_WORD)
    value, rest = found
    either = _EITHER.match(rest)
    if either and _split_word(rest[either.end() :], known):
        return needs_person(Reason.TWO_ANSWERS)
    behind = _REMARK.match(rest)
    others = [part for part in _PARTS.split(normal_text(rest)) if part]
    if others and all(part in known.words for part in others):
        return needs_person(Reason.TWO_ANSWERS)
    if not others:
        return Meaning(value)
    if not behind:
        if value is Value.SEE_NOTES:
            return Meaning(value, raw)
        return needs_person(Reason.UNKNOWN_WORD)
    remark = rest[behind.end() :].strip() if behind[1] in {",", ":", "：", "、", ";", "。", "."} else rest.strip()
    return Meaning(value, remark.strip("-–—― \n"), _WITH_REMARK, Reason.WITH_REMARK)


def _split_word(raw: str, known: Understanding) -> tuple[Value, str] | None:
    """The answer word at the beginning, as the cell has it, and what follows."""
    for word in known.longest_first:
        length = _length_of(raw[: len(word) + 4], word)
        if length is not None:
            rest = raw[length:]
            # A word must end where it ends: "now" does not begin with "no", and "-5" not with a dash.
            if not rest or not (rest[0].isalnum() and (word[-1].isalnum() or len(word) == 1)):
                return known.words[word], rest
            if len(word) > 1 and not rest[0].isascii() and rest[0] == "注":
                return known.words[word], rest
    return None


@lru_cache(maxsize=4096)
def _length_of(raw: str, word: str) -> int | None:
    """How many characters of the raw text make up the word; full-width letters may be more or fewer."""
    for length in range(max(1, len(word) - 2), min(len(raw), len(word) + 3) + 1):
        if normal_text(raw[:length]) == word and not raw[length - 1].isspace():
            return length
    return None
