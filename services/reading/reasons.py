"""Why a file is not read as data: named for programs; the sentences for people are in `words.py`."""

from __future__ import annotations

from enum import StrEnum


class NotReadReason(StrEnum):
    """What stood in the way. Containers that are not sound have a `RefusedReason` of their own instead."""

    TOO_LONG = "took_too_long"
    TOO_MUCH_MEMORY = "too_much_memory"
    CRASHED = "reader_crashed"
    TOO_MUCH_CONTENT = "too_much_content"
    XML_BROKEN = "xml_broken"
    XML_TYPE_DECLARATION = "xml_type_declaration"
    NO_SHEETS = "no_sheets"
    NO_TEXT = "no_text"
    TOO_MANY_PAGES = "too_many_pages"
    PDF_ENCRYPTED = "pdf_encrypted"
    PDF_BROKEN = "pdf_broken"
    CSV_ENCODING = "csv_encoding"
    NO_TABLE_KIND = "not_a_table"
    OTHER_FORM = "other_form"


KEPT_UNREAD = frozenset({NotReadReason.NO_TEXT, NotReadReason.PDF_ENCRYPTED, NotReadReason.NO_TABLE_KIND})
"""Files that are sound and may be kept, though nothing in them can be read as data."""


class NotRead(Exception):
    """The file was not read; `reason` is a name from here or a `RefusedReason`, `detail` the place if there is one."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = str(reason)
        self.detail = detail

    @property
    def is_kept(self) -> bool:
        """Whether the file is sound all the same, so that people can open it."""
        return self.reason in KEPT_UNREAD
