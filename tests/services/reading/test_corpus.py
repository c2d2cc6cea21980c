"""Whatever is sent ends as read, needs a person, kept unread or refused, by name, and this process feels nothing."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from services.file_refusals import FileRefused, RefusedReason
from services.reading import sandbox
from services.reading.files import read_file
from services.reading.grid import Workbook
from services.reading.readings import Outcome
from services.reading.reasons import NotRead, NotReadReason
from services.reading.template_files import list_templates
from tests.services.archives import Part, build
from tests.services.reading.books import MAIN, parts_of, relations, rows_of, text_cell, write_book, write_parts
from tests.services.reading.forms import write_mds2
from tests.services.reading.papers import LOCKED, table, write_paper

MEGABYTE = 2**20
NAMED = {*NotReadReason, *RefusedReason}


def ending(path: Path) -> str:
    """How reading this file ends; anything but a name would raise."""
    try:
        return sandbox.read_disclosure(path, templates=list_templates()).outcome
    except NotRead as refused:
        return refused.reason if refused.reason in NAMED else f"unnamed: {refused.reason}"


def book(sheet: str, **more: str) -> bytes:
    """The bytes of a workbook with this sheet."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of(sheet, **more).items():  # type: ignore[arg-type]
            archive.writestr(name, content)
    return target.getvalue()


def raw_book(*more: Part, sheet: bytes = b"<worksheet/>", **end: bytes) -> bytes:
    """The same with a hand on every byte of the container."""
    parts = parts_of("")
    parts["xl/worksheets/sheet1.xml"] = sheet
    listed = [Part(name.encode(), text if isinstance(text, bytes) else text.encode()) for name, text in parts.items()]
    return build([*listed, *more], **end)


def wide_rows() -> str:
    """Every row has its one cell in another far column, which makes other readers hold a full rectangle."""
    cells = "".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 1_048_576, 40))
    return f'<dimension ref="A1:XFD1048576"/><sheetData>{cells}</sheetData>'


