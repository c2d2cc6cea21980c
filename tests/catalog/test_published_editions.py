"""The editions that ship: unchanged since publication, and what is known of the official forms."""

from __future__ import annotations

import re

import pytest

from models.clinics import ClinicKind
from services.editions import Edition, Form, Item, Text, digest, get_edition, keys_to_propose, list_editions

# Clinics have asked and answered with these: a line may be added for a new edition, none may be changed.
PUBLISHED = {
    "r5": "2c20fad9b476d7b03fd827966de571e4aa90e4cd6d03031c83ead4adbcfc9ade",
    "r6": "b86d814265484efab262338e3632a63e81583da1c243a389733481a59c508747",
    "r7": "aca30091d2f02f1d604d92624169c6eb1a1b361f9833344b71db40c58c83464e",
}

R7_NUMBERS = ["1-①", *(f"2-{mark}" for mark in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬"), "3-①", "3-②", "3-③", "4-①"]
R7_VENDOR_NUMBERS = ["1-①", *(f"2-{mark}" for mark in "②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬")]
R6_DEVICES = [
    *(f"2-({number})@server" for number in (4, 5, 6, 7, 9)),
    *(f"2-({number})@pc" for number in (4, 5, 7, 9)),
    *(f"2-({number})@network" for number in (7, 8)),
]
R6_ROWS = [
    "1-(1)@organisation",
    *(f"2-({number})@all" for number in (1, 2, 3)),
    *R6_DEVICES,
    *(f"3-({number})@incident" for number in (1, 2, 3)),
]
R6_VENDOR_ROWS = ["1-(1)@organisation", "2-(2)@all", "2-(3)@all", *R6_DEVICES]
R5_REFERENCE = [
    *("2-(7)@server", "2-(9)@server"),
    *("2-(4)@pc", "2-(5)@pc", "2-(7)@pc", "2-(9)@pc"),
    *("3-(2)@incident", "3-(3)@incident"),
]

FORMS = [
    pytest.param(edition, form, id=f"{edition.id}-{form.id}")
    for edition in list_editions()
    for form in edition.forms.values()
]
OWN_FORMS = ["institution", "pharmacy"]


def rows(form: Form) -> list[str]:
    return [f"{item.number}@{item.scope}" for item in form.items]


def everything(form: Form) -> tuple[Item, ...]:
    return (*([form.gate] if form.gate else []), *form.items)


def texts(form: Form) -> list[Text]:
    return [
        *(form.name, form.title, form.about),
        *(section.title for section in form.sections),
        *(text for scope in form.scopes.values() for text in (scope.name, scope.meaning)),
        *(text for item in everything(form) for text in (item.label, item.help, item.evidence, *item.guideline)),
        *(item.changed for item in form.items if item.changed),
    ]


def test_published_editions_never_change() -> None:
    assert {edition.id: digest(edition) for edition in list_editions()} == PUBLISHED


def test_there_is_an_edition_for_each_fiscal_year_known_and_none_is_invented() -> None:
    years = {edition.id: (edition.fiscal_year, edition.guideline_version) for edition in list_editions()}
    assert years == {"r7": (2025, "6.0"), "r6": (2024, "6.0"), "r5": (2023, "6.0")}


@pytest.mark.parametrize("edition", list_editions(), ids=lambda edition: edition.id)
def test_every_kind_of_institution_has_its_form(edition: Edition) -> None:
    assert list(edition.forms) == ["institution", "pharmacy", "vendor"]
    assert set(edition.form("institution").kinds) == set(ClinicKind) - {ClinicKind.PHARMACY}
    assert edition.form("pharmacy").kinds == (ClinicKind.PHARMACY,)
    assert edition.vendor_form.id == "vendor"


@pytest.mark.parametrize("edition", list_editions(), ids=lambda edition: edition.id)
def test_institutions_are_asked_first_whether_they_use_a_system_and_vendors_are_not(edition: Edition) -> None:
    assert all(form.gate for form in edition.institution_forms())
    assert edition.vendor_form.gate is None


@pytest.mark.parametrize("form_id", OWN_FORMS)
def test_r7_has_the_rows_that_are_known(form_id: str) -> None:
    form = get_edition("r7").form(form_id)
    assert [item.number for item in form.items] == R7_NUMBERS
    assert [item.scope for item in form.items] == (
        ["organisation"] + ["all"] * 10 + ["server", "server_pc", "network"] + ["incident"] * 3 + ["rules"]
    )
    assert [item.number for item in form.items if item.new] == ["2-⑦", "2-⑧", "2-⑨", "2-⑩", "4-①"]
    assert [item.number for item in form.items if item.changed] == ["2-④", "2-⑥"]


def test_r7_asks_vendors_what_is_known() -> None:
    form = get_edition("r7").vendor_form
    assert [item.number for item in form.items] == R7_VENDOR_NUMBERS
    assert [item.number for item in form.items if item.new] == ["2-⑦", "2-⑧", "2-⑨", "2-⑩"]


def test_r7_cites_the_guideline_where_it_is_known() -> None:
    cited = {
        "2-①": ["企画管理編 9.1"],
        "2-②": ["企画管理編 9.1", "システム運用編 10.1"],
        "2-⑥": ["システム運用編 8 ③", "システム運用編 8.2"],
        "2-⑧": ["システム運用編 8 ⑤"],
        "2-⑫": ["システム運用編 8.1"],
        "2-⑬": ["システム運用編 13 ⑪"],
        "3-②": ["経営管理編 3.4.1", "企画管理編 11.2", "企画管理編 12.2", "システム運用編 11.1", "システム運用編 12.2"],
    }
    for form in get_edition("r7").forms.values():
        found = {item.number: [text.ja for text in item.guideline] for item in form.items if item.guideline}
        assert found == {number: found for number, found in cited.items() if number in {i.number for i in form.items}}


@pytest.mark.parametrize("edition_id", ["r5", "r6"])
def test_r5_and_r6_have_a_row_for_each_number_and_scope(edition_id: str) -> None:
    edition = get_edition(edition_id)
    assert [rows(edition.form(form_id)) for form_id in OWN_FORMS] == [R6_ROWS, R6_ROWS]
    assert rows(edition.vendor_form) == R6_VENDOR_ROWS


def test_only_r5_has_rows_for_reference() -> None:
    for form in get_edition("r5").forms.values():
        expected = [row for row in R5_REFERENCE if row in rows(form)]
        assert [f"{item.number}@{item.scope}" for item in form.items if item.reference_only] == expected
    others = (form for edition_id in ("r6", "r7") for form in get_edition(edition_id).forms.values())
    assert not any(item.reference_only for form in others for item in form.items)


def certainties(edition_id: str, form_id: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in everything(get_edition(edition_id).form(form_id)):
        assert found.setdefault(item.number, item.provenance) == item.provenance
    return found


def test_r7_is_as_certain_as_what_it_was_taken_from() -> None:
    assert set(certainties("r7", "institution").values()) == {"D"}
    vendor = certainties("r7", "vendor")
    assert {number: word for number, word in vendor.items() if word != "R"} == {"2-③": "S", "2-⑦": "D", "2-⑧": "D"}


@pytest.mark.parametrize("edition_id", ["r5", "r6"])
def test_r5_and_r6_claim_nothing_that_was_not_seen(edition_id: str) -> None:
    assert set(certainties(edition_id, "institution").values()) == {"R"}
    vendor = certainties(edition_id, "vendor")
    assert {number: word for number, word in vendor.items() if word != "R"} == {"2-(3)": "S"}


@pytest.mark.parametrize("edition", list_editions(), ids=lambda edition: edition.id)
def test_pharmacy_rows_are_taken_from_the_institution_form_and_say_so(edition: Edition) -> None:
    assert set(certainties(edition.id, "pharmacy").values()) == {"R"}
    assert "薬局確認用" in edition.provenance.note.ja
    assert "form for pharmacies" in edition.provenance.note.en


@pytest.mark.parametrize("form_id", OWN_FORMS)
def test_proposals_follow_their_rules(form_id: str) -> None:
    for edition in list_editions():
        rules = {item.number: item.rule for item in edition.form(form_id).items}
        inner = [f"2-{mark}" for mark in "④⑤⑥⑦⑧⑨⑩⑪⑫⑬"] if edition.id == "r7" else [f"2-({n})" for n in range(4, 10)]
        second, third = ("2-②", "2-③") if edition.id == "r7" else ("2-(2)", "2-(3)")
        proposed = {number: rule for number, rule in rules.items() if rule}
        assert proposed == {second: "remote_maintenance", third: "documents"} | dict.fromkeys(inner, "vendors")
        empty = [item.number for item in edition.form(form_id).items if item.empty_without_vendors]
        assert empty == [second, third]


def test_a_plan_for_two_factor_authentication_counts_until_fy2027() -> None:
    for edition in list_editions():
        for form in edition.forms.values():
            plans = {item.number: item.plan_counts_until for item in form.items if item.plan_counts_until}
            assert plans == ({"2-⑩": 2027} if edition.id == "r7" else {})


@pytest.mark.parametrize("edition", list_editions(), ids=lambda edition: edition.id)
def test_every_vendor_item_stands_beside_an_item_of_the_institution(edition: Edition) -> None:
    for form in edition.institution_forms():
        for item in edition.vendor_form.items:
            beside = form.find_item(str(item.linked_key))
            assert beside is not None
            assert (beside.number, beside.scope) == (item.number, item.scope)


def test_r6_carries_over_row_by_row_from_r5() -> None:
    edition = get_edition("r6")
    for form in edition.forms.values():
        keys = tuple(item.key for item in form.items)
        assert keys_to_propose(edition, form, said_yes=keys) == keys
        for key in keys:
            assert keys_to_propose(edition, form, said_yes={key}) == (key,)


@pytest.mark.parametrize(
    ("said_yes", "proposed"),
    [
        ("1-1", "1-1"),
        ("2-1 2-2 2-3 3-1 3-2 3-3", "2-1 2-2 2-3 3-1 3-2 3-3"),
        ("2-4.server", ""),
        ("2-4.server 2-4.pc", "2-4"),
        ("2-5.pc", ""),
        ("2-5.server 2-5.pc", "2-5"),
        ("2-6.server", "2-11"),
        ("2-7.server 2-7.pc", ""),
        ("2-7.server 2-7.pc 2-7.network", "2-6"),
        ("2-8.network", "2-13"),
        ("2-9.server", ""),
        ("2-9.server 2-9.pc", "2-12"),
    ],
)
def test_r7_carries_over_only_what_was_yes_in_every_row(said_yes: str, proposed: str) -> None:
    edition = get_edition("r7")
    form = edition.form("institution")
    assert keys_to_propose(edition, form, said_yes=said_yes.split()) == tuple(proposed.split())


def test_in_r7_everything_but_the_new_rows_can_be_carried_over() -> None:
    edition, older = get_edition("r7"), get_edition("r6")
    for form in edition.forms.values():
        said_yes = {item.key for item in older.form(form.id).items}
        carried = keys_to_propose(edition, form, said_yes=said_yes)
        assert set(carried) == {item.key for item in form.items if not item.new}


@pytest.mark.parametrize(("edition", "form"), FORMS)
def test_labels_are_short_questions(edition: Edition, form: Form) -> None:
    for item in everything(form):
        assert len(item.label.ja) <= 80, item.key
        assert re.search(r"か(。|（[^）]+）。)$", item.label.ja), item.label.ja
        assert item.label.en.endswith("?"), item.label.en
        assert len(item.label.en) <= 180, item.key


@pytest.mark.parametrize(("edition", "form"), FORMS)
def test_help_is_two_to_four_sentences(edition: Edition, form: Form) -> None:
    for item in everything(form):
        japanese = item.help.ja.count("。")
        assert 2 <= japanese <= 4, (item.key, japanese)
        assert len(re.findall(r"[.?](?= |$)", item.help.en)) >= 2, item.key
        assert len(item.help.ja) <= 220, (item.key, len(item.help.ja))


@pytest.mark.parametrize(("edition", "form"), FORMS)
def test_institutions_and_vendors_are_spoken_to_in_their_own_words(edition: Edition, form: Form) -> None:
    for other in edition.forms.values():
        if other.answered_by != form.answered_by:
            assert not words_of(form) & words_of(other)
    if form.id == "pharmacy":
        assert not [text.ja for text in texts(form) if "電子カルテ" in text.ja and text.ja not in scope_words(form)]


def words_of(form: Form) -> set[str]:
    return {
        sentence
        for item in form.items
        for text in (item.label, item.help, item.evidence)
        for sentence in (text.ja, text.en)
    }


def scope_words(form: Form) -> set[str]:
    return {scope.meaning.ja for scope in form.scopes.values()}


@pytest.mark.parametrize(("edition", "form"), FORMS)
def test_texts_are_well_written(edition: Edition, form: Form) -> None:
    own = (edition.name, edition.title, edition.issued, edition.provenance.status, edition.provenance.note)
    for text in (*own, *texts(form)):
        assert not re.search("[\uff61-\uff9f]", text.ja), f"half-width katakana: {text.ja}"
        assert not re.search("[Ａ-Ｚａ-ｚ０-９]", text.ja), f"full-width letters or digits: {text.ja}"
        assert not re.search(r"[,.!?] ?[ぁ-んァ-ヶ一-龠]", text.ja), f"English punctuation: {text.ja}"
        assert re.search("[ぁ-んァ-ヶ一-龠]", text.ja), f"not Japanese: {text.ja}"
        assert not re.search("[ぁ-んァ-ヶ一-龠、。]", text.en), f"not English: {text.en}"
        assert "  " not in text.en + text.ja


@pytest.mark.parametrize("edition", list_editions(), ids=lambda edition: edition.id)
def test_keys_follow_the_numbers(edition: Edition) -> None:
    plain = str.maketrans("①②③④⑤⑥⑦⑧⑨", "123456789", "()") | {
        ord("⑩"): "10",
        ord("⑪"): "11",
        ord("⑫"): "12",
        ord("⑬"): "13",
    }
    for form in edition.forms.values():
        for item in form.items:
            assert item.key.split(".")[0] == item.number.translate(plain)
            assert "." not in item.key or item.key.split(".")[1] == item.scope
