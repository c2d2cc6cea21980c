"""A file is what its name, its first bytes and its structure say together, or it is refused with the way out."""

from __future__ import annotations

import io
import random
import re
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from services.file_refusals import FileRefused, RefusedReason, sentence_for
from services.file_types import ACCEPTED_EXTENSIONS, FileType, recognise_file
from services.languages import speaking
from tests.services.archives import CONTENT_TYPES, Part, build, workbook
from tests.services.measuring import measure

MEGABYTE = 1024 * 1024

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


def chunk(kind: bytes, data: bytes = b"", *, checksum: int | None = None) -> bytes:
    told = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", told)


def png(width: int = 2, height: int = 2, depth: int = 8, colour: int = 2, *between: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + chunk(b"IDAT", zlib.compress(bytes(20))) + chunk(b"IEND")


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


FRAME = segment(0xC0, struct.pack(">BHHB", 8, 16, 16, 1) + b"\x01\x11\x00")
SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56\xff\xff\xd1\x78\xff\xff"


def jpeg(frame: bytes = FRAME, scan: bytes = SCAN, end: bytes = b"\xff\xd9") -> bytes:
    return b"\xff\xd8" + segment(0xE0, b"JFIF\x00") + frame + scan + end


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["サーバ", "はい"])  # type: ignore[union-attr]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_xlsxwriter(**options: bool) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("回答")
        sheet.write_string(0, 0, "サーバ")
        sheet.insert_image("B2", "photo.png", {"image_data": io.BytesIO(png())})
        sheet.write_comment("A1", "確認")
    return target.getvalue()


def workbook_with_types(declared: bytes, *more: Part) -> bytes:
    return build([Part(b"[Content_Types].xml", declared), Part(b"xl/workbook.xml", b"<workbook/>"), *more])


