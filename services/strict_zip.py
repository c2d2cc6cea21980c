"""A ZIP that every program reads in the same way, or none at all: the container of an XLSX file.

Where two readers could see different contents, the scanner and the clinic's spreadsheet program could, too.
So there is one place for each byte: headers agree with the directory, nothing lies between, before or behind,
and what unpacks is counted while it unpacks.
"""

from __future__ import annotations

import re
import stat
import unicodedata
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from services.file_refusals import FileRefused, RefusedReason
from services.zip_records import (
    DESCRIPTOR_FLAG,
    CentralEntry,
    LocalHeader,
    descriptors_of,
    read_directory,
    read_entries,
    read_local_header,
)

MEGABYTE: Final = 1024 * 1024
MAX_UNPACKED: Final = 100 * MEGABYTE
RATIO_FREE: Final = 64 * MEGABYTE
MAX_RATIO: Final = 50
MAX_NAME: Final = 255
START: Final = 4096

STORED: Final = 0
DEFLATED: Final = 8
_CHUNK: Final = 64 * 1024
_ORDINARY: Final = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
_BAD_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\:]|\A/|(?:\A|/)\.{0,2}(?:/|\Z)")


class StrictArchive:
    """The entries of a sound archive: their names, the first bytes of each, and the way to read more."""

    def __init__(self, file: BinaryIO, entries: list[tuple[CentralEntry, int]], starts: list[bytes]) -> None:
        self._file = file
        self._entries = {entry.name: (entry, data_at) for entry, data_at in entries}
        self.starts = dict(zip(self._entries, starts, strict=True))

    def read(self, name: str, at_most: int) -> bytes:
        """An entry unpacked, or as much of its beginning as is asked for."""
        content = bytearray()
        for piece in _unpacked(self._file, *self._entries[name]):
            content += piece
            if len(content) >= at_most:
                break
        return bytes(content[:at_most])


