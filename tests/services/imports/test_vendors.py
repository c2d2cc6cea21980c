"""Rows of vendors and contacts: what is new, changed, known already or wrong, and that nothing is entered twice."""

from __future__ import annotations

from sqlmodel import Session, col, select

from models import Clinic, Contact, Vendor
from services import contacts, vendors
from services.history import find_breaks, list_events
from services.imports.row_planner import Verdict
from services.vendors import list_vendors
from tests import factories
from tests.naughty import NAUGHTY
from tests.services.imports.importing import Desk, reasons, verdicts

HEAD = "会社名\t法人番号\t担当者\tメール\t電話\tメモ\n"
NUMBER = "1180301018771"


def companies(session: Session, clinic: Clinic) -> list[Vendor]:
    return list(session.exec(select(Vendor).where(Vendor.clinic_id == clinic.id).order_by(col(Vendor.created_at))))


def people(session: Session, clinic: Clinic) -> list[Contact]:
    return list(session.exec(select(Contact).where(Contact.clinic_id == clinic.id).order_by(col(Contact.created_at))))


def test_vendors_and_contacts_are_entered_in_one_deed_each(session: Session, clinic: Clinic, desk: Desk) -> None:
    table = HEAD + (
        f"みどり電子カルテ㈱\t{NUMBER}\t佐藤\ta@vendor.example\t03-1\t一\n"
        "みどり電子カルテ㈱\t\t鈴木\tb@vendor.example\t\t\n"
        "あおい画像\t\t\tc@vendor.example\t\t\n"
    )
    assert desk.takes(table) == [Verdict.NEW] * 3
    midori, aoi = companies(session, clinic)
    assert (midori.name, midori.corporate_number, midori.phone, midori.note) == (
        "みどり電子カルテ㈱",
        NUMBER,
        "03-1",
        "一",
    )
    assert [(one.vendor_id, one.name, one.email, one.is_main) for one in people(session, clinic)] == [
        (midori.id, "佐藤", "a@vendor.example", True),
        (midori.id, "鈴木", "b@vendor.example", False),
        (aoi.id, "ご担当者", "c@vendor.example", True),
    ]
    told = [event.verb for event in list_events(session, clinic_id=clinic.id)]
    assert told[:6] == [
        "import.taken",
        "contact.added",
        "contact.added",
        "contact.added",
        "vendor.added",
        "vendor.added",
    ]
    assert not list(find_breaks(session, clinic_id=clinic.id))


def test_the_same_table_twice_brings_nothing_new(session: Session, clinic: Clinic, desk: Desk) -> None:
    table = HEAD + (
        f"みどり電子カルテ㈱\t{NUMBER}\t佐藤\ta@vendor.example\t03-1\t一\n"
        "あおい画像\t\t\tc@vendor.example\t\t\n"
        "もも予約\t\t田中\t\t\t\n"
    ).replace("田中\t\t", "田中\td@vendor.example\t")
    desk.takes(table)
    before = [row.model_dump() for row in (*companies(session, clinic), *people(session, clinic))]
    assert desk.takes(table) == [Verdict.UNCHANGED] * 3
    assert [row.model_dump() for row in (*companies(session, clinic), *people(session, clinic))] == before


def test_names_are_recognised_however_they_are_written(session: Session, clinic: Clinic, desk: Desk) -> None:
    desk.takes(HEAD + "株式会社みどり　メディカル\t\t佐藤\tA@Vendor.example\t\t")
    again = HEAD + "(株)ﾐﾄﾞﾘ・メディカル\t\t佐 藤\ta@vendor.example\t\t"
    assert desk.takes(again) == [Verdict.UNCHANGED]
    assert [vendor.name for vendor in companies(session, clinic)] == ["株式会社みどり　メディカル"]


def test_the_corporate_number_is_stronger_than_the_name(session: Session, clinic: Clinic, desk: Desk) -> None:
    desk.takes(HEAD + f"みどり\t{NUMBER}\t\t\t\t")
    (row,) = desk.sees(HEAD + f"新みどり\t{NUMBER}\t\t\t\t")
    assert [(change.key, change.before, change.after) for change in row.changes] == [("name", "みどり", "新みどり")]
    desk.takes(HEAD + f"新みどり\t{NUMBER}\t\t\t\t")
    assert [vendor.name for vendor in companies(session, clinic)] == ["新みどり"]


def test_number_and_name_of_two_vendors_are_told_apart(session: Session, clinic: Clinic, desk: Desk) -> None:
    desk.takes(HEAD + f"みどり\t{NUMBER}\t\t\t\t\nあおい\t7000012050002\t\t\t\t")
    crossed, other = desk.sees(
        HEAD + f"あおい\t{NUMBER}\t\t\t\t\nみどり\t1010401089234\t\t\t\t".replace("1010401089234", "8700110005901")
    )
    assert "みどり" in reasons(crossed)[0][1]
    assert reasons(other)[0][0] == "法人番号"
    assert verdicts([crossed, other]) == ["refused", "refused"]


