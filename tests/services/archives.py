"""ZIP files made by hand, byte by byte, so that each field can lie on its own."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

WIDE = 0xFFFFFFFF
CONTENT_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Override PartName="/xl/workbook.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


@dataclass
class Part:
    """One entry; `local` and `central` override single fields of its two headers."""

    name: bytes
    data: bytes = b"content"
    method: int = 8
    flags: int = 0
    packed: bytes | None = None
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    descriptor: bytes = b""
    before: bytes = b""

    @cached_property
    def packed_data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflate(self.data) if self.method == 8 else self.data

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.data),
            "packed_size": len(self.packed_data),
            "size": len(self.data),
            "extra": b"",
            "comment": b"",
            "external": 0,
            "disk": 0,
        }


def deflate(data: bytes, level: int = 1) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def extra(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def build(parts: list[Part], *, gap: bytes = b"", prepend: bytes = b"", append: bytes = b"", **end: Any) -> bytes:
    """The archive; `end` overrides fields of the record at its end, `gap` stands before the directory."""
    body = b""
    offsets = []
    for part in parts:
        body += part.before
        offsets.append(len(body))
        values = {**part.fields, **part.local}
        body += _local(values) + part.packed_data + part.descriptor
    body += gap
    directory = b"".join(
        _central({"offset": offset, **part.fields, **part.central}) for part, offset in zip(parts, offsets, strict=True)
    )
    values = {"disk": 0, "first_disk": 0, "here": len(parts), "count": len(parts), "size": len(directory)}
    values |= {"offset": len(body), "comment": b"", "between": b"", **end}
    record = struct.pack(
        "<4sHHHHIIH",
        b"PK\x05\x06",
        *(values[name] for name in ("disk", "first_disk", "here", "count", "size", "offset")),
        len(values["comment"]),
    )
    return b"".join([prepend, body, directory, values["between"], record, values["comment"], append])


def workbook(*more: Part) -> list[Part]:
    """The parts that every workbook has, and others."""
    return [Part(b"[Content_Types].xml", CONTENT_TYPES), Part(b"xl/workbook.xml", b"<workbook/>"), *more]


def end_64(count: int, size: int, offset: int, *, length: int = 44, shift: int = 0, disks: int = 1) -> bytes:
    """The wide record at the end and its locator."""
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", length, 45, 45, 0, 0, count, count, size, offset)
    return record + struct.pack("<4sIQI", b"PK\x06\x07", 0, offset + size + shift, disks)


def _local(values: dict[str, Any]) -> bytes:
    head = struct.pack(
        "<4sHHHHHIIIHH",
        values.get("sign", b"PK\x03\x04"),
        20,
        values["flags"],
        values["method"],
        0,
        0x21,
        *(values[name] for name in ("crc", "packed_size", "size")),
        len(values["name"]),
        len(values["extra"]),
    )
    return b"".join([head, values["name"], values["extra"]])


def _central(values: dict[str, Any]) -> bytes:
    head = struct.pack(
        "<4sHHHHHHIIIHHHHHII",
        values.get("sign", b"PK\x01\x02"),
        0x0314,
        20,
        values["flags"],
        values["method"],
        0,
        0x21,
        *(values[name] for name in ("crc", "packed_size", "size")),
        len(values["name"]),
        len(values["extra"]),
        len(values["comment"]),
        values["disk"],
        0,
        values["external"],
        values["offset"],
    )
    return b"".join([head, values["name"], values["extra"], values["comment"]])