def open_strictly(file: BinaryIO) -> StrictArchive:
    """Check every byte of the archive, unpacking it piece by piece. Raises FileRefused."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(4)
    if start in {b"PK\x07\x08", b"PK00"}:
        raise FileRefused(RefusedReason.ZIP_SPLIT)
    directory = read_directory(file, size)
    entries = read_entries(file, directory)
    if not entries:
        raise FileRefused(RefusedReason.ZIP_DIRECTORY)
    if start != b"PK\x03\x04":
        raise FileRefused(RefusedReason.ZIP_PREPENDED_DATA)
    _refuse_bad_names(entries)
    _refuse_bombs(entries)
    placed = _place_entries(file, entries, directory.offset)
    return StrictArchive(file, placed, [_check_content(file, entry, data_at) for entry, data_at in placed])


def _refuse_bad_names(entries: list[CentralEntry]) -> None:
    names: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        if _BAD_NAME.search(entry.name.removesuffix("/")) or not 0 < len(entry.name) <= MAX_NAME:
            raise FileRefused(RefusedReason.ZIP_NAME)
        if stat.S_IFMT(entry.mode) not in _ORDINARY:
            raise FileRefused(RefusedReason.ZIP_SPECIAL_FILE)
        name = _as_windows_compares(entry.name)
        if name in names:
            raise FileRefused(RefusedReason.ZIP_NAME_TWICE)
        names.add(name)
        folder, slash, _last = name.rpartition("/")
        while slash:
            folders.add(folder)
            folder, slash, _last = folder.rpartition("/")
    # One name cannot be a file and the folder of another.
    if any(not entry.name.endswith("/") and _as_windows_compares(entry.name) in folders for entry in entries):
        raise FileRefused(RefusedReason.ZIP_NAME_TWICE)


def _as_windows_compares(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).removesuffix("/")


def _refuse_bombs(entries: list[CentralEntry]) -> None:
    """By the sizes that are declared; `_check_content` then holds each entry to its declaration."""
    for entry in entries:
        if entry.method not in {STORED, DEFLATED}:
            raise FileRefused(RefusedReason.ZIP_METHOD)
        if entry.name.endswith("/") and entry.size:
            raise FileRefused(RefusedReason.ZIP_NAME)
        if entry.method == STORED and entry.size != entry.packed_size:
            raise FileRefused(RefusedReason.ZIP_SIZE_DIFFERS)
    unpacked = sum(entry.size for entry in entries)
    if unpacked > MAX_UNPACKED:
        raise FileRefused(RefusedReason.ZIP_TOO_LARGE)
    if unpacked > RATIO_FREE and unpacked > MAX_RATIO * sum(entry.packed_size for entry in entries):
        raise FileRefused(RefusedReason.ZIP_RATIO)


def _place_entries(file: BinaryIO, entries: list[CentralEntry], directory_at: int) -> list[tuple[CentralEntry, int]]:
    """Where the data of each entry begins; entries must follow one another without a byte between."""
    placed: dict[int, int] = {}
    expected = 0
    in_file = sorted(entries, key=lambda entry: entry.offset)
    ends = [*(entry.offset for entry in in_file[1:]), directory_at]
    for entry, end in zip(in_file, ends, strict=True):
        if entry.offset != expected:
            raise FileRefused(RefusedReason.ZIP_OVERLAP if entry.offset < expected else RefusedReason.ZIP_GAP)
        header = read_local_header(file, entry.offset)
        _refuse_different_headers(entry, header)
        data_at = entry.offset + header.length
        _refuse_false_descriptor(file, entry, header, data_at + entry.packed_size, end)
        placed[entry.offset] = data_at
        expected = end
    return [(entry, placed[entry.offset]) for entry in entries]


def _refuse_different_headers(entry: CentralEntry, header: LocalHeader) -> None:
    same = (header.raw_name, header.flags, header.method) == (entry.raw_name, entry.flags, entry.method)
    told = (header.crc, header.packed_size, header.size)
    true = (entry.crc, entry.packed_size, entry.size)
    if entry.flags & DESCRIPTOR_FLAG:
        # Written before they were known: each may be zero, but never something else.
        agrees = all(early in {0, late} for early, late in zip(told, true, strict=True))
    else:
        agrees = told == true
    if not same or not agrees:
        raise FileRefused(RefusedReason.ZIP_HEADERS_DIFFER)


def _refuse_false_descriptor(file: BinaryIO, entry: CentralEntry, header: LocalHeader, start: int, end: int) -> None:
    if start > end:
        raise FileRefused(RefusedReason.ZIP_OVERLAP)
    if not entry.flags & DESCRIPTOR_FLAG:
        if start != end:
            raise FileRefused(RefusedReason.ZIP_GAP)
        return
    if entry.method == STORED and entry.size:
        # A program that reads from the front cannot see where such data ends.
        raise FileRefused(RefusedReason.ZIP_DESCRIPTOR)
    file.seek(start)
    if end - start > 24 or file.read(end - start) not in descriptors_of(entry, is_wide=header.is_wide):
        raise FileRefused(RefusedReason.ZIP_DESCRIPTOR)


def _check_content(file: BinaryIO, entry: CentralEntry, data_at: int) -> bytes:
    """Unpack the entry once and count; gives back its first bytes."""
    size = crc = 0
    start = b""
    for piece in _unpacked(file, entry, data_at):
        start = start or piece[:START]
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        if size > entry.size:
            break
    if size != entry.size:
        raise FileRefused(RefusedReason.ZIP_SIZE_DIFFERS)
    if crc != entry.crc:
        raise FileRefused(RefusedReason.ZIP_DATA)
    return start


def _unpacked(file: BinaryIO, entry: CentralEntry, data_at: int) -> Iterator[bytes]:
    """The content in pieces of bounded size. Raises FileRefused where the packed data is broken or goes on."""
    file.seek(data_at)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for start in range(0, entry.packed_size, _CHUNK):
        packed = file.read(min(_CHUNK, entry.packed_size - start))
        if entry.method == STORED:
            yield packed
        else:
            yield from _inflated(inflater, packed)
    if entry.method == DEFLATED and not inflater.eof:
        raise FileRefused(RefusedReason.ZIP_DATA)


def _inflated(inflater: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    if inflater.eof:
        raise FileRefused(RefusedReason.ZIP_DATA)
    while not inflater.eof:
        try:
            piece = inflater.decompress(packed, _CHUNK)
        except zlib.error:
            raise FileRefused(RefusedReason.ZIP_DATA) from None
        packed = inflater.unconsumed_tail
        if piece:
            yield piece
        elif not packed:
            return
    if inflater.unused_data:
        raise FileRefused(RefusedReason.ZIP_DATA)