def test_an_empty_cell_changes_nothing_and_a_full_one_is_shown_before_it_is_written(
    session: Session, clinic: Clinic, desk: Desk
) -> None:
    desk.takes(HEAD + "みどり\t\t佐藤\ta@vendor.example\t03-1\t一")
    (row,) = desk.sees(HEAD + "みどり\t\t\ta@vendor.example\t03-2\t")
    assert (row.verdict, [(change.key, change.before, change.after) for change in row.changes]) == (
        Verdict.CHANGED,
        [("phone", "03-1", "03-2")],
    )
    desk.takes(HEAD + "みどり\t\t\ta@vendor.example\t03-2\t")
    assert [(vendor.phone, vendor.note) for vendor in companies(session, clinic)] == [("03-2", "一")]
    changed = list_events(session, clinic_id=clinic.id, verb="vendor.changed")
    assert [event.details for event in changed] == [{"fields": ["phone"]}]


def test_a_contact_that_had_no_address_gets_it_and_another_address_is_another_contact(
    session: Session, clinic: Clinic, desk: Desk
) -> None:
    desk.takes("会社名\t担当者\t直通\nみどり\t佐藤\t03-1")
    desk.takes("会社名\t担当者\tメール\nみどり\t佐藤\ta@vendor.example")
    assert [(one.name, one.email, one.phone) for one in people(session, clinic)] == [
        ("佐藤", "a@vendor.example", "03-1")
    ]
    desk.takes("会社名\t担当者\tメール\nみどり\t佐藤\tb@vendor.example")
    assert [one.email for one in people(session, clinic)] == ["a@vendor.example", "b@vendor.example"]
    assert [one.is_main for one in people(session, clinic)] == [True, False]


def test_what_is_wrong_is_told_by_row_and_column_and_the_other_rows_are_taken(
    session: Session, clinic: Clinic, desk: Desk
) -> None:
    table = HEAD + (
        "\t\t佐藤\ta@vendor.example\t\t\n"
        "みどり\t123\t佐藤\tnot an address\t\t\n"
        f"あおい\t\t鈴木\t\t\t\n{'長' * 201}\t\t\t\t\t\n"
        "もも\t\t\td@vendor.example\t\t\n"
    )
    rows = desk.sees(table)
    assert [row.number for row in rows] == [2, 3, 4, 5, 6]
    assert verdicts(rows) == ["refused"] * 4 + ["new"]
    assert [[column for column, _sentence in reasons(row)] for row in rows] == [
        ["会社名"], ["法人番号", "担当者のメールアドレス"], ["担当者のメールアドレス"], ["会社名"], [],
    ]  # fmt: skip
    desk.takes(table)
    assert [vendor.name for vendor in companies(session, clinic)] == ["もも"]


def test_rows_of_one_company_that_contradict_each_other_are_not_guessed_at(
    session: Session, clinic: Clinic, desk: Desk
) -> None:
    first, second, third = desk.sees(
        HEAD
        + "みどり\t\t佐藤\ta@vendor.example\t03-1\t\nみどり\t\t鈴木\tb@vendor.example\t03-2\t\n"
        + "みどり\t\t鈴木\tb@vendor.example\t\t二"
    )
    assert verdicts([first, second, third]) == ["new", "refused", "new"]
    assert "2行目" in reasons(second)[0][1]


def test_archived_vendors_stay_put_away(session: Session, clinic: Clinic, desk: Desk) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="みどり")
    vendors.archive_vendor(session, vendor=vendor)
    (row,) = desk.sees(HEAD + "みどり\t\t\ta@vendor.example\t\t")
    assert verdicts([row]) == ["refused"]


def test_the_example_of_the_template_is_never_taken(session: Session, clinic: Clinic, desk: Desk) -> None:
    rows = desk.sees(HEAD + "（例）みどり\t\t\t\t\t\n(Example) Midori\t\t\t\t\t\nあおい\t\t\t\t\t")
    assert verdicts(rows) == ["example", "example", "new"]


def test_naughty_strings_are_entered_as_they_are(session: Session, clinic: Clinic, desk: Desk) -> None:
    grid = [["会社名", "メモ"], *([text, text] for text in NAUGHTY)]
    assert desk.takes(grid) == [Verdict.NEW] * len(NAUGHTY)
    assert sorted((vendor.name, vendor.note) for vendor in companies(session, clinic)) == sorted(
        (text, text) for text in NAUGHTY
    )
    assert desk.takes(grid) == [Verdict.UNCHANGED] * len(NAUGHTY)


def test_an_entered_vendor_is_as_good_as_one_entered_by_hand(session: Session, clinic: Clinic, desk: Desk) -> None:
    desk.takes(HEAD + "みどり\t\t佐藤\ta@vendor.example\t\t")
    (line,) = list_vendors(session, clinic_id=clinic.id, fiscal_year=2026)
    assert line.contact is not None
    assert line.contact.email == "a@vendor.example"
    vendor = vendors.get_vendor(session, clinic_id=clinic.id, vendor_id=line.id)
    added = contacts.add_contact(session, vendor=vendor, name="鈴木", email="b@vendor.example")
    assert not added.is_main


def test_another_clinic_s_vendors_are_no_match(session: Session, clinic: Clinic, desk: Desk) -> None:
    other = factories.make_clinic(session)
    vendors.add_vendor(session, clinic_id=other.id, name="みどり", corporate_number=NUMBER)
    (row,) = desk.sees(HEAD + f"みどり\t{NUMBER}\t\t\t\t")
    assert verdicts([row]) == ["new"]
