"""Archives that two programs could read differently, or that unpack to too much, are refused by name."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.file_refusals import FileRefused, RefusedReason
from services.strict_zip import MAX_UNPACKED, MEGABYTE, StrictArchive, open_strictly
from tests.services.archives import WIDE, Part, build, deflate, end_64, extra
from tests.services.measuring import measure

A, B = Part(b"a.xml", b"first"), Part(b"b.xml", b"second")
EXCEL_HINT = extra(0xA220, b"\x28\xa0\x00\x00" + bytes(40))
TRUE_SIZES = struct.pack("<QQ", 5, len(deflate(b"first")))


def open_bytes(content: bytes) -> StrictArchive:
    return open_strictly(io.BytesIO(content))


def descriptor(part: Part, form: str = "<III", sign: bytes = b"PK\x07\x08", size: int | None = None) -> bytes:
    sizes = (len(part.packed_data), len(part.data) if size is None else size)
    return sign + struct.pack(form, zlib.crc32(part.data), *sizes)


def streamed(part: Part, **told: int) -> Part:
    """The same entry as programs write it that do not know the sizes beforehand."""
    unknown = {"crc": 0, "packed_size": 0, "size": 0, **told}
    return Part(part.name, part.data, part.method, flags=8, local=unknown, descriptor=descriptor(part))


def wide(part: Part) -> Part:
    """The same entry with its sizes in ZIP64 fields, as some Java programs write every entry."""
    sizes = struct.pack("<QQ", len(part.data), len(part.packed_data))
    told = {"packed_size": WIDE, "size": WIDE, "extra": extra(1, sizes)}
    return Part(part.name, part.data, local=told, central=told)


def moved(content: bytes, shift: int) -> bytes:
    """Each offset in the directory increased: for archives behind something else."""
    result = bytearray(content)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", result, at + 42, struct.unpack_from("<I", content, at + 42)[0] + shift)
        at = content.find(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", result, len(content) - 6, struct.unpack_from("<I", content, len(content) - 6)[0] + shift)
    return bytes(result)


def changed(content: bytes, position: int, replacement: bytes) -> bytes:
    return content[:position] + replacement + content[position + len(replacement) :]


def directory_size(*parts: Part) -> int:
    return sum(46 + len(part.name) for part in parts)


def files_size(*parts: Part) -> int:
    return sum(30 + len(part.name) + len(part.packed_data) for part in parts)


def python_zip(*, force_zip64: bool = False) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.xml", "w", force_zip64=force_zip64) as entry,
    ):
        entry.write(b"first")
    return target.getvalue()


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation

    def seek(self, *_arguments: int) -> int:
        raise io.UnsupportedOperation


def streamed_by_python() -> bytes:
    target = Unseekable()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"first")
    return target.getvalue()


SOUND: dict[str, Callable[[], bytes]] = {
    "two deflated entries": lambda: build([A, B]),
    "a stored entry": lambda: build([Part(b"a.png", b"pixels", method=0), B]),
    "deflate options in the flags, as Excel sets them": lambda: build([Part(b"a.xml", flags=6), B]),
    "room for growth in the local header, as Excel leaves it": lambda: build(
        [Part(b"a.xml", local={"extra": EXCEL_HINT})]
    ),
    "sizes behind the data": lambda: build([streamed(A), streamed(B)]),
    "sizes behind the data without signature": lambda: build(
        [Part(A.name, A.data, flags=8, local={"crc": 0}, descriptor=descriptor(A, sign=b""))]
    ),
    "sizes behind the data and already before": lambda: build(
        [Part(A.name, A.data, flags=8, descriptor=descriptor(A))]
    ),
    "an empty folder": lambda: build([Part(b"xl/", b"", method=0), A]),
    "an empty entry that is deflated": lambda: build([Part(b"empty", b""), A]),
    "a Japanese name with the UTF-8 flag": lambda: build([Part("図.png".encode(), flags=0x800)]),
    "a directory in another order": lambda: build([A, B]),
    "sizes in wide fields": lambda: build([wide(A), wide(B)]),
    "a wide end": lambda: build(
        [A], between=end_64(1, directory_size(A), files_size(A)), count=0xFFFF, here=0xFFFF, size=WIDE, offset=WIDE
    ),
    "a wide end beside the narrow values": lambda: build([A], between=end_64(1, directory_size(A), files_size(A))),
    "written by Python": python_zip,
    "written by Python with wide local sizes": lambda: python_zip(force_zip64=True),
    "streamed by Python": streamed_by_python,
    "2000 entries": lambda: build([Part(f"{number}.xml".encode(), b"") for number in range(2000)]),
    "a ratio above 50 below 64 MB": lambda: build([Part(b"a.xml", bytes(60 * MEGABYTE))]),
}

HOSTILE: dict[str, tuple[Callable[[], bytes], RefusedReason]] = {
    "cut off": (lambda: build([A, B])[:-10], RefusedReason.WORKBOOK_CUT_OFF),
    "no end at all": (lambda: b"PK\x03\x04" + bytes(100), RefusedReason.WORKBOOK_CUT_OFF),
    "a few bytes": (lambda: b"PK\x03\x04", RefusedReason.WORKBOOK_CUT_OFF),
    "data behind the end": (lambda: build([A], append=b"<html>"), RefusedReason.ZIP_TRAILING_DATA),
    "one zero behind the end": (lambda: build([A], append=b"\x00"), RefusedReason.ZIP_TRAILING_DATA),
    "a second archive behind": (lambda: build([A]) + build([B]), RefusedReason.ZIP_GAP),
    "a second archive behind with corrected offsets": (
        lambda: build([A]) + moved(build([B]), len(build([A]))),
        RefusedReason.ZIP_GAP,
    ),
    "something before, offsets not corrected": (lambda: build([A], prepend=b"MZ" * 50), RefusedReason.ZIP_GAP),
    "something before, offsets corrected": (
        lambda: b"MZ" * 50 + moved(build([A]), 100),
        RefusedReason.ZIP_PREPENDED_DATA,
    ),
    "something before that looks like an entry": (
        lambda: b"PK\x03\x04" * 25 + moved(build([A]), 100),
        RefusedReason.ZIP_GAP,
    ),
    "a comment": (lambda: build([A], comment=b"hello"), RefusedReason.ZIP_COMMENT),
    "an archive in the comment": (lambda: build([A], comment=build([B])), RefusedReason.ZIP_GAP),
    "an archive in the comment with corrected offsets": (
        lambda: build([A], comment=moved(build([B]), len(build([A])))),
        RefusedReason.ZIP_GAP,
    ),
    "a comment on an entry": (lambda: build([Part(b"a", central={"comment": b"x"})]), RefusedReason.ZIP_COMMENT),
    "a spanning mark": (lambda: b"PK\x07\x08" + moved(build([A]), 4), RefusedReason.ZIP_SPLIT),
    "several disks": (lambda: build([A], disk=1), RefusedReason.ZIP_SPLIT),
    "an entry on another disk": (lambda: build([Part(b"a", central={"disk": 1})]), RefusedReason.ZIP_SPLIT),
    "fewer here than in all": (lambda: build([A, B], here=1), RefusedReason.ZIP_SPLIT),
    "fewer entries than the directory holds": (lambda: build([A, B], here=1, count=1), RefusedReason.ZIP_DIRECTORY),
    "more entries than the directory holds": (lambda: build([A], here=2, count=2), RefusedReason.ZIP_DIRECTORY),
    "a directory entry with a false sign": (
        lambda: build([Part(b"a", central={"sign": b"PK\x01\x03"})]),
        RefusedReason.ZIP_DIRECTORY,
    ),
    "a name longer than the directory": (
        lambda: changed(build([A]), build([A]).index(b"PK\x01\x02") + 28, b"\xff\x00"),
        RefusedReason.ZIP_DIRECTORY,
    ),
    "2001 entries": (
        lambda: build([Part(f"{number}.xml".encode(), b"") for number in range(2001)]),
        RefusedReason.ZIP_TOO_MANY_ENTRIES,
    ),
    "a directory of three megabytes": (
        lambda: build(
            [Part(f"{number}.xml".encode(), central={"extra": extra(0xA220, bytes(60_000))}) for number in range(50)]
        ),
        RefusedReason.ZIP_TOO_MANY_ENTRIES,
    ),
    "101 MB in one entry": (lambda: build([Part(b"a", bytes(MAX_UNPACKED + 1))]), RefusedReason.ZIP_TOO_LARGE),
    "101 MB in two entries": (
        lambda: build([Part(b"a", bytes(50 * MEGABYTE)), Part(b"b", bytes(50 * MEGABYTE + 1))]),
        RefusedReason.ZIP_TOO_LARGE,
    ),
    "65 MB of nothing": (lambda: build([Part(b"a", bytes(65 * MEGABYTE))]), RefusedReason.ZIP_RATIO),
    "a bomb that says it is small": (
        lambda: build([Part(b"a", b"x", packed=deflate(bytes(300 * MEGABYTE)))]),
        RefusedReason.ZIP_SIZE_DIFFERS,
    ),
    "less than it says": (lambda: build([Part(b"a", b"xx", packed=deflate(b"x"))]), RefusedReason.ZIP_SIZE_DIFFERS),
    "a stored entry of two sizes": (
        lambda: build([Part(b"a", b"xx", method=0, packed=b"xxx")]),
        RefusedReason.ZIP_SIZE_DIFFERS,
    ),
    "a false checksum": (lambda: build([Part(b"a", b"x", packed=deflate(b"y"))]), RefusedReason.ZIP_DATA),
    "data that does not unpack": (lambda: build([Part(b"a", b"x", packed=b"\xff\xff\xff")]), RefusedReason.ZIP_DATA),
    "data that is cut off": (
        lambda: build([Part(b"a", b"x" * 99, packed=deflate(b"x" * 99)[:-1])]),
        RefusedReason.ZIP_DATA,
    ),
    "something hidden behind packed data": (
        lambda: build([Part(b"a", b"x", packed=deflate(b"x") + b"hidden")]),
        RefusedReason.ZIP_DATA,
    ),
    "much hidden behind packed data": (
        lambda: build([Part(b"a", b"x", packed=deflate(b"x") + bytes(200_000))]),
        RefusedReason.ZIP_DATA,
    ),
    "another method": (lambda: build([Part(b"a", method=12)]), RefusedReason.ZIP_METHOD),
    "an overlap": (lambda: build([A, Part(b"b.xml", b"first", central={"offset": 0})]), RefusedReason.ZIP_OVERLAP),
    "the same place for two names of one length": (
        lambda: build([A, Part(b"c.xml", b"first", central={"offset": 0})], gap=b""),
        RefusedReason.ZIP_OVERLAP,
    ),
    "data that runs into the next entry": (
        lambda: build([Part(b"a", central={"packed_size": 60}, local={"packed_size": 60}), B]),
        RefusedReason.ZIP_OVERLAP,
    ),
    "a directory that runs over its end": (lambda: build([A], offset=files_size(A) + 1), RefusedReason.ZIP_OVERLAP),
    "bytes between entries": (lambda: build([A, Part(b"b.xml", before=b"hidden")]), RefusedReason.ZIP_GAP),
    "an entry that the directory does not name": (
        lambda: build([A, Part(B.name, B.data, before=build([Part(b"secret")])[:40])]),
        RefusedReason.ZIP_GAP,
    ),
    "bytes before the directory": (lambda: build([A], gap=b"hidden"), RefusedReason.ZIP_GAP),
    "bytes behind the directory": (lambda: build([A], between=b"hidden"), RefusedReason.ZIP_GAP),
    "no entries but bytes": (lambda: build([], gap=b"hidden"), RefusedReason.ZIP_DIRECTORY),
    "nothing": (lambda: build([]), RefusedReason.ZIP_DIRECTORY),
    "another name in the local header": (
        lambda: build([Part(b"a", local={"name": b"b"})]),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "another method in the local header": (
        lambda: build([Part(b"a", local={"method": 0})]),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "other flags in the local header": (
        lambda: build([Part(b"a", local={"flags": 1})]),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "another size in the local header": (
        lambda: build([Part(b"a", local={"size": 1})]),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "another packed size in the local header": (
        lambda: build([Part(b"a", local={"packed_size": 1})]),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "another checksum in the local header": (
        lambda: build([Part(b"a", local={"crc": 1})]),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "no local header": (
        lambda: build([Part(b"a", local={"sign": b"PK\x03\x05"}), B]),
        RefusedReason.ZIP_PREPENDED_DATA,
    ),
    "no second local header": (
        lambda: build([A, Part(b"b", local={"sign": b"PK\x03\x05"})]),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "a false size before sizes behind": (lambda: build([streamed(A, size=4)]), RefusedReason.ZIP_HEADERS_DIFFER),
    "no descriptor": (lambda: build([Part(b"a", flags=8)]), RefusedReason.ZIP_DESCRIPTOR),
    "a false descriptor": (
        lambda: build([Part(A.name, A.data, flags=8, descriptor=descriptor(A, size=6))]),
        RefusedReason.ZIP_DESCRIPTOR,
    ),
    "a wide descriptor for a narrow entry": (
        lambda: build([Part(A.name, A.data, flags=8, descriptor=descriptor(A, "<IQQ"))]),
        RefusedReason.ZIP_DESCRIPTOR,
    ),
    "something behind a descriptor": (
        lambda: build([Part(A.name, A.data, flags=8, descriptor=descriptor(A) + b"x" * 50)]),
        RefusedReason.ZIP_DESCRIPTOR,
    ),
    "a descriptor that no flag announces": (
        lambda: build([Part(A.name, A.data, descriptor=descriptor(A))]),
        RefusedReason.ZIP_GAP,
    ),
    "a stored entry whose end cannot be seen": (
        lambda: build([Part(b"a", b"abc", method=0, flags=8, descriptor=descriptor(Part(b"a", b"abc", method=0)))]),
        RefusedReason.ZIP_DESCRIPTOR,
    ),
    "encrypted": (lambda: build([Part(b"a", flags=1)]), RefusedReason.ZIP_ENCRYPTED),
    "strongly encrypted": (lambda: build([Part(b"a", flags=0x41)]), RefusedReason.ZIP_ENCRYPTED),
    "an encrypted directory": (lambda: build([Part(b"a", flags=0x2000)]), RefusedReason.ZIP_ENCRYPTED),
    "AES": (lambda: build([Part(b"a", central={"extra": extra(0x9901, bytes(7))})]), RefusedReason.ZIP_ENCRYPTED),
    "a patch": (lambda: build([Part(b"a", flags=0x20)]), RefusedReason.ZIP_FLAGS),
    "a second name in an extra field": (
        lambda: build([Part(b"a", central={"extra": extra(0x7075, b"\x01" + bytes(4) + b"b")})]),
        RefusedReason.ZIP_EXTRA,
    ),
    "a second name in a local extra field": (
        lambda: build([Part(b"a", local={"extra": extra(0x7075, b"\x01" + bytes(4) + b"b")})]),
        RefusedReason.ZIP_EXTRA,
    ),
    "an extra field that runs out": (
        lambda: build([Part(b"a", central={"extra": b"\x20\xa2\xff\x00x"})]),
        RefusedReason.ZIP_EXTRA,
    ),
    "half an extra field": (lambda: build([Part(b"a", local={"extra": b"\x20\xa2\x00"})]), RefusedReason.ZIP_EXTRA),
    "an extra field twice": (
        lambda: build([Part(b"a", central={"extra": extra(0xA220, b"") * 2})]),
        RefusedReason.ZIP_EXTRA,
    ),
    "a wide size that is announced but missing": (
        lambda: build([Part(b"a", central={"size": WIDE})]),
        RefusedReason.ZIP_ZIP64,
    ),
    "a wide size that nothing announces": (
        lambda: build([Part(A.name, A.data, central={"extra": extra(1, TRUE_SIZES)})]),
        RefusedReason.ZIP_ZIP64,
    ),
    "a wide local size that nothing announces": (
        lambda: build([Part(A.name, A.data, local={"extra": extra(1, TRUE_SIZES)})]),
        RefusedReason.ZIP_ZIP64,
    ),
    "a wide size of another value": (
        lambda: build(
            [
                Part(
                    A.name,
                    A.data,
                    local={"size": WIDE, "packed_size": WIDE, "extra": extra(1, struct.pack("<QQ", 6, 7))},
                )
            ]
        ),
        RefusedReason.ZIP_HEADERS_DIFFER,
    ),
    "a wide end that is announced but missing": (lambda: build([A], offset=WIDE), RefusedReason.ZIP_ZIP64),
    "a wide end of another count": (
        lambda: build([A], between=end_64(2, directory_size(A), files_size(A))),
        RefusedReason.ZIP_ZIP64,
    ),
    "a wide end of another place": (
        lambda: build([A], between=end_64(1, directory_size(A), files_size(A), shift=4)),
        RefusedReason.ZIP_ZIP64,
    ),
    "a wide end of another length": (
        lambda: build([A], between=end_64(1, directory_size(A), files_size(A), length=50)),
        RefusedReason.ZIP_ZIP64,
    ),
    "a wide end on two disks": (
        lambda: build([A], between=end_64(1, directory_size(A), files_size(A), disks=2)),
        RefusedReason.ZIP_ZIP64,
    ),
    "only the pointer to a wide end": (
        lambda: build([A], between=end_64(1, directory_size(A), files_size(A))[56:]),
        RefusedReason.ZIP_ZIP64,
    ),
    "a link": (
        lambda: build([Part(b"a", b"/etc/passwd", central={"external": 0o120777 << 16})]),
        RefusedReason.ZIP_SPECIAL_FILE,
    ),
    "a device": (lambda: build([Part(b"a", central={"external": 0o020666 << 16})]), RefusedReason.ZIP_SPECIAL_FILE),
    "the same name twice": (lambda: build([A, A]), RefusedReason.ZIP_NAME_TWICE),
    "the same name in capitals": (lambda: build([A, Part(b"A.XML")]), RefusedReason.ZIP_NAME_TWICE),
    "the same name, composed and decomposed": (
        lambda: build([Part("が".encode(), flags=0x800), Part("か\u3099".encode(), flags=0x800)]),
        RefusedReason.ZIP_NAME_TWICE,
    ),
    "the same name as file and folder": (lambda: build([Part(b"xl"), Part(b"xl/", b"")]), RefusedReason.ZIP_NAME_TWICE),
    "a file that is also the folder of another": (
        lambda: build([Part(b"xl"), Part(b"XL/a/b")]),
        RefusedReason.ZIP_NAME_TWICE,
    ),
    "a folder with content": (lambda: build([Part(b"xl/", b"content")]), RefusedReason.ZIP_NAME),
    **{
        f"the name {name!r}": (lambda name=name: build([Part(name, flags=0x800)]), RefusedReason.ZIP_NAME)  # type: ignore[misc]
        for name in [
            b"",
            b"/",
            b"..",
            b"../a",
            b"a/../b",
            b"a/..",
            b"/a",
            b"//a",
            b"a//b",
            b"./a",
            b"a/.",
            b"a\\b",
            b"C:a",
            b"a\x00b",
            b"a\nb",
            b"a\x7f",
            b"a" * 256,
            b"\xff\xfe",
            b"a/b//",
        ]
    },
    "a name in an unknown character set": (lambda: build([Part("図".encode("shift_jis"))]), RefusedReason.ZIP_NAME),
}


@pytest.mark.parametrize("make", SOUND.values(), ids=SOUND.keys())
def test_a_sound_archive_is_taken(make: Callable[[], bytes]) -> None:
    content = make()
    with zipfile.ZipFile(io.BytesIO(content)) as expected:
        archive = open_bytes(content)
        assert list(archive.starts) == expected.namelist()
        for name in expected.namelist()[:5]:
            assert archive.read(name, 100 * MEGABYTE) == expected.read(name)
            assert archive.read(name, 3) == archive.starts[name][:3] == expected.read(name)[:3]


@pytest.mark.parametrize(("make", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_archive_is_refused_by_name(make: Callable[[], bytes], reason: RefusedReason) -> None:
    with pytest.raises(FileRefused) as refused:
        open_bytes(make())
    assert refused.value.reason == reason


@given(cut=st.integers(0, 400), flips=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 255)), max_size=3))
@settings(max_examples=300, deadline=None)
def test_a_damaged_archive_is_taken_unchanged_or_refused(cut: int, flips: list[tuple[int, int]]) -> None:
    whole = build([A, streamed(B), wide(Part(b"c.xml", b"third"))])
    content = bytearray(whole[: len(whole) - cut] if cut % 3 == 0 else whole)
    for position, change in flips:
        if content:
            content[position % len(content)] ^= change
    try:
        archive = open_bytes(bytes(content))
    except FileRefused:
        return
    assert list(archive.starts.values()) == [b"first", b"second", b"third"]


def test_a_name_changed_in_one_place_alone_is_noticed() -> None:
    content = build([A])
    places = [position for position in range(len(content)) if content.startswith(b"a.xml", position)]
    assert len(places) == 2
    for position in places:
        with pytest.raises(FileRefused):
            open_bytes(changed(content, position, b"z"))


def test_a_workbook_of_50_mb_takes_little_time_and_memory(tmp_path: Path) -> None:
    photo = random.Random(1).randbytes(49 * MEGABYTE)
    path = tmp_path / "large.xlsx"
    path.write_bytes(
        build(
            [
                Part(b"xl/media/photo.png", photo, packed=deflate(photo, level=0)),
                Part(b"xl/sheet.xml", b"<row/>" * (8 * MEGABYTE)),
            ]
        )
    )
    measured = measure("from services.strict_zip import open_strictly", "open_strictly(open(sys.argv[1], 'rb'))", path)
    assert measured.seconds < 2, "a second on a quiet machine"
    assert measured.megabytes < 64