ALL = "A1:XFD1048576"
LIST = f'<dataValidation type="list" sqref="{ALL}"><formula1>{ALL}</formula1></dataValidation>'
LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 9))
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a cell in the last corner": (
        lambda: book('<dimension ref="A1:XFD1048576"/>' + rows_of(text_cell("XFD1048576", "x"))),
        Outcome.OTHER,
    ),
    "far cells in many rows": (lambda: book(wide_rows()), Outcome.OTHER),
    "a merge over everything": (
        lambda: book(rows_of(text_cell("A1", "x")) + '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        Outcome.OTHER,
    ),
    "many merges over everything": (
        lambda: book("<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 5_000 + "</mergeCells>"),
        NotReadReason.TOO_MUCH_CONTENT,
    ),
    "one long text in every cell": (
        lambda: book(
            "<sheetData>" + '<row><c t="s"><v>0</v></c></row>' * 90_000 + "</sheetData>",
            strings=f"<si><t>{'x' * 32_000}</t></si>",
        ),
        NotReadReason.TOO_MUCH_CONTENT,
    ),
    "elements without end": (
        lambda: book(f"<sheetData><row>{'<c/>' * 4_000_000}</row></sheetData>"),
        NotReadReason.TOO_MUCH_CONTENT,
    ),
    "elements in elements": (lambda: book("<a>" * 300_000 + "</a>" * 300_000), Outcome.OTHER),
    "an attribute of megabytes": (lambda: book(f'<a b="{"x" * 20 * MEGABYTE}"/>'), Outcome.OTHER),
    "lists over everything": (lambda: book(f"<dataValidations>{LIST * 3_000}</dataValidations>"), Outcome.OTHER),
    "entities that laugh": (
        lambda: raw_book(sheet=f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l8;</a>'.encode()),
        RefusedReason.WORKBOOK_TYPE_DECLARATION,
    ),
    "entities behind a long comment": (
        lambda: raw_book(sheet=f'<!--{"x" * 9_000}--><!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l8;</a>'.encode()),
        NotReadReason.XML_TYPE_DECLARATION,
    ),
    "a file of the machine by entity": (
        lambda: raw_book(
            sheet=f'<!--{"x" * 9_000}--><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'.encode()
        ),
        NotReadReason.XML_TYPE_DECLARATION,
    ),
    "an encoding nobody knows": (
        lambda: raw_book(sheet=b'<?xml version="1.0" encoding="x-unknown"?><worksheet/>'),
        NotReadReason.XML_BROKEN,
    ),
    "a workbook without sheets": (
        lambda: book("", workbook=f'<workbook xmlns="{MAIN}"/>'),
        NotReadReason.NO_SHEETS,
    ),
    "relations in a circle": (
        lambda: book(
            "<a/>",
            sheet_relations=relations(("rId1", "comments", "sheet1.xml"), ("rId2", "vmlDrawing", "../../../../etc")),
        ),
        Outcome.OTHER,
    ),
    "macros": (lambda: raw_book(Part(b"xl/vbaProject.bin", b"x")), RefusedReason.MACRO_WORKBOOK),
    "two parts of one name": (
        lambda: raw_book(Part(b"XL/WORKBOOK.XML", b"<workbook/>")),
        RefusedReason.ZIP_NAME_TWICE,
    ),
    "a part outside of its folder": (lambda: raw_book(Part(b"../../etc/cron.d/x", b"x")), RefusedReason.ZIP_NAME),
    "a link": (
        lambda: raw_book(Part(b"xl/link", b"/etc/passwd", central={"external": 0o120777 << 16})),
        RefusedReason.ZIP_SPECIAL_FILE,
    ),
    "an encrypted part": (lambda: raw_book(Part(b"xl/a", b"x", flags=1)), RefusedReason.ZIP_ENCRYPTED),
    "headers that differ": (
        lambda: raw_book(Part(b"xl/a", b"x", local={"name": b"xl/b"})),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "data behind the end": (lambda: raw_book(append=b"MZ"), RefusedReason.ZIP_TRAILING_DATA),
    "data before the beginning": (lambda: raw_book(prepend=b"PK\x03\x04MZ"), RefusedReason.ZIP_GAP),
    "more than it may unpack to": (
        lambda: raw_book(Part(b"xl/a", bytes(101 * MEGABYTE))),
        RefusedReason.ZIP_TOO_LARGE,
    ),
    "too many parts": (
        lambda: raw_book(*(Part(f"xl/{number}".encode(), b"") for number in range(2_000))),
        RefusedReason.ZIP_TOO_MANY_ENTRIES,
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_workbook_ends_by_name(tmp_path: Path, name: str) -> None:
    make, expected = BOMBS[name]
    (tmp_path / "a.xlsx").write_bytes(make())
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    assert ending(tmp_path / "a.xlsx") == expected
    assert time.monotonic() - began < 15
    assert psutil.Process().memory_info().rss - before < 64 * MEGABYTE


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, which readers find although its table is missing."""
    numbered = b"".join(b"%d 0 obj%s endobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%PDF-1.7\n" + numbered + b"trailer<</Root 1 0 R/Size 9>>\nstartxref\n0\n%%EOF\n"


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAPERS: dict[str, tuple[bytes, set[str]]] = {
    "a locked paper": (LOCKED, {NotReadReason.PDF_ENCRYPTED}),
    "pages that contain themselves": (
        pdf(CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
        {NotReadReason.PDF_BROKEN, NotReadReason.NO_TEXT},
    ),
    "a million pages": (
        pdf(
            CATALOG,
            b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>",
            b"<</Type/Page/Parent 2 0 R>>",
        ),
        {NotReadReason.TOO_MANY_PAGES, NotReadReason.PDF_BROKEN, NotReadReason.NO_TEXT},
    ),
    "a drawing that draws itself": (
        pdf(
            CATALOG,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>>>",
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 10/Resources<</XObject<</X 4 0 R>>>>>>"
            b"stream\n/X Do /X Do\nendstream",
        ),
        # The library itself dies of this one, and only the child with it.
        {NotReadReason.NO_TEXT, NotReadReason.CRASHED},
    ),
    "brackets without end": (b"%PDF-1.7\n1 0 obj" + b"[" * 500_000 + b"\n%%EOF\n", {NotReadReason.PDF_BROKEN}),
}


@pytest.mark.parametrize("name", PAPERS)
def test_a_hostile_pdf_ends_by_name(tmp_path: Path, name: str) -> None:
    content, expected = PAPERS[name]
    (tmp_path / "a.pdf").write_bytes(content)
    began = time.monotonic()
    assert ending(tmp_path / "a.pdf") in expected
    assert time.monotonic() - began < 15


def test_damaged_workbooks_end_by_name(tmp_path: Path) -> None:
    """In this process: the reader itself may fail only by name, not only the child around it."""
    parts = parts_of(
        rows_of(*(text_cell(f"A{row}", f"ALOF-{row}") for row in range(1, 9))), strings="<si><t>x</t></si>"
    )
    parts |= {"xl/styles.xml": "<styleSheet><numFmts/><cellXfs><xf numFmtId='14'/></cellXfs></styleSheet>"}
    chance = random.Random(4)
    for _ in range(300):
        name = chance.choice(sorted(parts))
        text = bytearray(str(parts[name]).encode())
        for _change in range(chance.randint(1, 4)):
            place = chance.randrange(len(text))
            text[place : place + chance.randint(0, 3)] = chance.choice(
                [b"<", b">", b"&", b'"', b"\x00", b"9" * 9, b"\xff"]
            )
        path = write_parts(tmp_path / "a.xlsx", {**parts, name: bytes(text)})
        with path.open("rb") as file, suppress(NotRead, FileRefused):
            assert isinstance(read_file(file, "a.xlsx"), Workbook)


def test_damaged_pdfs_end_by_name(tmp_path: Path) -> None:
    whole = write_paper(
        tmp_path / "whole.pdf", table([["番号", "質問", "回答", "備考"], ["1", "問い", "はい", ""]])
    ).read_bytes()
    chance = random.Random(5)
    for number in range(8):
        content = bytearray(whole)
        for _change in range(10**number % 997):
            content[chance.randrange(9, len(content) - 9)] = chance.randrange(256)
        (tmp_path / "a.pdf").write_bytes(bytes(content))
        assert ending(tmp_path / "a.pdf") in NAMED | set(Outcome)


def test_kinds_that_are_no_tables_are_kept_or_refused_by_name(tmp_path: Path) -> None:
    endings = {}
    for name, content in {
        "cut.xlsx": write_book(tmp_path / "x.xlsx", {"Q": [["x"]]}).read_bytes()[:-30],
        "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "page.xlsx": b"<html>",
        "table.csv": "番号,回答\n1,はい\n".encode("cp932"),
        "bytes.csv": bytes(range(256)),
        "none.pdf": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
        endings[name] = ending(tmp_path / name)
    assert endings == {
        "cut.xlsx": RefusedReason.WORKBOOK_CUT_OFF,
        "old.xls": RefusedReason.OLD_WORKBOOK,
        "locked.xlsx": RefusedReason.PASSWORD_PROTECTED,
        "page.xlsx": RefusedReason.CONTENT_DIFFERS,
        "table.csv": Outcome.OTHER,
        "bytes.csv": NotReadReason.CSV_ENCODING,
        "none.pdf": RefusedReason.EMPTY,
    }


def test_a_file_that_changes_its_name_is_still_known(tmp_path: Path) -> None:
    path = write_mds2(tmp_path / "価格表.xlsx", {"ALOF-1": "Yes"})
    assert ending(path) == Outcome.READ
