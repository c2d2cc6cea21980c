"""A clinic with its list in Excel: the template filled in, looked at, taken over, given again, and asked from."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from tests.browser import Page
from tests.people import Clerk

COMPANIES = (
    ("みどりメディカルシステム株式会社", "緑川 誠", "support@midori.example"),
    ("株式会社あおい画像", "", "service@aoi.example"),
    ("株式会社あおい画像", "青井 夏", "aoi@aoi.example"),
)


def fill_in(template: bytes, rows: list[dict[str, str]]) -> bytes:
    """Write rows below the example, as a clerk does in Excel."""
    book = load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    places = {cell.value: number for number, cell in enumerate(sheet[1], start=1)}
    for number, row in enumerate(rows, start=3):
        for head, text in row.items():
            sheet.cell(number, places[head], text)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def give(clerk: Clerk, kind: str, content: bytes) -> Page:
    files = {"file": ("一覧.xlsx", content, "application/octet-stream")}
    return clerk.browser.post("/imports/new", {"kind": kind, "lines": ""}, files=files)


def test_a_list_in_excel_becomes_vendors_and_systems_and_twice_is_once(alice: Clerk) -> None:
    start = alice.open("/vendors").follow("一覧表から取り込む")
    template = alice.browser.client.get(start.tree.xpath("//a[contains(@href, 'vendors.xlsx')]/@href")[0]).content
    heads = ("会社名", "主な担当者", "担当者のメールアドレス")
    filled = fill_in(template, [dict(zip(heads, company, strict=True)) for company in COMPANIES])

    seen = give(alice, "vendors", filled)
    assert seen.offers("3行を取り込む")
    assert seen.says("ひな形の例は取り込まれません")
    done = seen.submit("/take")
    assert done.heading == "取り込みました"

    template = alice.browser.client.get("/imports/templates/systems.xlsx").content
    systems = [{"システムの名前": "KarteNova", "種類": "電カル", "ベンダー": "みどりメディカルシステム㈱"}]
    seen = give(alice, "systems", fill_in(template, systems))
    assert seen.offers("1行を取り込む")
    seen.submit("/take")

    listed = alice.open("/vendors")
    assert listed.says("2社")
    assert listed.says("KarteNova")
    assert listed.says("support@midori.example")

    again = give(alice, "vendors", filled)
    assert again.says("この表の内容はすべて登録済みです")
    assert not again.offers("行を取り込む")
    assert alice.open("/vendors").says("2社")

    asking = alice.open("/asking")
    assert asking.says("みどりメディカルシステム株式会社")
    assert asking.says("株式会社あおい画像")