def ole2(part_name: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(262_140 - 8) + part_name.encode("utf-16-le") + bytes(600)


MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ZIP = build([Part(b"secret.exe", b"MZ")])

ACCEPTED: dict[str, tuple[str, Callable[[], bytes], FileType]] = {
    "a PDF": ("SDS.pdf", lambda: PDF, FileType.PDF),
    "a PDF named in capitals": ("回答.PDF", lambda: PDF, FileType.PDF),
    "a PDF 2.0 with zeros behind": ("a.pdf", lambda: PDF.replace(b"1.7", b"2.0") + bytes(100), FileType.PDF),
    "a PDF that speaks of archives": ("a.pdf", lambda: PDF.replace(b"<<>>", b"(PK\x05\x06 PK\x01\x02)"), FileType.PDF),
    "a PNG": ("photo.png", png, FileType.PNG),
    "a PNG with notes": ("photo.png", lambda: png(2, 2, 8, 6, chunk(b"tEXt", b"Author\x00x")), FileType.PNG),
    "a JPEG": ("photo.jpg", jpeg, FileType.JPEG),
    "a JPEG with the long ending": ("photo.jpeg", jpeg, FileType.JPEG),
    "a JPEG in several scans": ("a.jpg", lambda: jpeg(scan=SCAN * 3), FileType.JPEG),
    "a JPEG with a scan longer than one read": (
        "a.jpg",
        lambda: jpeg(scan=SCAN[:-2] + b"\xff\x00\x01\xff\xd3" * 200_000),
        FileType.JPEG,
    ),
    "a JPEG with its small version behind": ("a.jpg", lambda: jpeg() + bytes(7) + jpeg(), FileType.JPEG),
    "a JPEG with zeros behind": ("a.jpg", lambda: jpeg() + bytes(300_000), FileType.JPEG),
    "a JPEG with a maker's notes behind": ("a.jpg", lambda: jpeg() + b"notes of the camera SEFT", FileType.JPEG),
    "a JPEG with a short film behind": (
        "a.jpg",
        lambda: jpeg() + b"\x00\x00\x00\x18ftypmp42" + bytes(99),
        FileType.JPEG,
    ),
    "a workbook by openpyxl": ("a.xlsx", by_openpyxl, FileType.XLSX),
    "a workbook by XlsxWriter": ("a.xlsx", by_xlsxwriter, FileType.XLSX),
    "a workbook by XlsxWriter in constant memory": (
        "a.xlsx",
        lambda: by_xlsxwriter(constant_memory=True),
        FileType.XLSX,
    ),
    "a workbook by XlsxWriter with wide fields": ("a.xlsx", lambda: by_xlsxwriter(use_zip64=True), FileType.XLSX),
    "a workbook of the fewest parts": ("a.xlsx", lambda: build(workbook()), FileType.XLSX),
    "a workbook part of another name": (
        "a.xlsx",
        lambda: build(
            [
                Part(b"[Content_Types].xml", CONTENT_TYPES.replace(b"workbook.xml", b"Workbook22.xml")),
                Part(b"xl/workbook22.xml", b"<workbook/>"),
            ]
        ),
        FileType.XLSX,
    ),
    "a workbook whose type is the default": (
        "a.xlsx",
        lambda: workbook_with_types(b'<Types><Default Extension="xml" ContentType="' + MAIN + b'"/></Types>'),
        FileType.XLSX,
    ),
    "a workbook that declares types of parts it does not have": (
        "a.xlsx",
        lambda: workbook_with_types(
            CONTENT_TYPES.replace(
                b"</Types>", b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
            )
        ),
        FileType.XLSX,
    ),
}

REFUSED: dict[str, tuple[str, Callable[[], bytes], RefusedReason]] = {
    "nothing": ("a.pdf", lambda: b"", RefusedReason.EMPTY),
    "no ending": ("回答", lambda: PDF, RefusedReason.NO_EXTENSION),
    "an unknown ending": ("a.xyz", lambda: PDF, RefusedReason.UNKNOWN_KIND),
    "a hidden ending": ("a.pdf\u202e.exe", lambda: PDF, RefusedReason.PROGRAM),
    "a picture named PDF": ("a.pdf", png, RefusedReason.CONTENT_DIFFERS),
    "a PDF named workbook": ("a.xlsx", lambda: PDF, RefusedReason.CONTENT_DIFFERS),
    "a workbook named PDF": ("a.pdf", lambda: build(workbook()), RefusedReason.CONTENT_DIFFERS),
    "a JPEG named PNG": ("a.png", jpeg, RefusedReason.CONTENT_DIFFERS),
    "a web page named PDF": ("a.pdf", lambda: b"<html>" + PDF, RefusedReason.CONTENT_DIFFERS),
    "a drawing named PNG": ("a.png", lambda: b"<svg/>", RefusedReason.CONTENT_DIFFERS),
    "a PDF of no version": ("a.pdf", lambda: b"%PDF-x.y\n%%EOF", RefusedReason.PDF_DAMAGED),
    "half a PDF": ("a.pdf", lambda: PDF[:40], RefusedReason.PDF_CUT_OFF),
    "a PDF with much behind it": ("a.pdf", lambda: PDF + b"x" * 2000, RefusedReason.PDF_CUT_OFF),
    "a PDF with an archive behind": ("a.pdf", lambda: PDF + ZIP, RefusedReason.HIDDEN_FILE),
    "a PDF with an archive and a second end behind": ("a.pdf", lambda: PDF + ZIP + b"%%EOF", RefusedReason.HIDDEN_FILE),
    "a PDF inside an archive's comment": (
        "a.pdf",
        lambda: PDF + build([Part(b"a.exe")], comment=b"\n%%EOF\n"),
        RefusedReason.HIDDEN_FILE,
    ),
    "a PNG with an archive behind": ("a.png", lambda: png() + ZIP, RefusedReason.HIDDEN_FILE),
    "a PNG with an archive in a chunk": (
        "a.png",
        lambda: png(2, 2, 8, 2, chunk(b"teXt", ZIP)),
        RefusedReason.HIDDEN_FILE,
    ),
    "a JPEG with an archive behind": ("a.jpg", lambda: jpeg() + ZIP, RefusedReason.HIDDEN_FILE),
    "a JPEG with an archive in a note": (
        "a.jpg",
        lambda: jpeg(frame=FRAME + segment(0xFE, ZIP)),
        RefusedReason.HIDDEN_FILE,
    ),
    "a JPEG with an archive in the maker's notes": ("a.jpg", lambda: jpeg() + ZIP + b"SEFT", RefusedReason.HIDDEN_FILE),
    "a PNG with text behind": ("a.png", lambda: png() + b"<script>", RefusedReason.PICTURE_TRAILING_DATA),
    "half a PNG": ("a.png", lambda: png()[:-6], RefusedReason.PICTURE_CUT_OFF),
    "only the sign of a PNG": ("a.png", lambda: png()[:8], RefusedReason.PICTURE_CUT_OFF),
    "a PNG without points": ("a.png", lambda: png()[:33] + chunk(b"IEND"), RefusedReason.PICTURE_DAMAGED),
    "a PNG without head": ("a.png", lambda: png()[:8] + chunk(b"IDAT") + chunk(b"IEND"), RefusedReason.PICTURE_DAMAGED),
    "a PNG with two heads": ("a.png", lambda: png()[:33] + png()[8:], RefusedReason.PICTURE_DAMAGED),
    "a PNG with a false checksum": (
        "a.png",
        lambda: png(2, 2, 8, 2, chunk(b"tEXt", b"x", checksum=1)),
        RefusedReason.PICTURE_DAMAGED,
    ),
    "a PNG with a false checksum of its head": (
        "a.png",
        lambda: png()[:29] + b"\x00\x00\x00\x00" + png()[33:],
        RefusedReason.PICTURE_DAMAGED,
    ),
    "a PNG with a nameless chunk": (
        "a.png",
        lambda: png(2, 2, 8, 2, chunk(b"\x00\x01\x02\x03")),
        RefusedReason.PICTURE_DAMAGED,
    ),
    "a PNG whose chunk never ends": (
        "a.png",
        lambda: png()[:33] + b"\x7f\xff\xff\xffIDAT",
        RefusedReason.PICTURE_CUT_OFF,
    ),
    "a PNG of no width": ("a.png", lambda: png(0, 2), RefusedReason.PICTURE_DAMAGED),
    "a PNG wider than any": ("a.png", lambda: png(30_001, 1), RefusedReason.PICTURE_TOO_LARGE),
    "a PNG of too many points": ("a.png", lambda: png(20_000, 20_000), RefusedReason.PICTURE_TOO_LARGE),
    "a PNG of an unknown depth": ("a.png", lambda: png(2, 2, 3), RefusedReason.PICTURE_DAMAGED),
    "a PNG of an unknown colour": ("a.png", lambda: png(2, 2, 8, 5), RefusedReason.PICTURE_DAMAGED),
    "a PNG of endless chunks": ("a.png", lambda: png()[:33] + chunk(b"teXt") * 100_001, RefusedReason.PICTURE_DAMAGED),
    "a JPEG with text behind": ("a.jpg", lambda: jpeg() + b"<?php", RefusedReason.PICTURE_TRAILING_DATA),
    "half a JPEG": ("a.jpg", lambda: jpeg(end=b""), RefusedReason.PICTURE_CUT_OFF),
    "only the sign of a JPEG": ("a.jpg", lambda: b"\xff\xd8\xff", RefusedReason.PICTURE_CUT_OFF),
    "a JPEG without frame": ("a.jpg", lambda: jpeg(frame=b""), RefusedReason.PICTURE_DAMAGED),
    "a JPEG without scan": ("a.jpg", lambda: jpeg(scan=b""), RefusedReason.PICTURE_DAMAGED),
    "a JPEG with bytes between": ("a.jpg", lambda: jpeg(frame=FRAME + b"x"), RefusedReason.PICTURE_DAMAGED),
    "a JPEG with a segment of no length": ("a.jpg", lambda: b"\xff\xd8\xff\xe0\x00\x00", RefusedReason.PICTURE_DAMAGED),
    "a JPEG of no height": (
        "a.jpg",
        lambda: jpeg(frame=segment(0xC0, struct.pack(">BHHB", 8, 0, 16, 1) + b"\x01\x11\x00")),
        RefusedReason.PICTURE_DAMAGED,
    ),
    "a JPEG of too many points": (
        "a.jpg",
        lambda: jpeg(frame=segment(0xC2, struct.pack(">BHHB", 8, 30_000, 30_000, 1) + b"\x01\x11\x00")),
        RefusedReason.PICTURE_TOO_LARGE,
    ),
    "a JPEG with a short frame": ("a.jpg", lambda: jpeg(frame=segment(0xC0, b"\x08")), RefusedReason.PICTURE_DAMAGED),
    "a JPEG of endless filling": ("a.jpg", lambda: b"\xff\xd8" + b"\xff" * 1000, RefusedReason.PICTURE_DAMAGED),
    "a JPEG with pictures without end": ("a.jpg", lambda: jpeg() * 50, RefusedReason.PICTURE_TRAILING_DATA),
    "an old workbook under the new ending": ("a.xlsx", lambda: ole2("Workbook"), RefusedReason.OLD_WORKBOOK),
    "a workbook with a password": ("a.xlsx", lambda: ole2("EncryptedPackage"), RefusedReason.PASSWORD_PROTECTED),
    "a workbook with a virus of macros": (
        "a.xlsx",
        lambda: build(workbook(Part(b"xl/vbaProject.bin"))),
        RefusedReason.MACRO_WORKBOOK,
    ),
    "macros in capitals": ("a.xlsx", lambda: build(workbook(Part(b"xl/VBAPROJECT.BIN"))), RefusedReason.MACRO_WORKBOOK),
    "macros under another name": (
        "a.xlsx",
        lambda: workbook_with_types(
            CONTENT_TYPES.replace(
                b"</Types>",
                b'<Override ContentType="application/vnd.ms-office.vbaProject" PartName="/xl/x.bin"/></Types>',
            ),
            Part(b"xl/x.bin"),
        ),
        RefusedReason.MACRO_WORKBOOK,
    ),
    "macros under a disguised type": (
        "a.xlsx",
        lambda: workbook_with_types(
            CONTENT_TYPES.replace(
                b"</Types>",
                b'<Override ContentType="application/vnd.ms-office.vba&#80;roject" PartName="/xl/x.bin"/></Types>',
            ),
            Part(b"xl/x.bin"),
        ),
        RefusedReason.WORKBOOK_PARTS_MISSING,
    ),
    "a macro workbook renamed": (
        "a.xlsx",
        lambda: workbook_with_types(
            CONTENT_TYPES.replace(MAIN, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
        ),
        RefusedReason.MACRO_WORKBOOK,
    ),
    "a Word document renamed": (
        "a.xlsx",
        lambda: workbook_with_types(CONTENT_TYPES.replace(b"spreadsheetml.sheet", b"wordprocessingml.document")),
        RefusedReason.WORD_DOCUMENT,
    ),
    "slides renamed": (
        "a.xlsx",
        lambda: workbook_with_types(CONTENT_TYPES.replace(b"spreadsheetml.sheet", b"presentationml.presentation")),
        RefusedReason.SLIDES,
    ),
    "a binary workbook renamed": (
        "a.xlsx",
        lambda: workbook_with_types(CONTENT_TYPES.replace(MAIN, b"application/vnd.ms-excel.sheet.binary.main")),
        RefusedReason.BINARY_WORKBOOK,
    ),
    "an archive renamed": ("a.xlsx", lambda: ZIP, RefusedReason.WORKBOOK_PARTS_MISSING),
    "a workbook without its workbook part": (
        "a.xlsx",
        lambda: build([Part(b"[Content_Types].xml", CONTENT_TYPES)]),
        RefusedReason.WORKBOOK_PARTS_MISSING,
    ),
    "half a workbook": ("a.xlsx", lambda: by_openpyxl()[:-100], RefusedReason.WORKBOOK_CUT_OFF),
    "a workbook with something behind": ("a.xlsx", lambda: by_openpyxl() + b"x", RefusedReason.ZIP_TRAILING_DATA),
    "an XML bomb": (
        "a.xlsx",
        lambda: build(
            workbook(Part(b"xl/sharedStrings.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'))
        ),
        RefusedReason.WORKBOOK_TYPE_DECLARATION,
    ),
    "an XML bomb in UTF-16": (
        "a.xlsx",
        lambda: build(
            workbook(Part(b"xl/_rels/a.rels", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>".encode("utf-16")))
        ),
        RefusedReason.WORKBOOK_TYPE_DECLARATION,
    ),
    **{
        f"the ending {extension}": (f"a{extension}", lambda: PDF, reason)
        for extension, reason in {
            ".xls": RefusedReason.OLD_WORKBOOK,
            ".xlsm": RefusedReason.MACRO_WORKBOOK,
            ".xlsb": RefusedReason.BINARY_WORKBOOK,
            ".ods": RefusedReason.OPEN_DOCUMENT,
            ".docx": RefusedReason.WORD_DOCUMENT,
            ".pptx": RefusedReason.SLIDES,
            ".csv": RefusedReason.PLAIN_TABLE,
            ".zip": RefusedReason.ARCHIVE,
            ".html": RefusedReason.WEB_PAGE,
            ".svg": RefusedReason.DRAWING,
            ".HEIC": RefusedReason.PHOTO_FORMAT,
            ".exe": RefusedReason.PROGRAM,
            ".js": RefusedReason.PROGRAM,
        }.items()
    },
}


def recognise(folder: Path, name: str, content: bytes) -> FileType:
    path = folder / "incoming"
    path.write_bytes(content)
    return recognise_file(path, file_name=name)


@pytest.mark.parametrize(("name", "make", "kind"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_it_is_recognised(tmp_path: Path, name: str, make: Callable[[], bytes], kind: FileType) -> None:
    assert recognise(tmp_path, name, make()) is kind


@pytest.mark.parametrize(("name", "make", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_by_name(tmp_path: Path, name: str, make: Callable[[], bytes], reason: RefusedReason) -> None:
    with pytest.raises(FileRefused) as refused:
        recognise(tmp_path, name, make())
    assert refused.value.reason is reason
    with speaking("en"):
        assert str(refused.value) == sentence_for(reason)


@pytest.mark.parametrize("reason", RefusedReason)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_has_a_sentence_that_says_what_to_do(language: str, reason: RefusedReason) -> None:
    with speaking(language):
        sentence = sentence_for(reason)
    assert len(re.findall("。|[.](?= |$)", sentence)) >= 2, "what happened, and what to do"
    assert bool(re.search("[ぁ-ん]", sentence)) == (language == "ja")


def test_each_kind_is_declared_as_what_it_is() -> None:
    assert {kind: kind.media_type.split("/")[0] for kind in FileType} == {
        FileType.PDF: "application",
        FileType.XLSX: "application",
        FileType.PNG: "image",
        FileType.JPEG: "image",
    }
    assert set(ACCEPTED_EXTENSIONS) == {".pdf", ".xlsx", ".png", ".jpg", ".jpeg"}


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_file_with_changed_bytes_is_recognised_or_refused_but_never_breaks_the_server(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name, whole = data.draw(
        st.sampled_from([("a.pdf", PDF), ("a.png", png()), ("a.jpg", jpeg()), ("a.xlsx", build(workbook()))])
    )
    content = bytearray(whole)
    for _number in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    with suppress(FileRefused):
        assert recognise(tmp_path_factory.getbasetemp(), name, bytes(content)) in FileType


@given(content=st.binary(max_size=3000), extension=st.sampled_from([".xlsx", ".png", ".jpg"]))
@settings(max_examples=100, deadline=None)
def test_any_bytes_behind_the_right_sign_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, extension: str
) -> None:
    signs = {".xlsx": b"PK\x03\x04", ".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff"}
    with pytest.raises(FileRefused):
        recognise(tmp_path_factory.getbasetemp(), f"a{extension}", signs[extension] + content)


NOISE = random.Random(1).randbytes(MEGABYTE)
LARGE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "PDF": ("a.pdf", lambda: PDF[:15] + NOISE * 49 + PDF[15:], "pdf"),
    "PNG": ("a.png", lambda: png(9000, 9000, 8, 2, *[chunk(b"IDAT", NOISE[:8192])] * 6000), "png"),
    "JPEG": ("a.jpg", lambda: jpeg(scan=SCAN[:-2] + NOISE.replace(b"\xff", b"\xff\x00") * 49), "jpeg"),
    "JPEG of restarts": ("a.jpg", lambda: jpeg(scan=SCAN[:-2] + b"\xff\xd0x" * 16 * MEGABYTE), "jpeg"),
    "JPEG of stuffed bytes": ("a.jpg", lambda: jpeg(scan=SCAN[:-2] + b"\xff\x00" * 25 * MEGABYTE), "jpeg"),
    "JPEG of filled restarts": (
        "a.jpg",
        lambda: jpeg(scan=SCAN[:-2] + (b"\xff" * 60 + b"\xd0") * 800_000),
        "picture_damaged",
    ),
    "JPEG of nothing but filling": ("a.jpg", lambda: jpeg(scan=SCAN + b"\xff\xff" * 25 * MEGABYTE), "picture_damaged"),
    "JPEG of scans without end": ("a.jpg", lambda: jpeg(scan=SCAN * 2_000_000), "picture_damaged"),
    "JPEG of filled marks": ("a.jpg", lambda: b"\xff\xd8" + (b"\xff" * 63 + b"\x01") * 700_000, "picture_damaged"),
    "types without end": (
        "a.xlsx",
        lambda: workbook_with_types(b"<Override PartName=" * 50_000),
        "workbook_parts_missing",
    ),
    "types of one tag": (
        "a.xlsx",
        lambda: workbook_with_types(b"<Override " + b"ContentType =" * 70_000 + b">"),
        "workbook_parts_missing",
    ),
    "old workbook": ("a.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE * 49, "old_workbook"),
}
RECOGNISE = """
from services.file_refusals import FileRefused
from services.file_types import recognise_file

def outcome(path, name):
    try:
        return recognise_file(Path(path), file_name=name)
    except FileRefused as refused:
        return refused.reason
"""


@pytest.mark.parametrize(("name", "make", "result"), LARGE.values(), ids=LARGE.keys())
def test_a_large_file_takes_little_time_and_memory(
    tmp_path: Path, name: str, make: Callable[[], bytes], result: str
) -> None:
    path = tmp_path / "large"
    path.write_bytes(make())
    measured = measure(RECOGNISE, "outcome(*sys.argv[1:])", path, name)
    assert measured.result == result
    assert measured.seconds < 2, "a second on a quiet machine"
    assert measured.megabytes < 64
