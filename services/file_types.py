"""What an uploaded file is: by its name, its first bytes and its structure; all three must say the same."""

from __future__ import annotations

import re
import struct
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from services.file_names import file_extension
from services.file_refusals import FileRefused, RefusedReason, sentence_for
from services.pictures import JPEG_SIGN, PNG_SIGN, check_jpeg, check_png
from services.strict_zip import open_strictly

__all__ = ["ACCEPTED_EXTENSIONS", "FileRefused", "FileType", "RefusedReason", "recognise_file", "sentence_for"]


class FileType(StrEnum):
    """The kinds of file that are taken."""

    PDF = "pdf"
    XLSX = "xlsx"
    PNG = "png"
    JPEG = "jpeg"

    @property
    def media_type(self) -> str:
        """What a download of it is declared to be."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES: Final = {
    FileType.PDF: "application/pdf",
    FileType.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileType.PNG: "image/png",
    FileType.JPEG: "image/jpeg",
}
_ACCEPTED: Final = {
    ".pdf": FileType.PDF,
    ".xlsx": FileType.XLSX,
    ".png": FileType.PNG,
    ".jpg": FileType.JPEG,
    ".jpeg": FileType.JPEG,
}
ACCEPTED_EXTENSIONS: Final = tuple(_ACCEPTED)

_REFUSED_EXTENSIONS: Final = {
    extension: reason
    for reason, extensions in {
        RefusedReason.OLD_WORKBOOK: ".xls .xlt",
        RefusedReason.MACRO_WORKBOOK: ".xlsm .xltm .xlam",
        RefusedReason.BINARY_WORKBOOK: ".xlsb",
        RefusedReason.OPEN_DOCUMENT: ".ods .odt .odp",
        RefusedReason.WORD_DOCUMENT: ".doc .docx .docm .rtf .jtd",
        RefusedReason.SLIDES: ".ppt .pptx .pptm",
        RefusedReason.PLAIN_TABLE: ".csv .tsv .txt",
        RefusedReason.ARCHIVE: ".zip .7z .rar .lzh .gz .tgz .tar .cab",
        RefusedReason.WEB_PAGE: ".html .htm .xhtml .mht .mhtml",
        RefusedReason.DRAWING: ".svg .svgz",
        RefusedReason.PHOTO_FORMAT: ".heic .heif .webp .gif .tif .tiff .bmp .avif",
        RefusedReason.PROGRAM: ".exe .com .bat .cmd .scr .msi .js .vbs .ps1 .jar .lnk .hta .app .dmg .apk",
    }.items()
    for extension in extensions.split()
}

_OLE2_SIGN: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK: Final = 256 * 1024
_PDF_HEAD: Final = re.compile(rb"%PDF-[12]\.[0-9]")
_PDF_END_WITHIN: Final = 1024
_ZIP_END_WITHIN: Final = 22 + 0xFFFF

# The inside of tags is matched without `<` and `>`, so that no text makes the search slow.
_TYPE_TAG: Final = re.compile(r"<(?:\w+:)?(Override|Default)\b([^<>]*)>")
_ATTRIBUTE: Final = re.compile(r"""\b(PartName|Extension|ContentType)\s*=\s*["']([^"'<>&]*)["']""")
_WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO_TYPES: Final = re.compile(r"(?i)macroEnabled|vbaProject|macrosheet")
_CONTENT_TYPES: Final = "[Content_Types].xml"
_CONTENT_TYPES_LIMIT: Final = 1024 * 1024
_XML_EXTENSIONS: Final = (".xml", ".rels", ".vml")


def recognise_file(path: Path, *, file_name: str) -> FileType:
    """The kind of the file at `path`, sent under the name `file_name`. Raises FileRefused with its reason."""
    with path.open("rb") as file:
        return recognise_open_file(file, file_name=file_name)


def recognise_open_file(file: BinaryIO, *, file_name: str) -> FileType:
    """The same for a file that is already open."""
    extension = file_extension(file_name)
    head = file.read(1024)
    if not head:
        raise FileRefused(RefusedReason.EMPTY)
    if extension not in _ACCEPTED:
        raise FileRefused(_why_not(extension))
    expected = _ACCEPTED[extension]
    if expected is FileType.XLSX and head.startswith(_OLE2_SIGN):
        raise FileRefused(_what_ole2_holds(file))
    if _by_first_bytes(head) is not expected:
        raise FileRefused(RefusedReason.CONTENT_DIFFERS)
    if expected is FileType.XLSX:
        _check_workbook(file)
        return expected
    _refuse_hidden_zip(file)
    if expected is FileType.PDF:
        _check_pdf(file, head)
    elif expected is FileType.PNG:
        check_png(file)
    else:
        check_jpeg(file)
    return expected


def _why_not(extension: str) -> RefusedReason:
    if not extension:
        return RefusedReason.NO_EXTENSION
    return _REFUSED_EXTENSIONS.get(extension, RefusedReason.UNKNOWN_KIND)


def _by_first_bytes(head: bytes) -> FileType | None:
    for sign, kind in (
        (b"%PDF-", FileType.PDF),
        (b"PK\x03\x04", FileType.XLSX),
        (PNG_SIGN, FileType.PNG),
        (JPEG_SIGN, FileType.JPEG),
    ):
        if head.startswith(sign):
            return kind
    return None


def _check_pdf(file: BinaryIO, head: bytes) -> None:
    """Only the frame is looked at; reading the inside is for a child process."""
    if not _PDF_HEAD.match(head):
        raise FileRefused(RefusedReason.PDF_DAMAGED)
    if b"%%EOF" not in _tail(file, _PDF_END_WITHIN):
        raise FileRefused(RefusedReason.PDF_CUT_OFF)


def _check_workbook(file: BinaryIO) -> None:
    archive = open_strictly(file)
    if _CONTENT_TYPES not in archive.starts:
        raise FileRefused(RefusedReason.WORKBOOK_PARTS_MISSING)
    for name, start in archive.starts.items():
        if name.casefold().endswith(_XML_EXTENSIONS) and _declares_a_type(start):
            raise FileRefused(RefusedReason.WORKBOOK_TYPE_DECLARATION)
    declared = archive.read(_CONTENT_TYPES, _CONTENT_TYPES_LIMIT).decode("utf-8", "replace")
    types = _types_of_parts(declared, [name.casefold() for name in archive.starts])
    if any(name.endswith("vbaproject.bin") or _MACRO_TYPES.search(kind) for name, kind in types.items()):
        raise FileRefused(RefusedReason.MACRO_WORKBOOK)
    if _WORKBOOK_TYPE not in types.values():
        raise FileRefused(_what_package_holds(declared))


def _types_of_parts(declared: str, names: list[str]) -> dict[str, str]:
    """What `[Content_Types].xml` says of each part: by its name, or else by its extension.

    No program writes these names with `&…;`; it would only serve to hide one from us.
    """
    types: dict[str, str] = {}
    for tag, inside in _TYPE_TAG.findall(declared):
        if "&" in inside:
            raise FileRefused(RefusedReason.WORKBOOK_PARTS_MISSING)
        attributes = dict(_ATTRIBUTE.findall(inside))
        key = attributes.get("PartName", "") if tag == "Override" else "." + attributes.get("Extension", "")
        types.setdefault(key.casefold(), attributes.get("ContentType", ""))
    return {name: types.get(f"/{name}", types.get("." + name.rpartition(".")[2], "")) for name in names}


def _declares_a_type(start: bytes) -> bool:
    """The format forbids it, and nothing but attacks on XML readers uses it; in UTF-16 every second byte is zero."""
    plain = start.replace(b"\x00", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def _what_package_holds(declared: str) -> RefusedReason:
    for sign, reason in (
        ("wordprocessingml.document", RefusedReason.WORD_DOCUMENT),
        ("presentationml", RefusedReason.SLIDES),
        ("sheet.binary", RefusedReason.BINARY_WORKBOOK),
    ):
        if sign in declared:
            return reason
    return RefusedReason.WORKBOOK_PARTS_MISSING


def _what_ole2_holds(file: BinaryIO) -> RefusedReason:
    """Excel wraps an encrypted workbook in the container of its old format; the part's name tells the two apart."""
    sign = "EncryptedPackage".encode("utf-16-le")
    file.seek(0)
    before = b""
    while piece := file.read(_CHUNK):
        if sign in before + piece:
            return RefusedReason.PASSWORD_PROTECTED
        before = piece[-len(sign) :]
    return RefusedReason.OLD_WORKBOOK


def _refuse_hidden_zip(file: BinaryIO) -> None:
    """Programs find a ZIP from its end, so one can hide behind or inside anything; a picture or PDF must hold none."""
    tail = _tail(file, _ZIP_END_WITHIN)
    size = file.seek(0, 2)
    found = tail.find(b"PK\x05\x06")
    while found >= 0:
        record = tail[found : found + 22]
        if len(record) == 22:
            count, directory_size = struct.unpack_from("<HI", record, 10)
            directory_at = size - len(tail) + found - directory_size
            if count and directory_at >= 0:
                file.seek(directory_at)
                if file.read(4) == b"PK\x01\x02":
                    raise FileRefused(RefusedReason.HIDDEN_FILE)
        found = tail.find(b"PK\x05\x06", found + 4)


def _tail(file: BinaryIO, length: int) -> bytes:
    size = file.seek(0, 2)
    file.seek(max(0, size - length))
    return file.read()
