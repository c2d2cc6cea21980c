"""The text that a number shows: 4.1 formatted 0.00 is 4.10, "CO-"00 is CO-02, and a date is a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from services.reading.grid import Flag, Kind

Shown = tuple[str, Kind, Flag]

_BUILT_IN: Final = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 32: "h:mm", 33: "h:mm:ss",
    37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    48: "##0.0E+0", 49: "@",
}  # fmt: skip
# Their look depends on the language of the program; that they are dates does not.
_BUILT_IN_DATES: Final = frozenset({14, 15, 16, 17, *range(27, 32), 34, 35, 36, *range(50, 59)})

_SIGN: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General|AM/PM|A/P|E[+-]|.', re.IGNORECASE | re.DOTALL)
_MAX_CODE: Final = 255
_LAST_SERIAL: Final = 2958466
_NONE: Final = Flag(0)


@dataclass(frozen=True, slots=True)
class _Format:
    """One section of a format, taken apart."""

    kind: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    scale: int = 0
    groups: bool = False
    has_day: bool = True


class NumberFormats:
    """The formats of a workbook: asked by a cell's style, they give the text that is shown."""

    def __init__(self, codes: list[str], *, starts_1904: bool) -> None:
        self._codes = codes
        self._starts_1904 = starts_1904

    @property
    def starts_1904(self) -> bool:
        """Whether the workbook counts days from 1904."""
        return self._starts_1904

    def is_date(self, style: int) -> bool:
        """Whether numbers of this style are shown as dates."""
        code = self._codes[style] if 0 <= style < len(self._codes) else ""
        return bool(code) and _sections(code)[0].kind == "date"

    def show(self, raw: str, style: int) -> Shown:
        """The text of a number, what it is, and what is doubtful about it."""
        code = self._codes[style] if 0 <= style < len(self._codes) else ""
        try:
            number = float(raw)
            if code:
                return _show(number, code, self._starts_1904)
            return _plain(number, Flag.PLAIN_NUMBER)
        except (ValueError, OverflowError, InvalidOperation):
            return raw.strip(), Kind.NUMBER, Flag.UNKNOWN_FORMAT


def code_of(format_id: int, own: dict[int, str]) -> str:
    """The code of a format by its id; "" is the general one."""
    if format_id in own:
        code = own[format_id][:_MAX_CODE]
        return "" if code.casefold() == "general" else code
    return "date" if format_id in _BUILT_IN_DATES else _BUILT_IN.get(format_id, "")


def _show(number: float, code: str, starts_1904: bool) -> Shown:
    sections = _sections(code)
    index = 1 if number < 0 and len(sections) > 1 else 2 if number == 0 and len(sections) > 2 else 0
    section = sections[index]
    if section.kind == "date":
        return _date(number, section, starts_1904)
    if section.kind == "number":
        return _number(abs(number) if index == 1 else number, section), Kind.NUMBER, _NONE
    return _plain(number, Flag.PLAIN_NUMBER if section.kind == "plain" else Flag.UNKNOWN_FORMAT)


@lru_cache(maxsize=512)
def _sections(code: str) -> list[_Format]:
    if code == "date":
        return [_Format("date")]
    sections: list[list[str]] = [[]]
    for sign in _SIGN.findall(code):
        if sign == ";":
            sections.append([])
        else:
            sections[-1].append(sign)
    return [_take_apart(signs) for signs in sections]


def _take_apart(signs: list[str]) -> _Format:
    letters = {sign[0].casefold() for sign in signs if sign[0].isalpha() and sign.casefold() != "general"}
    letters |= {sign[1].casefold() for sign in signs if re.fullmatch(r"\[[hms]+\]", sign, re.IGNORECASE)}
    if letters & set("ymdhsgb") or ("e" in letters and not any(re.fullmatch(r"E[+-]", one) for one in signs)):
        return _Format("date", has_day=bool(letters & set("ydgeb")) or not letters & set("hs"))
    if "@" in signs or any(sign.casefold() == "general" for sign in signs):
        return _Format("plain")
    pieces = [piece for sign in signs if (piece := _piece(sign))]
    digits = [number for number, piece in enumerate(pieces) if piece in {"0", "#", "?"}]
    if not digits or any(piece == "/" or re.fullmatch(r"(?i)E[+-]", piece) for piece in pieces):
        return _Format("unknown")
    point = pieces.index(".") if "." in pieces else len(pieces)
    commas = [number for number, piece in enumerate(pieces) if piece == ","]
    groups = any(digits[0] < comma < digits[-1] for comma in commas)
    scale = 2 * signs.count("%") - 3 * sum(comma > digits[-1] for comma in commas)
    before, after = ([piece for piece in part if piece != ","] for part in (pieces[:point], pieces[point + 1 :]))
    return _Format("number", tuple(before), tuple(after), scale, groups)


