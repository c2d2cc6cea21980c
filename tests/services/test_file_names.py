"""A person's file name comes back as they know it, without anything that could do harm."""

from __future__ import annotations

import unicodedata
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.file_names import MAX_LENGTH, clean_file_name, content_disposition, file_extension

names = (
    st.text()
    | st.text(alphabet=st.sampled_from('a.b/\\ "con1\u202e\u0301\u200d\x00\r\n:が\u3099🏥あ'))
    | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("SDS 2025.pdf", "SDS 2025.pdf"),
        ("みどり電子カルテ_MDS回答書（第2版）.xlsx", "みどり電子カルテ_MDS回答書（第2版）.xlsx"),
        ("C:\\Users\\山田\\回答.pdf", "回答.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        (".pdf", "file.pdf"),
        (".profile", "file.profile"),
        ("/", "file"),
        ("...", "file"),
        (" 回答 .pdf ", "回答.pdf"),
        ("report\u202efdp.exe", "reportfdp.exe"),
        ("a\x00b\x1f\x7f\x85.pdf", "ab .pdf".replace(" ", "")),
        ("line\r\nSet-Cookie: x=1.pdf", "line Set-Cookie_ x=1.pdf"),
        ("か\u3099.pdf", "が.pdf"),
        ("zero\u200bwidth\ufeff.pdf", "zerowidth.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("nul", "_nul"),
        ("Com1.backup.xlsx", "_Com1.backup.xlsx"),
        ("COM\u00b9.pdf", "_COM\u00b9.pdf"),
        ("console.pdf", "console.pdf"),
        ('a<b>c:d"e|f?g*h.pdf', "a_b_c_d_e_f_g_h.pdf"),
        ("trailing dot.", "trailing dot"),
        ("\ud800.pdf", "file.pdf"),
        ("𠮷野家\U000e0100.pdf", "𠮷野家\U000e0100.pdf"),
    ],
)
def test_a_name_is_cleaned(given_name: str, expected: str) -> None:
    assert clean_file_name(given_name) == expected


def test_a_long_name_is_cut_before_its_extension() -> None:
    assert clean_file_name("あ" * 300 + ".xlsx") == "あ" * 115 + ".xlsx"
    assert clean_file_name("a" * 115 + " .b" + ".xlsx") == "a" * 115 + ".xlsx", "no space or dot is left before it"
    assert clean_file_name("a." + "b" * 300) == ("a." + "b" * 300)[:MAX_LENGTH], "what is too long is no extension"


@given(names)
@example("0" * 119 + ".")
@example("con" + " " * 200 + ".pdf")
@example(". .pdf")
@example("a/.pdf")
def test_any_name_becomes_harmless(name: str) -> None:
    cleaned = clean_file_name(name)
    assert 0 < len(cleaned) <= MAX_LENGTH
    assert not set(cleaned) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in cleaned)
    assert cleaned == cleaned.strip(" .")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean_file_name(cleaned) == cleaned, "cleaning twice changes nothing"
    cleaned.encode()


def test_the_extension_is_read_from_the_cleaned_name() -> None:
    assert file_extension("回答.PDF") == ".pdf"
    assert file_extension("archive.tar.GZ") == ".gz"
    assert file_extension("回答") == ""
    assert file_extension("回答.pdf\u202e") == ".pdf"
    assert file_extension("a.pdf/b.exe") == ".exe"


def test_a_download_carries_its_japanese_name_and_an_ascii_one() -> None:
    assert content_disposition("MDS 回答書.pdf") == (
        "attachment; filename=\"MDS ___.pdf\"; filename*=UTF-8''MDS%20%E5%9B%9E%E7%AD%94%E6%9B%B8.pdf"
    )
    assert content_disposition("回答書.pdf").startswith('attachment; filename="file.pdf"; ')


@given(names)
def test_any_name_is_sent_as_one_header_that_reads_back_equal(name: str) -> None:
    header = content_disposition(name)
    header.encode("ascii")
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    charset, _language, encoded = header.partition("filename*=")[2].split("'")
    assert charset == "UTF-8"
    assert unquote(encoded, errors="strict") == clean_file_name(name)
    plain = str(message.get_param("filename", header="content-disposition"))
    assert file_extension(plain) == file_extension(name)
    assert header.count('"') == 2
