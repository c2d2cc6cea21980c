"""What the catalog's README teaches works as it stands there."""

from __future__ import annotations

from pathlib import Path

from models.clinics import ClinicKind
from services.editions import Edition, Item, keys_to_propose, load_editions
from tests.catalog.practice import README, example, folder_with


def practice(tmp_path: Path) -> Edition:
    return load_editions(folder_with(example(), tmp_path))["practice"]


def test_the_example_is_an_edition_of_its_own_year(tmp_path: Path) -> None:
    edition = practice(tmp_path)
    assert edition.fiscal_year == 2099
    assert {kind for form in edition.forms.values() for kind in form.kinds} == set(ClinicKind)


def test_the_example_shows_certainty_per_form_and_per_item(tmp_path: Path) -> None:
    edition = practice(tmp_path)
    assert [item.provenance for item in edition.form("institution").items] == ["D", "D"]
    assert [item.provenance for item in edition.vendor_form.items] == ["S", "R", "R"]


def test_the_example_links_by_key_by_name_and_not_at_all(tmp_path: Path) -> None:
    form = practice(tmp_path).vendor_form
    assert [item.linked_key for item in form.items] == ["2-3", "2-10", None]
    assert [item.key for item in form.items_linked_to("2-10")] == ["2-20"]


def test_the_example_carries_over(tmp_path: Path) -> None:
    edition = practice(tmp_path)
    assert keys_to_propose(edition, edition.vendor_form, said_yes={"2-10"}) == ("2-20",)
    assert keys_to_propose(edition, edition.form("institution"), said_yes={"2-10", "2-3"}) == ("2-3", "2-10")


def test_the_readme_names_every_field_of_an_item() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in Item.model_fields if name not in text] == []
