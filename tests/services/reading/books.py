"""Workbooks for the tests, made here: by libraries where they can, and part by part where only strange programs do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

Row = Sequence[str | int | float | None]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def write_book(
    path: Path, sheets: Mapping[str, Sequence[Row]], merges: Mapping[str, Sequence[str]] | None = None
) -> Path:
    """Rows of values, from A1 on; None leaves a cell out."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, column, value)
                    elif value is not None:
                        sheet.write_number(number, column, value)
            for merge in (merges or {}).get(name, ()):
                sheet.merge_range(merge, "")
                first = merge.partition(":")[0]
                row, column = xlsxwriter.utility.xl_cell_to_rowcol(first)
                sheet.write(row, column, rows[row][column])
    return path


def parts_of(
    sheet: str,
    *,
    strings: str = "",
    styles: str = "",
    workbook: str = "",
    names: str = "",
    sheet_relations: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> dict[str, str | bytes]:
    """The parts of a workbook with one sheet, each as its XML says; `sheet` is what stands inside `worksheet`."""
    book = workbook or (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Q" sheetId="1" r:id="rId1"/></sheets>'
        f"{names}</workbook>"
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
        ),
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "worksheet", "worksheets/sheet2.xml"),
            ("rId8", "sharedStrings", "sharedStrings.xml"),
            ("rId9", "styles", "styles.xml"),
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheet}</worksheet>',
    }
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    if sheet_relations:
        parts["xl/worksheets/_rels/sheet1.xml.rels"] = sheet_relations
    return {**parts, **(more or {})}


def relations(*targets: tuple[str, str, str]) -> str:
    """A part that points to others: id, kind and target of each."""
    inside = "".join(
        f'<Relationship Id="{one}" Type="{OFFICE}/{kind}" Target="{target}"/>' for one, kind, target in targets
    )
    return f'<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def write_parts(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    """A workbook of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    path.write_bytes(target.getvalue())
    return path


def text_cell(address: str, text: str) -> str:
    """A cell that holds its text itself."""
    return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def rows_of(*cells: str) -> str:
    """Cells as the data of a sheet; each stands in a row of its own element, which the format allows."""
    return "<sheetData>" + "".join(f"<row>{cell}</row>" for cell in cells) + "</sheetData>"
