"""What a person gave, a file or pasted lines, as a grid: told apart by what is in it, not by its name alone."""

from __future__ import annotations

from typing import Final

from models import ImportKind
from services import storage
from services.file_names import file_extension
from services.imports.grids import Grid, read_csv
from services.imports.workbooks import read_xlsx
from settings import MEGABYTE, get_settings

LARGEST_FILE: Final = 10 * MEGABYTE
_TEXT_EXTENSIONS: Final = frozenset({".csv", ".tsv", ".txt", ""})
_ZIP_SIGN: Final = b"PK\x03\x04"
_OLE2_SIGN: Final = b"\xd0\xcf\x11\xe0"


def read_file(content: bytes, *, file_name: str, kind: ImportKind) -> Grid:
    """The cells of a file. Raises TableRefused, or what `storage.receive` raises where the disk is full.

    A workbook is opened by a process of its own alone, and is gone when it is read.
    """
    extension = file_extension(file_name)
    is_workbook = content.startswith((_ZIP_SIGN, _OLE2_SIGN))
    if extension in _TEXT_EXTENSIONS and not is_workbook:
        return read_csv(content)
    settings = get_settings()
    with storage.receive(settings.files_folder, limit=LARGEST_FILE, reserve=settings.disk_reserve) as incoming:
        incoming.write(content)
        named = "table.xlsx" if extension in _TEXT_EXTENSIONS and content.startswith(_ZIP_SIGN) else file_name
        return read_xlsx(incoming.path, file_name=named, kind=kind)
