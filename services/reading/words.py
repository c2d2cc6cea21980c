"""Why a file was not read, as sentences with the way out. Not for the child, which speaks to nobody."""

from __future__ import annotations

from typing import Final

from services.file_refusals import RefusedReason
from services.file_refusals import sentence_for as sentence_for_refusal
from services.languages import _, marked
from services.reading.reasons import NotRead, NotReadReason

_TOO_MUCH: Final = marked(
    "There is far more in this file than a questionnaire needs, so it was not read as data. "
    "Delete the sheets and rows that do not belong to it, save it again and upload that."
)
_BROKEN_BOOK: Final = marked(
    "The inside of this workbook is damaged, so it cannot be read as data. "
    "Open it in Excel, save it again as an Excel workbook (.xlsx) and upload the new file."
)
_BROKEN_PDF: Final = marked(
    "The inside of this PDF is damaged, so it cannot be read as data. "
    "Print it to a new PDF and upload that, or upload the workbook it was made from."
)

_SENTENCES: Final[dict[str, str]] = {
    NotReadReason.TOO_LONG: marked(
        "Reading this file took too long and was stopped. The file itself is kept. "
        "Save it again from the program that made it, without pictures and unused sheets, and upload that."
    ),
    NotReadReason.TOO_MUCH_MEMORY: _TOO_MUCH,
    NotReadReason.TOO_MUCH_CONTENT: _TOO_MUCH,
    NotReadReason.CRASHED: marked(
        "Something in this file could not be understood, so it was not read as data. "
        "Save it again from the program that made it and upload the new file."
    ),
    NotReadReason.XML_BROKEN: _BROKEN_BOOK,
    NotReadReason.XML_TYPE_DECLARATION: _BROKEN_BOOK,
    NotReadReason.NO_SHEETS: marked("There is no sheet with cells in this file, so there is nothing to read as data."),
    NotReadReason.NO_TEXT: marked(
        "This PDF holds pictures of pages but no text, as a scanner makes them. It is kept and people can read it, "
        "but not as data. If you have the workbook or a PDF made from it, upload that."
    ),
    NotReadReason.TOO_MANY_PAGES: marked(
        "This PDF has more pages than a questionnaire needs, so it was not read as data. "
        "Print only the pages with the answers to a new PDF and upload that."
    ),
    NotReadReason.PDF_ENCRYPTED: marked(
        "This PDF asks for a password before it opens, so it cannot be read as data. "
        "Save it again without the password and upload that."
    ),
    NotReadReason.PDF_BROKEN: _BROKEN_PDF,
    NotReadReason.CSV_ENCODING: marked(
        "The characters in this text file are of no kind we know. "
        "Save it again as UTF-8 or as an Excel workbook (.xlsx)."
    ),
    NotReadReason.OTHER_FORM: marked(
        "This workbook is not a blank one of the same form. "
        "Take the blank form from whoever publishes it, in the same edition."
    ),
    NotReadReason.NO_TABLE_KIND: marked("This is a picture. It is kept and people can look at it, but not as data."),
}


def sentence_for(refused: NotRead) -> str:
    """What happened and what to do, in the language now spoken."""
    if refused.reason in _SENTENCES:
        return _(_SENTENCES[refused.reason])
    return sentence_for_refusal(RefusedReason(refused.reason))
