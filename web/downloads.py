"""What people take away: as attachments that no browser shows, under names that every system can keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from fastapi.responses import Response, StreamingResponse

from services import clock
from services.exports import SheetOf, csv_bytes, workbook_bytes, xlsx_bytes
from services.file_names import content_disposition
from services.reports.tables import Table

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KNOWN_TYPES: Final = frozenset({"application/pdf", XLSX, "image/png", "image/jpeg"})
UNKNOWN_TYPE: Final = "application/octet-stream"
SANDBOX: Final = "sandbox; default-src 'none'"


def download_table(form: Literal["csv", "xlsx"], table: Table) -> Response:
    """A table as a file that bears its title and today's date."""
    if form == "csv":
        content, media_type = csv_bytes(table.head, table.rows), "text/csv; charset=utf-8"
    else:
        content, media_type = xlsx_bytes(table.title, table.head, table.rows), XLSX
    name = f"{table.title}_{clock.today():%Y%m%d}.{form}"
    return Response(content, media_type=media_type, headers=attachment_headers(name))


def download_workbook(title: str, sheets: Iterable[SheetOf]) -> Response:
    """Several tables as one workbook that bears a title and today's date."""
    name = f"{title}_{clock.today():%Y%m%d}.xlsx"
    return Response(workbook_bytes(sheets), media_type=XLSX, headers=attachment_headers(name))


def download_file(pieces: Iterator[bytes], *, file_name: str, media_type: str, size: int) -> Response:
    """A file that somebody uploaded: under its own name, never run, never shown inside the portal's own pages."""
    headers = attachment_headers(file_name) | {"Content-Length": str(size)}
    known = media_type if media_type in KNOWN_TYPES else UNKNOWN_TYPE
    return StreamingResponse(pieces, media_type=known, headers=headers)


def attachment_headers(file_name: str) -> dict[str, str]:
    """The headers of everything that is taken away."""
    return {
        "Content-Disposition": content_disposition(file_name),
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
