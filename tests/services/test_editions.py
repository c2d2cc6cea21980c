"""Editions are found, copied and read back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.clinics import ClinicKind
from services.editions import (
    EDITIONS_FOLDER,
    Edition,
    Form,
    Text,
    UnknownEdition,
    UnknownForm,
    carry_over,
    copy_form,
    describe_provenance,
    digest,
    edition_for_fiscal_year,
    form_for_kind,
    get_edition,
    latest_edition,
    list_editions,
    load_editions,
    read_form,
)
from services.languages import speaking
from tests.catalog.practice import folder_with

ALL_FORMS = [
    pytest.param(edition, form, id=f"{edition.id}-{form.id}")
    for edition in list_editions()
    for form in edition.forms.values()
]


def test_editions_are_found_newest_first() -> None:
    assert [edition.id for edition in list_editions()] == ["r7", "r6", "r5"]
    assert latest_edition() is get_edition("r7")


def test_editions_are_read_once() -> None:
    assert get_edition("r6") is get_edition("r6")


def test_an_unknown_edition_is_a_key_error() -> None:
    with pytest.raises(UnknownEdition):
        get_edition("r8")
    assert issubclass(UnknownEdition, KeyError)


@pytest.mark.parametrize(
    ("fiscal_year", "edition_id"), [(2027, "r7"), (2026, "r7"), (2025, "r7"), (2024, "r6"), (2020, "r5")]
)
def test_a_fiscal_year_without_an_edition_borrows_the_one_before(fiscal_year: int, edition_id: str) -> None:
    assert edition_for_fiscal_year(fiscal_year).id == edition_id


@pytest.mark.parametrize("kind", list(ClinicKind))
def test_each_kind_gets_its_form(kind: ClinicKind) -> None:
    expected = "pharmacy" if kind is ClinicKind.PHARMACY else "institution"
    assert form_for_kind(latest_edition(), kind).id == expected
    assert form_for_kind(latest_edition(), kind.value).id == expected


def test_an_unknown_kind_or_form_is_refused() -> None:
    with pytest.raises(UnknownForm):
        form_for_kind(latest_edition(), "zoo")
    with pytest.raises(UnknownForm):
        latest_edition().form("zoo")


def test_a_text_speaks_both_languages_and_japanese_otherwise() -> None:
    text = Text(ja="はい", en="yes")
    assert [text.in_language(language) for language in ("ja", "en", "en-GB", "fr")] == ["はい", "yes", "yes", "はい"]


def test_what_is_read_cannot_be_changed() -> None:
    edition = get_edition("r7")
    with pytest.raises(ValidationError):
        edition.vendor_form.items[0].label.ja = "別の文"  # type: ignore[misc]
    with pytest.raises(TypeError):
        edition.forms["vendor"] = edition.form("pharmacy")  # type: ignore[index]


def test_items_are_found_by_key_with_the_gate_and_their_section() -> None:
    form = get_edition("r7").form("institution")
    item = form.find_item("2-11")
    assert item is not None
    assert item.number == "2-⑪"
    assert form.section_of("2-11").key == "devices"
    assert form.find_item("gate") is form.gate
    assert form.find_item("9-9") is None
    scope = form.scope_of(item)
    assert scope is not None
    assert scope.name.ja == "サーバ"
    assert form.gate is not None
    assert form.scope_of(form.gate) is None
    with pytest.raises(KeyError):
        form.section_of("gate")


def test_how_sure_we_are_of_a_row_is_said_in_both_languages() -> None:
    said = set()
    for language in ("ja", "en"):
        with speaking(language):
            said |= {
                describe_provenance("F"),
                describe_provenance("D"),
                describe_provenance("S"),
                describe_provenance("R"),
            }
    assert len(said) == 8


@pytest.mark.parametrize(("edition", "form"), ALL_FORMS)
def test_a_copy_reads_back_as_the_same_form(edition: Edition, form: Form) -> None:
    copy = json.loads(json.dumps(copy_form(form, edition)))
    again = read_form(copy)
    assert again == form
    assert [type(kind) for kind in again.kinds] == [type(kind) for kind in form.kinds]
    assert again.items == form.items
    assert again.gate == form.gate
    assert again.scopes == form.scopes


def test_each_copy_is_read_for_itself() -> None:
    edition = get_edition("r7")
    copy = copy_form(edition.vendor_form, edition)
    changed = json.loads(json.dumps(copy))
    changed["sections"][0]["items"][0]["label"]["ja"] = "別の文"
    assert read_form(copy) is read_form(json.loads(json.dumps(copy)))
    assert read_form(changed).items[0].label.ja == "別の文"
    assert read_form(copy).items[0].label == edition.vendor_form.items[0].label
    copy["sections"][0]["items"][0]["label"] = {"ja": "さらに別の文", "en": "Another one"}
    assert read_form(copy).items[0].label.en == "Another one"


def test_a_copy_tells_what_was_asked_without_the_catalog() -> None:
    edition = get_edition("r7")
    copy = copy_form(edition.vendor_form, edition)
    assert (copy["edition_id"], copy["fiscal_year"], copy["id"], copy["item_count"]) == ("r7", 2025, "vendor", 13)
    assert copy["title"] == edition.vendor_form.title.model_dump()
    assert copy["edition_title"] == edition.title.model_dump()
    item = copy["sections"][1]["items"][8]
    assert (item["number"], item["scope"], item["new"], item["plan_counts_until"]) == ("2-⑩", "all", True, 2027)
    assert set(item["label"]) == set(item["help"]) == set(item["evidence"]) == {"ja", "en"}


def test_a_copy_is_small_and_quick_to_read_back() -> None:
    edition = get_edition("r7")
    copy = copy_form(edition.vendor_form, edition)
    assert len(json.dumps(copy, ensure_ascii=False).encode()) < 25_000

    def seconds() -> float:
        began = time.perf_counter()
        read_form(copy)
        return time.perf_counter() - began

    assert min(seconds() for _ in range(50)) < 0.001


def test_carry_over_names_the_older_edition_and_its_rows() -> None:
    lines = {line.target: line for line in carry_over(get_edition("r7"))}
    assert lines["2-6"].edition_id == "r6"
    assert lines["2-6"].sources == ("2-7.server", "2-7.pc", "2-7.network")
    assert carry_over(get_edition("r5")) == ()


def test_a_digest_does_not_depend_on_layout_or_provenance(tmp_path: Path) -> None:
    text = (EDITIONS_FOLDER / "r7.toml").read_text(encoding="utf-8")
    corrected = "# a comment\n" + text.replace('provenance = "R"', 'provenance = "F"').replace(
        "との照合前", "と照合済み"
    )
    assert corrected.count('provenance = "F"') == 2
    edition = load_editions(folder_with(corrected, tmp_path, name="r7.toml"))["r7"]
    assert edition.vendor_form.items[0].provenance == "F"
    assert digest(edition) == digest(get_edition("r7"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("使い回さず、", "使い回さないで、"),
        ("plan_counts_until = 2027", "plan_counts_until = 2028"),
        ('2-11 = ["2-6.server"]', '2-11 = ["2-5.server"]'),
        ('rule = "documents"\n', ""),
    ],
)
def test_a_digest_depends_on_everything_else(old: str, new: str, tmp_path: Path) -> None:
    text = (EDITIONS_FOLDER / "r7.toml").read_text(encoding="utf-8")
    assert old in text
    edition = load_editions(folder_with(text.replace(old, new, 1), tmp_path, name="r7.toml"))["r7"]
    assert digest(edition) != digest(get_edition("r7"))
