"""Columns are recognised by what people write above them, or by what is in them."""

from __future__ import annotations

import pytest

from models import ImportKind
from services.imports.columns import COLUMNS, find_head, guess_columns
from services.imports.grids import read_text
from services.imports.templates import template_table
from services.languages import speaking
from services.reports.tables import systems_table, vendors_table

VENDORS, SYSTEMS = ImportKind.VENDORS, ImportKind.SYSTEMS


def test_heads_are_known_in_both_languages_and_any_width() -> None:
    heads = ["会社名", "ﾌﾘｶﾞﾅ", "法人番号（13桁）", "E-Mail", "ＴＥＬ", "FAX番号", "【備考】"]
    assert guess_columns(VENDORS, heads) == [
        "name", "name_kana", "corporate_number", "email", "phone", "fax", "note",
    ]  # fmt: skip
    assert guess_columns(VENDORS, ["Company name *", "Contact person", "e-mail address", "Colour"]) == [
        "name", "contact_name", "email", "",
    ]  # fmt: skip
    assert guess_columns(SYSTEMS, ["システム名", "種別", "事業者", "端末台数", "リモート保守"]) == [
        "name", "kind", "vendor", "pc_count", "has_remote_maintenance",
    ]  # fmt: skip


def test_the_second_telephone_is_that_of_the_contact() -> None:
    assert guess_columns(VENDORS, ["会社名", "電話", "担当者", "電話"]) == [
        "name",
        "phone",
        "contact_name",
        "contact_phone",
    ]


@pytest.mark.parametrize("spoken", ["ja", "en"])
def test_every_table_that_the_portal_gives_out_is_recognised_whole(spoken: str) -> None:
    with speaking(spoken):
        for kind, head in ((VENDORS, vendors_table([]).head), (SYSTEMS, systems_table([]).head)):
            known = guess_columns(kind, head)
            # The systems of a vendor stand in its list for reading; they are imported as a list of their own.
            assert [name for name, key in zip(head, known, strict=True) if not key] == (
                [] if kind is SYSTEMS else [vendors_table([]).head[3]]
            )
        for kind in ImportKind:
            assert guess_columns(kind, template_table(kind).head) == [column.key for column in COLUMNS[kind]]


def test_the_row_of_names_is_found_below_a_title() -> None:
    grid = read_text("取引先一覧,,\n2026年11月,,\n会社名,担当者,メール\nみどり,佐藤,a@vendor.example")
    assert find_head(VENDORS, grid) == (3, ["name", "contact_name", "email"])


def test_without_names_the_columns_speak_for_themselves() -> None:
    grid = read_text(
        "1180301018771\tみどり電子カルテ\t03-0000-0000\ta@vendor.example\n\tあおい画像\t\tb@vendor.example"
    )
    assert find_head(VENDORS, grid) == (0, ["corporate_number", "name", "", "email"])
