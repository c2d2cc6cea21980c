"""A broken edition file is refused with file, place and reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from services.editions import BrokenEdition, build_edition, load_editions
from tests.catalog.practice import example, folder_with


def test_an_edition_can_come_from_elsewhere_than_a_file() -> None:
    edition = build_edition(tomllib.loads(example()), file="uploaded workbook")
    assert edition.id == "practice"
    with pytest.raises(BrokenEdition, match="uploaded workbook: id: is missing"):
        build_edition({}, file="uploaded workbook")


def refusal_of(folder: Path) -> BrokenEdition:
    with pytest.raises(BrokenEdition) as caught:
        load_editions(folder)
    return caught.value


LAST_VENDOR_ITEM = "forms.vendor.sections[0].items[2]"
REFUSALS = {
    "a word missing in one language": (
        'label = { ja = "練習をしましたか。", en = "Have you practised?" }',
        'label = { ja = "練習をしましたか。" }',
        f"{LAST_VENDOR_ITEM}.label.en",
        "is missing",
    ),
    "an empty sentence": ('"練習の記録。"', '"　 "', f"{LAST_VENDOR_ITEM}.evidence.ja", "must not be empty"),
    "no help": (
        'help = { ja = "練習をしたか',
        'changed = { ja = "練習をしたか',
        f"{LAST_VENDOR_ITEM}.help",
        "is missing",
    ),
    "no evidence": (
        'evidence = { ja = "契約書。", en = "The contract." }\n',
        "",
        "forms.institution.gate.evidence",
        "is missing",
    ),
    "no certainty": (
        'kinds = []\nprovenance = "R"\n',
        "kinds = []\n",
        "forms.vendor.sections[0].items[1].provenance",
        "is missing",
    ),
    "an unknown certainty": (
        'provenance = "S"',
        'provenance = "X"',
        "forms.vendor.sections[0].items[0].provenance",
        "'F'",
    ),
    "an unknown rule": (
        'rule = "documents"',
        'rule = "guess"',
        "forms.institution.sections[0].items[0].rule",
        "'remote_maintenance'",
    ),
    "a misspelt name": (
        "\nnew = true",
        "\nnwe = true",
        f"{LAST_VENDOR_ITEM}.nwe",
        "is not a name that an edition file uses",
    ),
    "a wrong type": ("fiscal_year = 2099", 'fiscal_year = "next"', "fiscal_year", "valid integer"),
    "a key with a blank": ('key = "2-21"', 'key = "2 21"', f"{LAST_VENDOR_ITEM}.key", "pattern"),
    "a key used twice": ('key = "2-21"', 'key = "2-20"', f"{LAST_VENDOR_ITEM}.key", "'2-20' is already the key"),
    "an item with the gate's key": ('key = "2-21"', 'key = "gate"', f"{LAST_VENDOR_ITEM}.key", "already the key"),
    "a gate with another key": ('key = "gate"', 'key = "door"', "forms.institution.gate.key", "must be 'gate'"),
    "a number used twice in a scope": (
        '"2-㉑"',
        '"2-⑳"',
        f"{LAST_VENDOR_ITEM}.number",
        "stands twice under the scope 'all'",
    ),
    "no number": ('number = "2-㉑"\n', "", f"{LAST_VENDOR_ITEM}.number", "must not be empty"),
    "an unknown scope": (
        'scope = "all"\ninstitution_item = "none"',
        'scope = "every"\ninstitution_item = "none"',
        f"{LAST_VENDOR_ITEM}.scope",
        "'every' is not among the scopes",
    ),
    "a link to nothing": (
        'institution_item = "2-10"',
        'institution_item = "2-99"',
        "forms.vendor.sections[0].items[1].institution_item",
        "'2-99' is no item of the form 'institution'",
    ),
    "a key without a partner": (
        'institution_item = "none"\n',
        "",
        f"{LAST_VENDOR_ITEM}.institution_item",
        "'2-21' is no item of the form 'institution'",
    ),
    "a section without items": (
        "[[forms.vendor.sections]]\n",
        '[[forms.vendor.sections]]\nkey = "empty"\ntitle = { ja = "空", en = "Empty" }\nitems = []\n\n'
        "[[forms.vendor.sections]]\n",
        "forms.vendor.sections[0].items",
        "at least 1 item",
    ),
    "two sections with one key": (
        '[[forms.vendor.sections.items]]\nkey = "2-21"',
        '[[forms.vendor.sections]]\nkey = "general"\ntitle = { ja = "二", en = "Two" }\n\n'
        '[[forms.vendor.sections.items]]\nkey = "2-21"',
        "forms.vendor.sections",
        "two sections have the same key",
    ),
    "no vendor form": (
        'answered_by = "vendor"',
        'answered_by = "institution"',
        "forms",
        "exactly one form answered by vendors",
    ),
    "a vendor form for a kind": (
        "kinds = []",
        'kinds = ["clinic"]',
        "forms.vendor.kinds",
        "must be empty for the vendor form",
    ),
    "an unknown kind": ('"pharmacy"]', '"zoo"]', "forms.institution.kinds[4]", "'clinic'"),
    "a bad form id": ("[forms.vendor]", "[forms.Vendor]\n[forms.vendor]", "forms.Vendor", "pattern"),
    "a form that is no table": ("[forms.vendor]", "[forms]\nodd = 1\n[forms.vendor]", "forms.odd", "valid dictionary"),
    "an unknown older edition": (
        'edition = "r7"',
        'edition = "r9"',
        "carry_over.edition",
        "'r9' is not among the editions",
    ),
    "an edition that carries over from itself": (
        'edition = "r7"',
        'edition = "practice"',
        "carry_over.edition",
        "'practice' is not older",
    ),
    "a source that is not there": (
        '2-20 = ["2-10"]',
        '2-20 = ["2-10", "2-99"]',
        "carry_over.items.2-20[1]",
        "'2-99' is no item of 'r7'",
    ),
    "no source": ('2-20 = ["2-10"]', "2-20 = []", "carry_over.items.2-20", "at least 1 item"),
    "a target that is not there": (
        '2-20 = ["2-10"]',
        '2-99 = ["2-10"]',
        "carry_over.items.2-99",
        "is no item of this edition",
    ),
    "a target that is new": ('2-20 = ["2-10"]', '2-21 = ["2-10"]', "carry_over.items.2-21", "is new in this edition"),
    "an id that is not the file's": ('id = "practice"', 'id = "other"', "id", "must be 'practice'"),
    "a sentence that is not closed": ('id = "practice"', 'id = "practice', "line 1, column 15", "Illegal character"),
    "a file that breaks off": (
        '2-20 = ["2-10"]',
        '2-20 = ["2-10"',
        "end of document",
        "Unclosed array",
    ),
    "a name said twice": (
        "fiscal_year = 2099",
        "fiscal_year = 2099\nfiscal_year = 2100",
        "line 3, column 19",
        "Cannot overwrite",
    ),
}


@pytest.mark.parametrize(("old", "new", "place", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_broken_file_is_refused_with_place_and_reason(
    old: str, new: str, place: str, reason: str, tmp_path: Path
) -> None:
    text = example()
    assert text.count(old) == 1
    refusal = refusal_of(folder_with(text.replace(old, new), tmp_path))
    assert refusal.file == "practice.toml"
    assert refusal.place == place
    assert reason in refusal.reason
    assert str(refusal) == f"practice.toml: {place}: {refusal.reason}"


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    folder = folder_with("", tmp_path)
    (folder / "practice.toml").write_bytes(example().encode("shift_jis", errors="replace"))
    refusal = refusal_of(folder)
    assert (refusal.file, refusal.reason) == ("practice.toml", "is not UTF-8 text")
    assert refusal.place.startswith("byte ")


@pytest.mark.parametrize(
    ("forms", "place"),
    [
        (3, "forms"),
        ({"vendor": 3}, "forms.vendor"),
        ({"vendor": {"sections": 3}}, "forms.vendor.sections"),
        ({"vendor": {"sections": [3]}}, "forms.vendor.sections[0]"),
        (
            {"vendor": {"sections": [{"key": "a", "title": {"ja": "あ", "en": "a"}, "items": [3]}]}},
            "forms.vendor.sections[0].items[0]",
        ),
        ({"vendor": {"gate": 3}}, "forms.vendor.gate"),
    ],
)
def test_forms_of_another_shape_are_refused(forms: object, place: str) -> None:
    content = tomllib.loads(example())
    form = {name: value for name, value in content["forms"]["vendor"].items() if name != "sections"}
    whole = (
        {"vendor": {**form, **forms["vendor"]}}
        if isinstance(forms, dict) and isinstance(forms["vendor"], dict)
        else forms
    )
    with pytest.raises(BrokenEdition) as caught:
        build_edition({**content, "forms": whole}, file="practice.toml")
    assert caught.value.place == place


def test_a_kind_belongs_to_one_form_only() -> None:
    content = tomllib.loads(example())
    content["forms"]["again"] = content["forms"]["institution"]
    with pytest.raises(BrokenEdition, match=r"forms\.again\.kinds: clinic is already served by the form 'institution'"):
        build_edition(content, file="practice.toml")


def test_a_folder_without_editions_is_refused(tmp_path: Path) -> None:
    assert "holds no edition" in str(refusal_of(tmp_path))


def test_a_second_edition_of_a_year_is_the_newer_one(tmp_path: Path) -> None:
    text = example().replace('id = "practice"', 'id = "r7b"').replace("fiscal_year = 2099", "fiscal_year = 2025")
    assert list(load_editions(folder_with(text, tmp_path, name="r7b.toml"))) == ["r5", "r6", "r7", "r7b"]