def _piece(sign: str) -> str:
    """A digit's place, a sign with a meaning, or words after a zero byte that marks them as literal."""
    if sign in {"0", "#", "?", ".", ",", "%", "/"} or re.fullmatch(r"(?i)E[+-]", sign):
        return "\0%" if sign == "%" else sign
    if sign.startswith('"'):
        return "\0" + sign[1:-1] if len(sign) > 1 else ""
    if sign.startswith("\\"):
        return "\0" + sign[1:]
    return "" if sign[0] in "_*[" else "\0" + sign


def _number(number: float, section: _Format) -> str:
    places = sum(piece in {"0", "#", "?"} for piece in section.after)
    exact = Decimal(format(number, ".15g")).scaleb(section.scale)
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    whole, _, fraction = format(abs(rounded), "f").partition(".")
    sign = "-" if rounded < 0 else ""
    before = _fill_from_right(whole.lstrip("0"), section)
    after = _fill_from_left(fraction, section.after)
    point = "." if places and any(character.isdigit() for character in after) else ""
    return (sign + before + point + after).strip()


def _fill_from_right(digits: str, section: _Format) -> str:
    places = sum(piece in {"0", "#", "?"} for piece in section.before)
    shown = ""
    taken = 0
    for piece in reversed(section.before):
        if piece not in {"0", "#", "?"}:
            shown = piece.lstrip("\0") + shown
            continue
        places -= 1
        # The leftmost place takes all digits that are left.
        wanted = max(1, len(digits) - taken) if places == 0 else 1
        for _place in range(wanted):
            digit = digits[-1 - taken] if taken < len(digits) else "0" if piece == "0" else ""
            if digit:
                separator = "," if section.groups and taken and taken % 3 == 0 else ""
                shown = digit + separator + shown
            taken += 1
    return shown if places == 0 and any(one in {"0", "#", "?"} for one in section.before) else digits + shown


def _fill_from_left(digits: str, pieces: tuple[str, ...]) -> str:
    needed = max((number for number, piece in enumerate(pieces) if piece == "0"), default=-1)
    shown = ""
    position = 0
    for number, piece in enumerate(pieces):
        if piece not in {"0", "#", "?"}:
            shown += piece.lstrip("\0")
            continue
        if number <= needed or digits[position:].strip("0"):
            shown += digits[position : position + 1]
        position += 1
    return shown


def _plain(number: float, doubt: Flag) -> Shown:
    """The general format: up to fifteen digits and no more of them than needed."""
    text = format(number, ".15g")
    if "e" in text and abs(number) < 1e21:
        text = format(Decimal(text), "f")
    is_whole = "." not in text
    return text, Kind.NUMBER, _NONE if is_whole and doubt == Flag.PLAIN_NUMBER else doubt


def _date(serial: float, section: _Format, starts_1904: bool) -> Shown:
    if not 0 <= serial < _LAST_SERIAL:
        return _plain(serial, Flag.UNKNOWN_FORMAT)
    # Counting from 1900, the format has a 29 February 1900 that never was.
    start = date(1904, 1, 1) if starts_1904 else date(1899, 12, 31 if serial < 60 else 30)
    moment = datetime.combine(start, time()) + timedelta(seconds=round(serial * 86400))
    if serial < 1 and not section.has_day:
        return moment.strftime("%H:%M"), Kind.DATE, _NONE
    with_time = moment.hour or moment.minute or moment.second
    return moment.strftime("%Y-%m-%d %H:%M" if with_time else "%Y-%m-%d"), Kind.DATE, _NONE
