"""Why a file is not taken: a named reason for the log, a sentence with the way out for the person."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.languages import _, marked
from services.refusals import WrongFile


class RefusedReason(StrEnum):
    """What is wrong with a file."""

    EMPTY = "empty"
    NO_EXTENSION = "no_extension"
    UNKNOWN_KIND = "unknown_kind"
    OLD_WORKBOOK = "old_workbook"
    MACRO_WORKBOOK = "macro_workbook"
    BINARY_WORKBOOK = "binary_workbook"
    OPEN_DOCUMENT = "open_document"
    WORD_DOCUMENT = "word_document"
    SLIDES = "slides"
    PLAIN_TABLE = "plain_table"
    ARCHIVE = "archive"
    WEB_PAGE = "web_page"
    DRAWING = "drawing"
    PHOTO_FORMAT = "photo_format"
    PROGRAM = "program"
    CONTENT_DIFFERS = "content_differs"
    PASSWORD_PROTECTED = "password_protected"  # noqa: S105 - the name of a reason.
    HIDDEN_FILE = "hidden_file"

    PDF_CUT_OFF = "pdf_cut_off"
    PDF_DAMAGED = "pdf_damaged"
    PICTURE_CUT_OFF = "picture_cut_off"
    PICTURE_DAMAGED = "picture_damaged"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_TRAILING_DATA = "picture_trailing_data"

    WORKBOOK_CUT_OFF = "workbook_cut_off"
    WORKBOOK_PARTS_MISSING = "workbook_parts_missing"
    WORKBOOK_TYPE_DECLARATION = "workbook_type_declaration"

    ZIP_TOO_MANY_ENTRIES = "zip_too_many_entries"
    ZIP_TOO_LARGE = "zip_too_large"
    ZIP_RATIO = "zip_ratio"
    ZIP_COMMENT = "zip_comment"
    ZIP_TRAILING_DATA = "zip_trailing_data"
    ZIP_PREPENDED_DATA = "zip_prepended_data"
    ZIP_SPLIT = "zip_split"
    ZIP_DIRECTORY = "zip_directory"
    ZIP_ZIP64 = "zip_zip64"
    ZIP_GAP = "zip_gap"
    ZIP_OVERLAP = "zip_overlap"
    ZIP_HEADERS_DIFFER = "zip_headers_differ"
    ZIP_DESCRIPTOR = "zip_descriptor"
    ZIP_EXTRA = "zip_extra"
    ZIP_FLAGS = "zip_flags"
    ZIP_ENCRYPTED = "zip_encrypted"
    ZIP_METHOD = "zip_method"
    ZIP_NAME = "zip_name"
    ZIP_NAME_TWICE = "zip_name_twice"
    ZIP_SPECIAL_FILE = "zip_special_file"
    ZIP_SIZE_DIFFERS = "zip_size_differs"
    ZIP_DATA = "zip_data"


_SAVE_AGAIN: Final = marked(
    "The inside of this workbook is not put together the way spreadsheet programs do it, "
    "so it cannot be opened safely. "
    "Open it in Excel, save it again as an Excel workbook (.xlsx) and upload the new file."
)
_TOO_MUCH_INSIDE: Final = marked(
    "This workbook unpacks to far more than a checklist or a disclosure needs. "
    "Remove pictures and sheets that are not needed, save it again as .xlsx, or save it as PDF."
)
_SAVE_PICTURE_AGAIN: Final = marked(
    "The picture is damaged or not complete. Open it, save it again as JPEG or PNG, or take the photo again."
)
_SAVE_PDF_AGAIN: Final = marked(
    "The PDF is damaged or not complete. Check that it opens on your computer; "
    "if it does, print it to a new PDF and upload that one."
)

_SENTENCES: Final[dict[RefusedReason, str]] = {
    RefusedReason.EMPTY: marked("The file is empty. Check that it was saved, and choose it again."),
    RefusedReason.NO_EXTENSION: marked(
        "The name of the file does not end in .pdf, .xlsx, .png, .jpg or .jpeg, so its kind is not clear. "
        "Save it again from the program that made it, or add the right ending."
    ),
    RefusedReason.UNKNOWN_KIND: marked("Files of this kind are not accepted. Save it as PDF and upload that."),
    RefusedReason.OLD_WORKBOOK: marked(
        "This is a workbook in the old Excel format (.xls). "
        "Open it in Excel, save it as an Excel workbook (.xlsx) and upload that."
    ),
    RefusedReason.MACRO_WORKBOOK: marked(
        "This workbook contains macros (small programs), which are not accepted for safety. "
        "Save it as an Excel workbook without macros (.xlsx), or as PDF."
    ),
    RefusedReason.BINARY_WORKBOOK: marked(
        "This is a binary workbook (.xlsb). Open it in Excel, save it as an Excel workbook (.xlsx) and upload that."
    ),
    RefusedReason.OPEN_DOCUMENT: marked(
        "This is an OpenDocument file. Save it as an Excel workbook (.xlsx) or as PDF and upload that."
    ),
    RefusedReason.WORD_DOCUMENT: marked("This is a Word document. Save it as PDF and upload the PDF."),
    RefusedReason.SLIDES: marked("This is a presentation. Save it as PDF and upload the PDF."),
    RefusedReason.PLAIN_TABLE: marked(
        "This is a text file. Open it, save it as an Excel workbook (.xlsx) or as PDF and upload that."
    ),
    RefusedReason.ARCHIVE: marked(
        "This is an archive (such as ZIP). Unpack it and upload the files in it; you can choose several at once."
    ),
    RefusedReason.WEB_PAGE: marked("This is a web page. Open it, print it as PDF and upload the PDF."),
    RefusedReason.DRAWING: marked("This is a drawing (SVG). Save it as PDF or PNG and upload that."),
    RefusedReason.PHOTO_FORMAT: marked(
        "Pictures are accepted as JPEG or PNG. Save this one as JPEG, or take a screenshot of it; "
        "on an iPhone choose Settings › Camera › Formats › Most Compatible."
    ),
    RefusedReason.PROGRAM: marked("This is a program, not a document. Programs are not accepted."),
    RefusedReason.CONTENT_DIFFERS: marked(
        "The ending of the file name and what is in the file do not fit together. "
        "Open it and save it again as PDF, XLSX, PNG or JPEG; changing the name alone is not enough."
    ),
    RefusedReason.PASSWORD_PROTECTED: marked(
        "This workbook is protected with a password, so the clinic could not open it. "
        "Open it in Excel, remove the password under File › Info › Protect Workbook, save it and upload it again."
    ),
    RefusedReason.HIDDEN_FILE: marked(
        "Another file is hidden inside this one, so it is not accepted for safety. "
        "Print it to a new PDF, or save the picture again, and upload that."
    ),
    RefusedReason.PDF_CUT_OFF: marked(
        "The end of the PDF is missing; it was probably not saved or copied completely. "
        "Check that it opens on your computer, and choose it again or print it to a new PDF."
    ),
    RefusedReason.PDF_DAMAGED: _SAVE_PDF_AGAIN,
    RefusedReason.PICTURE_CUT_OFF: _SAVE_PICTURE_AGAIN,
    RefusedReason.PICTURE_DAMAGED: _SAVE_PICTURE_AGAIN,
    RefusedReason.PICTURE_TOO_LARGE: marked(
        "The picture has more points than can be shown safely. "
        "Make it smaller, for example half as wide, and upload it again."
    ),
    RefusedReason.PICTURE_TRAILING_DATA: marked(
        "There is something else behind the picture in this file. "
        "Open it, save it again as JPEG or PNG and upload that."
    ),
    RefusedReason.WORKBOOK_CUT_OFF: marked(
        "The end of the workbook is missing; it was probably not saved or copied completely. "
        "Check that it opens in Excel, save it again and upload it."
    ),
    RefusedReason.WORKBOOK_PARTS_MISSING: marked(
        "The file ends in .xlsx but there is no workbook in it. "
        "Open it in Excel, save it again as .xlsx and upload that."
    ),
    RefusedReason.ZIP_TOO_MANY_ENTRIES: _TOO_MUCH_INSIDE,
    RefusedReason.ZIP_TOO_LARGE: _TOO_MUCH_INSIDE,
    RefusedReason.ZIP_RATIO: _TOO_MUCH_INSIDE,
}


class FileRefused(WrongFile):
    """The file is not taken; `reason` names why, and its text says it in a sentence."""

    def __init__(self, reason: RefusedReason) -> None:
        super().__init__()
        self.reason = reason

    def say(self, sentence: str) -> str:
        """One of its sentences in the language now spoken, with the reason where the sentence asks for it."""
        return _(sentence, reason=sentence_for(self.reason))


def sentence_for(reason: RefusedReason) -> str:
    """What happened and what to do, in the language now spoken."""
    return _(_SENTENCES.get(reason, _SAVE_AGAIN))
