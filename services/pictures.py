"""PNG and JPEG files walked from end to end without decoding them."""

from __future__ import annotations

import re
import struct
import zlib
from typing import BinaryIO, Final

from services.file_refusals import FileRefused, RefusedReason

PNG_SIGN: Final = b"\x89PNG\r\n\x1a\n"
JPEG_SIGN: Final = b"\xff\xd8\xff"
MAX_SIDE: Final = 30_000
MAX_POINTS: Final = 200_000_000

_MAX_CHUNKS: Final = 100_000
_MAX_SEGMENTS: Final = 4_000
_MAX_FILLING: Final = 64
_MAX_APPENDED: Final = 16
_CHUNK: Final = 256 * 1024
_SMALL_CHUNK: Final = 4096
# Which numbers of bits go with which kind of colour (PNG specification, table 12).
_PNG_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}

_END_OF_IMAGE: Final = 0xD9
_START_OF_SCAN: Final = 0xDA
_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_RESTARTS: Final = range(0xD0, 0xD8)
# In the packed points FF stands for itself when 00 follows, and FF D0–D7 are marks to restart; all else ends them.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7]")


def check_png(file: BinaryIO) -> None:
    """Walk all chunks with their checksums up to IEND, which must be the end of the file. Raises FileRefused."""
    file.seek(len(PNG_SIGN))
    kind, data_seen = b"", False
    for number in range(_MAX_CHUNKS):
        length, kind = struct.unpack(">I4s", _read(file, 8))
        if not kind.isalpha() or (number == 0) != (kind == b"IHDR"):
            raise FileRefused(RefusedReason.PICTURE_DAMAGED)
        if kind == b"IHDR":
            _check_png_head(_read_checked(file, kind, length) if length == 13 else b"")
        else:
            _skip_checked(file, kind, length)
        data_seen = data_seen or kind == b"IDAT"
        if kind == b"IEND":
            break
    if kind != b"IEND" or not data_seen:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    if file.read(1):
        raise FileRefused(RefusedReason.PICTURE_TRAILING_DATA)


def check_jpeg(file: BinaryIO) -> None:
    """Walk all segments up to the end of the image. Raises FileRefused.

    Behind it only that may stand which cameras and telephones append: further pictures (the small and the bright
    version), zeros, the notes of one maker, or a short film of the moment.
    """
    file.seek(0)
    _walk_jpeg(file)
    for _number in range(_MAX_APPENDED):
        position = _skip_zeros(file)
        appended = file.read(12)
        if not appended or b"ftyp" in appended or _ends_with(file, b"SEFT"):
            return
        if not appended.startswith(JPEG_SIGN):
            break
        file.seek(position)
        _walk_jpeg(file)
    raise FileRefused(RefusedReason.PICTURE_TRAILING_DATA)


def _check_png_head(head: bytes) -> None:
    if len(head) != 13:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", head)
    if depth not in _PNG_DEPTHS.get(colour, set()) or packing or filtering or interlace > 1:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    _check_sides(width, height)


def _check_sides(width: int, height: int) -> None:
    if not width or not height:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    if max(width, height) > MAX_SIDE or width * height > MAX_POINTS:
        raise FileRefused(RefusedReason.PICTURE_TOO_LARGE)


def _read_checked(file: BinaryIO, kind: bytes, length: int) -> bytes:
    data = _read(file, length)
    if struct.unpack(">I", _read(file, 4))[0] != zlib.crc32(kind + data):
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    return data


def _skip_checked(file: BinaryIO, kind: bytes, length: int) -> None:
    checksum = zlib.crc32(kind)
    for start in range(0, length, _CHUNK):
        checksum = zlib.crc32(_read(file, min(_CHUNK, length - start)), checksum)
    if struct.unpack(">I", _read(file, 4))[0] != checksum:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)


def _walk_jpeg(file: BinaryIO) -> None:
    """From the start of an image to behind its end."""
    if _read(file, 2) != JPEG_SIGN[:2]:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    frame_seen = scan_seen = False
    for _number in range(_MAX_SEGMENTS):
        marker = _next_marker(file)
        if marker == _END_OF_IMAGE:
            if not frame_seen or not scan_seen:
                raise FileRefused(RefusedReason.PICTURE_DAMAGED)
            return
        if marker in _RESTARTS and scan_seen:
            _skip_points(file)
        if marker in _WITHOUT_LENGTH:
            continue
        length = struct.unpack(">H", _read(file, 2))[0] - 2
        if length < 0:
            raise FileRefused(RefusedReason.PICTURE_DAMAGED)
        data = _read(file, length)
        if marker in _START_OF_FRAME:
            _check_frame(data)
            frame_seen = True
        elif marker == _START_OF_SCAN:
            scan_seen = True
            _skip_points(file)
    raise FileRefused(RefusedReason.PICTURE_DAMAGED)


def _next_marker(file: BinaryIO) -> int:
    if _read(file, 1) != b"\xff":
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    for _number in range(_MAX_FILLING):
        if (code := _read(file, 1)[0]) != 0xFF:
            break
    if code in {0x00, 0xFF, 0xD8}:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    return code


def _check_frame(data: bytes) -> None:
    if len(data) < 6:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    depth, height, width, components = struct.unpack_from(">BHHB", data)
    if depth not in {8, 12} or components not in {1, 3, 4} or len(data) != 6 + 3 * components:
        raise FileRefused(RefusedReason.PICTURE_DAMAGED)
    _check_sides(width, height)


def _skip_points(file: BinaryIO) -> None:
    """To the next marker, in pieces that overlap by one byte."""
    position = file.tell()
    length = _SMALL_CHUNK
    while len(piece := file.read(length)) > 1:
        if _has_marker(piece) and (found := _NEXT_MARKER.search(piece)):
            file.seek(position + found.start())
            return
        position += len(piece) - 1
        file.seek(position)
        length = _CHUNK
    raise FileRefused(RefusedReason.PICTURE_CUT_OFF)


def _has_marker(piece: bytes) -> bool:
    """Counting is five times as fast as searching, and most pieces of a photo hold no marker."""
    others = piece.count(b"\xff", 0, len(piece) - 1) - piece.count(b"\xff\x00")
    return others > 0 and others > sum(piece.count(bytes([0xFF, restart])) for restart in _RESTARTS)


def _skip_zeros(file: BinaryIO) -> int:
    """To the next byte that is not zero, or the end."""
    position = file.tell()
    while piece := file.read(_CHUNK):
        if rest := piece.lstrip(b"\x00"):
            position += len(piece) - len(rest)
            break
        position += len(piece)
    return file.seek(position)


def _ends_with(file: BinaryIO, ending: bytes) -> bool:
    file.seek(-len(ending), 2)
    return file.read() == ending


def _read(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise FileRefused(RefusedReason.PICTURE_CUT_OFF)
    return data
