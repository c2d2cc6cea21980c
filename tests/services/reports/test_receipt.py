"""A receipt tells the vendor everything that arrived, in either language, on as many pages as it takes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest

from models import AnswerValue, DocumentKind, Responsibility
from services.reports.receipt import Receipt, ReceiptAnswer, ReceiptDocument, render_receipt

ANSWERS = (
    ReceiptAnswer(
        number="1-①",
        label="管理責任者を置いていますか。",
        section="体制",
        value=AnswerValue.YES,
        checked_on=date(2026, 12, 1),
        responsibility=Responsibility.VENDOR,
    ),
    ReceiptAnswer(
        number="2-④",
        label="アクセス権を設定していますか。",
        section="全般",
        value=AnswerValue.YES,
        condition="管理用の端末に限ります。",
        checked_on=date(2026, 12, 2),
        responsibility=Responsibility.SHARED,
        responsibility_note="ログは医療機関で確認してください。",
    ),
    ReceiptAnswer(
        number="2-⑩",
        label="二要素認証を取り入れていますか。",
        section="全般",
        value=AnswerValue.NO,
        checked_on=date(2026, 12, 3),
        target_on=date(2027, 3, 20),
        remark="次の更改で導入します。\n費用は別途です。",
        second_value=AnswerValue.YES,
        second_checked_on=date(2027, 2, 1),
        responsibility=Responsibility.CLINIC,
    ),
    ReceiptAnswer(number="2-⑬", label="接続元を制限していますか。", section="全般", value=None),
)
DOCUMENTS = (
    ReceiptDocument(
        kind=DocumentKind.SDS,
        file_name="SDS_第2版.pdf",
        size=20 * 1024 * 1024,
        sha256="ab" * 32,
        product="KarteNova",
        version="5.2",
        issued_on=date(2026, 4, 1),
    ),
)
RECEIPT = Receipt(
    portal_name="回答ポータル",
    clinic_name="やまもと内科クリニック",
    vendor_name="みどり電子カルテ株式会社",
    systems=("電子カルテ KarteNova", "予約受付 ヨヤクル"),
    form_title="チェックリスト（事業者確認用）",
    fiscal_year=2026,
    form_year=2025,
    edition_name="令和7年度版",
    revision=2,
    submitted_at=datetime(2026, 12, 24, 15, 32, tzinfo=UTC),
    responsible_name="髙橋 𠮷郎",
    responsible_title="品質管理部 部長",
    answers=ANSWERS,
    documents=DOCUMENTS,
    sha256="3f" * 32,
)
MARGIN = 18 * 72 / 25.4


def pages_of(receipt: Receipt, language: str = "ja") -> list[pypdfium2.PdfTextPage]:
    return [page.get_textpage() for page in pypdfium2.PdfDocument(render_receipt(receipt, language))]


def text_of(receipt: Receipt, language: str = "ja") -> str:
    """All its words without the spaces and line ends that setting has put between them."""
    return squeezed("".join(page.get_text_range() for page in pages_of(receipt, language)))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\ufffe]", "", text)


def test_a_receipt_tells_in_japanese_what_arrived() -> None:
    text = text_of(RECEIPT)
    for words in [
        *(
            "回答の受領書",
            "やまもと内科クリニック",
            "みどり電子カルテ株式会社",
            "電子カルテ KarteNova",
            "予約受付 ヨヤクル",
        ),
        *(
            "令和8年度（2026年度）",
            "チェックリスト（事業者確認用）",
            "令和7年度版",
            "第2版",
            "髙橋 𠮷郎",
            "品質管理部 部長",
        ),
        "2026年12月25日（金） 00:32（日本時間）",
        "1-①管理責任者を置いていますか。はい2026年12月1日ベンダー",
        "2-④アクセス権を設定していますか。はい条件付き2026年12月2日共同",
        "条件：管理用の端末に限ります。",
        "役割分担の補足：ログは医療機関で確認してください。",
        "2-⑩二要素認証を取り入れていますか。いいえ2026年12月3日2027年3月20日医療機関",
        "備考：次の更改で導入します。費用は別途です。",
        "2回目の確認：はい 2027年2月1日",
        "2-⑬接続元を制限していますか。–",
        *("SDS_第2版.pdf", "KarteNova 5.2", "2026年4月1日発行", "20 MB", "ab" * 32, "3f" * 32),
    ]:
        assert squeezed(words) in text, words


def test_a_receipt_tells_in_english_what_arrived() -> None:
    text = text_of(RECEIPT, "en")
    for words in [
        *("Receipt of your answers", "FY2026 (Reiwa 8)", "Fri 25 Dec 2026 00:32 (Japan time)", "No. 2"),
        *(
            "Yes 1 Dec 2026 The vendor",
            "Yes on a condition 2 Dec 2026 Both together",
            "No 3 Dec 2026 20 Mar 2027 The clinic",
        ),
        *("Remark: 次の更改で導入します。", "Second check: Yes 1 Feb 2027", "issued 1 Apr 2026"),
    ]:
        assert squeezed(words) in text, words
    assert "備考" not in text


def test_the_same_receipt_is_the_same_file() -> None:
    assert render_receipt(RECEIPT, "ja") == render_receipt(RECEIPT, "ja")


def test_a_form_of_another_year_is_said_only_where_it_was_used() -> None:
    sentence = squeezed("令和8年度（2026年度）の回答は、令和7年度（2025年度）の様式を使って行われました。")
    assert sentence in text_of(RECEIPT)
    assert sentence not in text_of(replace(RECEIPT, form_year=2026))
    assert "様式を使って" not in text_of(replace(RECEIPT, form_year=2026))


def test_a_receipt_without_files_says_so() -> None:
    assert "提出されたファイルはありません。" in text_of(replace(RECEIPT, documents=()))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_on_every_page_the_table_has_its_head_and_the_page_its_number(language: str) -> None:
    many = tuple(replace(ANSWERS[number % 4], number=f"{number}-①") for number in range(80))
    pages = [squeezed(page.get_text_range()) for page in pages_of(replace(RECEIPT, answers=many), language)]
    assert len(pages) > 3
    for number, text in enumerate(pages, start=1):
        assert f"{number}/{len(pages)}" in text
    head = (
        "番号項目回答確認日目標日役割分担" if language == "ja" else "NumberItemAnswerCheckedonTargetdateResponsibility"
    )
    with_answers = [text for text in pages if "-①" in text]
    assert all(head in text for text in with_answers)
    assert all(f"{number}-①" in "".join(pages) for number in range(80))


def test_a_long_remark_goes_on_overleaf_and_loses_nothing() -> None:
    remark = "".join(f"（{number}）ここまでの対応と、これからの予定を書きます。" for number in range(160))
    long = replace(RECEIPT, answers=(replace(ANSWERS[2], remark=remark),))
    assert len(pages_of(long)) > 2
    without_heads = text_of(long)
    for number in range(160):
        assert f"（{number}）" in without_heads
    assert without_heads.count("これからの予定を書きます") >= 155, "a few are parted by the end of a page"


def test_japanese_lines_break_as_japanese_lines_do() -> None:
    remark = "あ、い。う」え）お・" * 120
    lines = pages_of(replace(RECEIPT, answers=(replace(ANSWERS[2], remark=remark),)))[0].get_text_range().splitlines()
    assert not [line for line in lines if line.startswith(("、", "。", "」", "）", "・", "ー"))]


@pytest.mark.parametrize(
    "word", ["https://example.jp/" + "long-path/" * 30, "x" * 900, "W" * 900, "長い" * 400, "１" * 500]
)
def test_nothing_runs_over_the_edge_of_the_paper(word: str) -> None:
    answer = replace(ANSWERS[2], remark=word, label=word[:200], number="2-⑩")
    document = replace(DOCUMENTS[0], file_name=word[:116] + ".pdf", product=word[:100])
    receipt = replace(
        RECEIPT,
        clinic_name=word[:100],
        systems=(word[:200],),
        answers=(answer,),
        documents=(document,),
        portal_name="p",
    )
    for page in pages_of(receipt):
        boxes = [page.get_charbox(index) for index in range(page.count_chars())]
        assert max(right for _left, _bottom, right, _top in boxes) <= 595.3 - MARGIN + 2
        assert min(left for left, _bottom, right, _top in boxes if right) >= MARGIN - 2
