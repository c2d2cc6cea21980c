"""A PDF becomes a workbook of one sheet: characters with their places, put into cells by ruling lines or by gaps."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import pypdfium2
import pypdfium2.raw as pdfium

from services.reading.grid import Workbook
from services.reading.pdf_layout import Character, Line, Page, build_sheet
from services.reading.reasons import NotRead, NotReadReason
from services.reading.xlsx_sheet import decoded

MAX_PAGES: Final = 100
MAX_CHARACTERS: Final = 300_000
MAX_SEGMENTS: Final = 200_000
_THIN: Final = 2.5
_LEAST_LENGTH: Final = 4.0


def read_pdf(file: BinaryIO) -> Workbook:
    """All pages of the file as one sheet. Raises NotRead, also for a scan without text."""
    content = file.read()
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        is_locked = "password" in str(error).casefold()
        raise NotRead(NotReadReason.PDF_ENCRYPTED if is_locked else NotReadReason.PDF_BROKEN) from error
    try:
        if len(document) > MAX_PAGES:
            raise NotRead(NotReadReason.TOO_MANY_PAGES, str(len(document)))
        pages = _read_pages(document)
        title = decoded(document.get_metadata_value("Title"))
    except pypdfium2.PdfiumError as error:
        raise NotRead(NotReadReason.PDF_BROKEN) from error
    finally:
        document.close()
    if not any(page.characters for page in pages):
        raise NotRead(NotReadReason.NO_TEXT)
    return Workbook("pdf", [build_sheet(pages)], title)


def _read_pages(document: pypdfium2.PdfDocument) -> list[Page]:
    pages: list[Page] = []
    characters = segments = 0
    for number in range(len(document)):
        page = document[number]
        turn, (width, height) = page.get_rotation(), page.get_mediabox()[2:]
        text = page.get_textpage()
        read = Page(list(_characters(text, turn, width, height)), list(_lines(page, turn, width, height)))
        text.close()
        page.close()
        pages.append(read)
        characters += len(read.characters)
        segments += len(read.lines)
        if characters > MAX_CHARACTERS or segments > MAX_SEGMENTS:
            raise NotRead(NotReadReason.TOO_MUCH_CONTENT)
    return pages


def _characters(text: Any, turn: int, width: float, height: float) -> Iterator[Character]:
    """Every character that shows something, with its box; y grows downwards."""
    box = pdfium.FS_RECTF()
    blank = ""
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code <= 32 or code in {0xA0, 0x3000, 0xAD, 0xFFFE} or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            blank = " " if code in {32, 0xA0, 0x3000} else blank
            continue
        if pdfium.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box)):
            left, top, right, bottom = _turned(box.left, box.top, box.right, box.bottom, turn, width, height)
            if right > left or bottom > top:
                yield Character(blank + chr(code), left, top, right, bottom)
            blank = ""


def _lines(page: pypdfium2.PdfPage, turn: int, width: float, height: float) -> Iterator[Line]:
    """The straight lines of all drawings, and the edges of thin boxes that serve as lines."""
    seen = 0
    for drawing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4):
        for first, last in _segments(drawing):
            seen += 1
            if seen > MAX_SEGMENTS:
                raise NotRead(NotReadReason.TOO_MUCH_CONTENT)
            left, top, right, bottom = _turned(*first, *last, turn, width, height)
            across, down = right - left, bottom - top
            if across <= _THIN and down >= _LEAST_LENGTH:
                yield Line(True, (left + right) / 2, top, bottom)
            elif down <= _THIN and across >= _LEAST_LENGTH:
                yield Line(False, (top + bottom) / 2, left, right)


def _segments(drawing: pypdfium2.PdfObject) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Pairs of points that a drawing joins, where the page has them."""
    matrix = drawing.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    begun: tuple[float, float] | None = None
    at: tuple[float, float] | None = None
    for index in range(min(pdfium.FPDFPath_CountSegments(drawing), MAX_SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(drawing, index)
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begun = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO and at:
            yield at, point
        at = point
        if pdfium.FPDFPathSegment_GetClose(segment) and begun and at:
            yield at, begun


def _turned(
    x: float, y: float, other_x: float, other_y: float, turn: int, width: float, height: float
) -> tuple[float, float, float, float]:
    """A box as a person sees the page: turned with it, and with y from the top."""
    points = []
    for one, two in ((x, y), (other_x, other_y)):
        match turn % 360:
            case 90:
                points.append((two, one))
            case 180:
                points.append((width - one, two))
            case 270:
                points.append((height - two, width - one))
            case _:
                points.append((one, height - two))
    (first_x, first_y), (last_x, last_y) = points
    return min(first_x, last_x), min(first_y, last_y), max(first_x, last_x), max(first_y, last_y)
