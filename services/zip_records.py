"""The records of a ZIP file as bytes: end of archive, central directory, local headers, extra fields."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from services.file_refusals import FileRefused, RefusedReason

MAX_ENTRIES: Final = 2000
MAX_DIRECTORY: Final = 2 * 1024 * 1024

DESCRIPTOR_FLAG: Final = 0x0008
_UTF8_FLAG: Final = 0x0800
_ENCRYPTION_FLAGS: Final = 0x0001 | 0x0040 | 0x2000
_HARMLESS_FLAGS: Final = 0x0002 | 0x0004 | DESCRIPTOR_FLAG | _UTF8_FLAG

_END: Final = struct.Struct("<4sHHHHIIH")
_END_64: Final = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR_64: Final = struct.Struct("<4sIQI")
_CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_WIDE_16: Final = 0xFFFF
_WIDE_32: Final = 0xFFFFFFFF

_ZIP64_EXTRA: Final = 0x0001
_ENCRYPTION_EXTRAS: Final = frozenset({0x0014, 0x0015, 0x0016, 0x0017, 0x0019, 0x9901})
_UNICODE_EXTRAS: Final = frozenset({0x6375, 0x7075})


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the central directory lies and how many entries it has."""

    offset: int
    size: int
    count: int


@dataclass(frozen=True, slots=True)
class CentralEntry:
    """One entry as the central directory has it."""

    raw_name: bytes
    name: str
    mode: int
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """The same entry as it stands before its data."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    is_wide: bool
    length: int


def read_directory(file: BinaryIO, file_size: int) -> Directory:
    """Find the central directory from the very end of the file; nothing may stand behind or between."""
    position = file_size - _END.size
    if position < 0 or (tail := _read_at(file, position, _END.size))[:4] != b"PK\x05\x06":
        raise FileRefused(_what_is_behind(file, file_size))
    _sign, disk, first_disk, here, count, size, offset, comment = _END.unpack(tail)
    if comment:
        raise FileRefused(RefusedReason.ZIP_COMMENT)
    end = position
    if position >= _LOCATOR_64.size and _read_at(file, position - _LOCATOR_64.size, 4) == b"PK\x06\x07":
        end, wide = _read_end_64(file, position - _LOCATOR_64.size)
        narrow = (disk, first_disk, here, count, size, offset)
        limits = (_WIDE_16, _WIDE_16, _WIDE_16, _WIDE_16, _WIDE_32, _WIDE_32)
        if any(few not in {limit, many} for few, limit, many in zip(narrow, limits, wide, strict=True)):
            raise FileRefused(RefusedReason.ZIP_ZIP64)
        disk, first_disk, here, count, size, offset = wide
    elif _WIDE_16 in {disk, first_disk, here, count} or _WIDE_32 in {size, offset}:
        raise FileRefused(RefusedReason.ZIP_ZIP64)
    if disk or first_disk or here != count:
        raise FileRefused(RefusedReason.ZIP_SPLIT)
    if count > MAX_ENTRIES or size > MAX_DIRECTORY:
        raise FileRefused(RefusedReason.ZIP_TOO_MANY_ENTRIES)
    if offset + size != end:
        raise FileRefused(RefusedReason.ZIP_OVERLAP if offset + size > end else RefusedReason.ZIP_GAP)
    return Directory(offset, size, count)


def read_entries(file: BinaryIO, directory: Directory) -> list[CentralEntry]:
    """All entries of the central directory, which must hold exactly as many as it says."""
    raw = _read_at(file, directory.offset, directory.size)
    entries: list[CentralEntry] = []
    position = 0
    for _number in range(directory.count):
        head = raw[position : position + _CENTRAL.size]
        if len(head) < _CENTRAL.size or head[:4] != b"PK\x01\x02":
            raise FileRefused(RefusedReason.ZIP_DIRECTORY)
        name_length, extra_length, comment_length = _CENTRAL.unpack(head)[10:13]
        start = position + _CENTRAL.size
        position = start + name_length + extra_length + comment_length
        if position > len(raw):
            raise FileRefused(RefusedReason.ZIP_DIRECTORY)
        if comment_length:
            raise FileRefused(RefusedReason.ZIP_COMMENT)
        name_end = start + name_length
        entries.append(_central_entry(head, raw[start:name_end], raw[name_end:position]))
    if position != len(raw):
        raise FileRefused(RefusedReason.ZIP_DIRECTORY)
    return entries


def read_local_header(file: BinaryIO, offset: int) -> LocalHeader:
    """The header before an entry's data."""
    head = _read_at(file, offset, _LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise FileRefused(RefusedReason.ZIP_HEADERS_DIFFER)
    _sign, _needed, flags, method, _time, _date, crc, packed, size, name_length, extra_length = _LOCAL.unpack(head)
    variable = file.read(name_length + extra_length)
    if len(variable) < name_length + extra_length:
        raise FileRefused(RefusedReason.ZIP_HEADERS_DIFFER)
    wide = _read_extras(variable[name_length:]).get(_ZIP64_EXTRA)
    if wide is not None and (packed, size) != (_WIDE_32, _WIDE_32):
        raise FileRefused(RefusedReason.ZIP_ZIP64)
    size, packed = _widened(wide, (size, _WIDE_32), (packed, _WIDE_32))
    return LocalHeader(
        raw_name=variable[:name_length],
        flags=flags,
        method=method,
        crc=crc,
        packed_size=packed,
        size=size,
        is_wide=wide is not None,
        length=_LOCAL.size + name_length + extra_length,
    )


def descriptors_of(entry: CentralEntry, *, is_wide: bool) -> tuple[bytes, bytes]:
    """The two forms that the record behind an entry's data may have: with its signature and without."""
    form = "<IQQ" if is_wide else "<III"
    plain = struct.pack(form, entry.crc, entry.packed_size, entry.size)
    return b"PK\x07\x08" + plain, plain


def _central_entry(head: bytes, raw_name: bytes, extra: bytes) -> CentralEntry:
    _sign, _made_by, _needed, flags, method, _time, _date, crc, packed, size, *rest = _CENTRAL.unpack(head)
    _name_length, _extra_length, _comment_length, disk, _internal, external, offset = rest
    if flags & _ENCRYPTION_FLAGS:
        raise FileRefused(RefusedReason.ZIP_ENCRYPTED)
    if flags & ~_HARMLESS_FLAGS:
        raise FileRefused(RefusedReason.ZIP_FLAGS)
    wide = _read_extras(extra).get(_ZIP64_EXTRA)
    size, packed, offset, disk = _widened(
        wide, (size, _WIDE_32), (packed, _WIDE_32), (offset, _WIDE_32), (disk, _WIDE_16)
    )
    if disk:
        raise FileRefused(RefusedReason.ZIP_SPLIT)
    return CentralEntry(
        raw_name=raw_name,
        name=_decoded(raw_name, is_utf8=bool(flags & _UTF8_FLAG)),
        mode=external >> 16,
        flags=flags,
        method=method,
        crc=crc,
        packed_size=packed,
        size=size,
        offset=offset,
    )


def _decoded(raw_name: bytes, *, is_utf8: bool) -> str:
    """Without the UTF-8 flag programs disagree on every letter beyond ASCII, so only ASCII is read then."""
    try:
        return raw_name.decode("utf-8" if is_utf8 else "ascii")
    except UnicodeDecodeError:
        raise FileRefused(RefusedReason.ZIP_NAME) from None


def _read_extras(raw: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    position = 0
    while position < len(raw):
        if position + 4 > len(raw):
            raise FileRefused(RefusedReason.ZIP_EXTRA)
        kind, length = struct.unpack_from("<HH", raw, position)
        position += 4 + length
        if position > len(raw) or kind in fields or kind in _UNICODE_EXTRAS:
            raise FileRefused(RefusedReason.ZIP_EXTRA)
        if kind in _ENCRYPTION_EXTRAS:
            raise FileRefused(RefusedReason.ZIP_ENCRYPTED)
        fields[kind] = raw[position - length : position]
    return fields


def _widened(extra: bytes | None, *narrow: tuple[int, int]) -> list[int]:
    """Values of which those at their limit stand in the ZIP64 field instead; it must hold these and no more."""
    values: list[int] = []
    position = 0
    for value, limit in narrow:
        if value != limit:
            values.append(value)
            continue
        form = "<Q" if limit == _WIDE_32 else "<I"
        if extra is None or position + struct.calcsize(form) > len(extra):
            raise FileRefused(RefusedReason.ZIP_ZIP64)
        values.append(struct.unpack_from(form, extra, position)[0])
        position += struct.calcsize(form)
    if extra is not None and position != len(extra):
        raise FileRefused(RefusedReason.ZIP_ZIP64)
    return values


def _read_end_64(file: BinaryIO, locator_at: int) -> tuple[int, tuple[int, ...]]:
    _sign, disk, record_at, disks = _LOCATOR_64.unpack(_read_at(file, locator_at, _LOCATOR_64.size))
    record = _read_at(file, locator_at - _END_64.size, _END_64.size) if locator_at >= _END_64.size else b""
    if disk or disks != 1 or record_at != locator_at - _END_64.size or record[:4] != b"PK\x06\x06":
        raise FileRefused(RefusedReason.ZIP_ZIP64)
    _sign, length, _made_by, _needed, *values = _END_64.unpack(record)
    if length != _END_64.size - 12:
        raise FileRefused(RefusedReason.ZIP_ZIP64)
    return record_at, tuple(values)


def _what_is_behind(file: BinaryIO, file_size: int) -> RefusedReason:
    start = max(0, file_size - _END.size - _WIDE_16)
    tail = _read_at(file, start, file_size - start)
    found = tail.rfind(b"PK\x05\x06")
    rest = len(tail) - found - _END.size
    if found < 0 or rest < 0:
        return RefusedReason.WORKBOOK_CUT_OFF
    is_comment = struct.unpack_from("<H", tail, found + _END.size - 2)[0] == rest
    return RefusedReason.ZIP_COMMENT if is_comment else RefusedReason.ZIP_TRAILING_DATA


def _read_at(file: BinaryIO, position: int, length: int) -> bytes:
    file.seek(position)
    return file.read(length)
