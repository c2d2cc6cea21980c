"""Claims about letters as paper: what stands where, in which language, in black alone, and fit for the fax."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pypdfium2
import pytest

from services import editions
from services.reports.joining import join_pdfs
from services.reports.letter import Letter, draw_code, render_letters
from services.reports.typesetting import PaperNotMade

MADE_AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
MILLIMETRE = 72 / 25.4
A4_HEIGHT = 297


def letter(**values: Any) -> Letter:
    edition = editions.get_edition("r7")
    known: dict[str, Any] = {
        "language": "ja",
        "written_on": date(2026, 11, 26),
        "clinic_name": "やまもと内科クリニック",
        "clinic_address": "〒150-0001 東京都渋谷区神宮前1-2-3",
        "clinic_phone": "03-0000-0000",
        "clinic_fax": "03-0000-0001",
        "clinic_contact": "事務 佐藤",
        "clinic_hours": "平日9–17時",
        "postal_code": "100-0001",
        "address": "東京都千代田区千代田1-1 千代田ビル8階",
        "vendor_name": "みどりメディカルシステム株式会社",
        "person": "",
        "fiscal_year": 2026,
        "asked": editions.copy_form(edition.vendor_form, edition),
        "systems": ["KarteNova 院内版"],
        "due_on": date(2027, 1, 15),
        "minutes": 10,
        "message": "",
        "is_reminder": False,
        "link": "https://portal.example.jp/i/" + "a" * 43,
        "type_at": "portal.example.jp/letter",
        "number": "7K4MP9TX3HWA",
        "code": "204816",
        "expires_at": datetime(2027, 1, 25, tzinfo=UTC),
        "reference": "AB12CD34",
    }
    return Letter(**known | values)


def open_pdf(*letters: Letter) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(render_letters(letters, made_at=MADE_AT))


def texts(document: pypdfium2.PdfDocument) -> list[str]:
    """What stands on each page, without the places where a long word may break."""
    return [
        page.get_textpage().get_text_range().replace("\r\n", "\n").replace("\u200b", "").replace("\ufffe", "")
        for page in document
    ]


@pytest.fixture(scope="module")
def usual() -> pypdfium2.PdfDocument:
    return open_pdf(letter())


def test_the_first_page_asks_and_the_others_are_the_form(usual: pypdfium2.PdfDocument) -> None:
    pages = texts(usual)
    for words in (
        "ご回答のお願い",
        "2027年1月15日（金）",
        "KarteNova 院内版",
        "portal.example.jp/letter",
        "7K4M-P9TX-3HWA",
        "204816",
        "FAX 03-0000-0001",
    ):
        assert words in pages[0]
    form = "".join(pages[1:])
    for item in editions.get_edition("r7").vendor_form.items:
        assert item.number in form
    for words in ("確認日", "いいえのときの目標日", "備考", "氏名", "役職", "印", "返送先", "AB12CD34"):
        assert words in form


def test_the_pages_that_go_back_by_fax_hold_nothing_that_opens_the_form(usual: pypdfium2.PdfDocument) -> None:
    form = "".join(texts(usual)[1:])
    assert "204816" not in form
    assert "7K4M" not in form


def test_the_address_lies_in_the_window_of_an_envelope(usual: pypdfium2.PdfDocument) -> None:
    text = usual[0].get_textpage()
    for words in ("〒100-0001", "千代田ビル8階", "株式会社 御中"):
        found = text.search(words).get_next()
        assert found, words
        for place in range(found[0], found[0] + found[1]):
            left, bottom, right, top = (edge / MILLIMETRE for edge in text.get_charbox(place))
            assert 23 <= left <= right <= 90, words
            assert A4_HEIGHT - 36 <= bottom <= top <= A4_HEIGHT - 12, words


def test_nothing_is_grey_or_coloured(usual: pypdfium2.PdfDocument) -> None:
    colours = set()
    for page in usual:
        picture = page.render(scale=1, may_draw_forms=False, grayscale=False, no_smoothtext=True, no_smoothpath=True)
        pixels = bytes(picture.buffer)
        step = picture.n_channels
        colours |= {pixels[at : at + 3] for at in range(0, len(pixels) - step, step)}
    assert colours <= {b"\x00\x00\x00", b"\xff\xff\xff"}


def test_a_letter_has_its_own_page_numbers_and_language() -> None:
    pages = texts(open_pdf(letter(), letter(language="en", person="Support desk")))
    assert [words.rstrip().rsplit("\n", 1)[-1][-5:] for words in pages] == [
        *("1 / 3", "2 / 3", "3 / 3"),
        *("1 / 4", "2 / 4", "3 / 4", "4 / 4"),
    ]
    assert "Please answer by" in pages[3]
    assert "Attn. Support desk" in pages[3]


def test_a_person_is_addressed_and_a_reminder_says_that_it_is_one() -> None:
    first = texts(open_pdf(letter(person="サポート窓口", is_reminder=True, message="1月に立入検査があります。")))[0]
    assert "サポート窓口 様" in first
    assert "御中" not in first
    assert "【再送】" in first
    assert "1月に立入検査があります。" in first


def test_without_fax_and_address_the_vendor_is_asked_to_call() -> None:
    first = texts(open_pdf(letter(clinic_fax="", clinic_address="")))[0]
    assert "先に 03-0000-0000 へお電話ください" in first.replace("\n", "")


def test_text_of_people_is_never_markup() -> None:
    first = texts(open_pdf(letter(vendor_name='#panic() *x* $y$ "', message='#image("/etc/passwd")\\ [a]')))[0]
    assert '#panic() *x* $y$ "' in first
    assert '#image("/etc/passwd")' in first


def test_the_code_to_scan_is_drawn_in_black_lines() -> None:
    drawing = draw_code("https://portal.example.jp/i/" + "a" * 43)
    assert drawing.startswith("<svg")
    assert 'stroke="#000"' in drawing


def test_parts_are_joined_in_their_order() -> None:
    one, two = (render_letters([letter(vendor_name=name)], made_at=MADE_AT) for name in ("一番社", "二番社"))
    joined = texts(pypdfium2.PdfDocument(join_pdfs([one, two])))
    assert len(joined) == 6
    assert "一番社" in joined[0]
    assert "二番社" in joined[3]


def test_what_is_no_pdf_is_not_joined() -> None:
    with pytest.raises(PaperNotMade):
        join_pdfs([b"no", b"pdf"])
