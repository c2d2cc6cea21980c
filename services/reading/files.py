"""A file of any kind that is read, in the child: its container is checked before anything in it is opened."""

from __future__ import annotations

from typing import BinaryIO

from services.file_names import file_extension
from services.file_types import FileType, recognise_open_file
from services.reading.grid import Workbook
from services.reading.reasons import NotRead, NotReadReason


def read_file(file: BinaryIO, file_name: str) -> Workbook:
    """The cells of the file. Raises FileRefused and NotRead."""
    if file_extension(file_name) in {".csv", ".tsv"}:
        from services.reading.csv_file import read_csv

        return read_csv(file)
    kind = recognise_open_file(file, file_name=file_name)
    file.seek(0)
    if kind is FileType.XLSX:
        from services.reading.xlsx import read_xlsx

        return read_xlsx(file)
    if kind is FileType.PDF:
        from services.reading.pdf import read_pdf

        return read_pdf(file)
    raise NotRead(NotReadReason.NO_TABLE_KIND)
