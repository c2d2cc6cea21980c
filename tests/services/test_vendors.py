"""Vendors are kept, found, listed with what belongs to them, and forgotten only without a history."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from models import Clinic, Member
from services import clock, contacts, vendors
from services.history import list_events
from services.refusals import ArchivedNameTaken, NameTaken, NotFound, StillInUse
from services.vendors import VENDOR_SORTS, normal_corporate_number
from tests import factories


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


@pytest.fixture
def member(session: Session, clinic: Clinic) -> Member:
    return factories.make_member(session, clinic)


def names(session: Session, clinic: Clinic, **chosen: object) -> list[str]:
    lines = vendors.list_vendors(session, clinic_id=clinic.id, fiscal_year=2026, **chosen)  # type: ignore[arg-type]
    return [line.name for line in lines]


def test_a_vendor_is_listed_with_systems_main_contact_and_stage(
    session: Session, clinic: Clinic, member: Member
) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="みどり電子カルテ", fax="03-1111-1111")
    contacts.add_contact(session, vendor=vendor, name="窓口", email="support@vendor.example")
    contacts.add_contact(session, vendor=vendor, name="営業", phone="03-0000-0000")
    system = factories.make_system(session, clinic, vendor, name="KarteNova")
    old = factories.make_system(session, clinic, vendor, name="旧カルテ")
    old.archived_at = clock.now()
    factories.make_submission(session, clinic, vendor, [system], created_by=member.id, fiscal_year=2025)
    asked = factories.make_submission(session, clinic, vendor, [system], created_by=member.id)
    session.flush()
    (line,) = vendors.list_vendors(session, clinic_id=clinic.id, fiscal_year=2026)
    assert (line.name, line.fax, line.systems) == ("みどり電子カルテ", "03-1111-1111", ("KarteNova",))
    assert line.contact == ("窓口", "", "support@vendor.example", "")
    assert line.submission is not None
    assert (line.submission.id, line.submission.standing) == (asked.id, "draft")


def test_the_vendors_turn_past_its_day_is_overdue(session: Session, clinic: Clinic, member: Member) -> None:
    vendor, _ = factories.make_vendor(session, clinic)
    asked = factories.make_submission(
        session, clinic, vendor, created_by=member.id, due_on=clock.today() - timedelta(days=1)
    )
    (line,) = vendors.list_vendors(session, clinic_id=clinic.id, fiscal_year=2026)
    assert line.submission is not None
    assert line.submission.standing == "overdue"
    asked.submitted_at = clock.now()
    session.flush()
    (line,) = vendors.list_vendors(session, clinic_id=clinic.id, fiscal_year=2026)
    assert line.submission is not None
    assert line.submission.standing == "submitted"


def test_vendors_stand_in_the_order_of_their_kana(session: Session, clinic: Clinic) -> None:
    for name, kana in (("緑", "ミドリ"), ("青葉", "あおば"), ("サクラ", ""), ("北斗", "ﾎｸﾄ")):
        vendors.add_vendor(session, clinic_id=clinic.id, name=name, name_kana=kana)
    assert names(session, clinic) == ["青葉", "サクラ", "北斗", "緑"]
    assert names(session, clinic, sort="-name") == ["緑", "北斗", "サクラ", "青葉"]
    for sort in VENDOR_SORTS:
        assert sorted(names(session, clinic, sort=f"-{sort}")) == sorted(names(session, clinic))


@pytest.mark.parametrize("typed", ["ﾐﾄﾞﾘ", "みどり", "ＭＩＤＯＲＩ", "karte", "佐藤", "SATO@", "5835678256246"])
def test_a_vendor_is_found_by_whatever_is_known_of_it(session: Session, clinic: Clinic, typed: str) -> None:
    vendor = vendors.add_vendor(
        session, clinic_id=clinic.id, name="Midori", name_kana="ミドリ", corporate_number="5835678256246"
    )
    contacts.add_contact(session, vendor=vendor, name="佐藤", email="sato@vendor.example")
    factories.make_system(session, clinic, vendor, name="KarteNova")
    vendors.add_vendor(session, clinic_id=clinic.id, name="青葉")
    assert names(session, clinic, search=typed) == ["Midori"]


def test_a_name_occurs_once_in_a_clinic(session: Session, clinic: Clinic) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="青葉")
    other = vendors.add_vendor(session, clinic_id=clinic.id, name="緑", phone="1")
    with pytest.raises(NameTaken):
        vendors.add_vendor(session, clinic_id=clinic.id, name="青葉")
    with pytest.raises(NameTaken):
        vendors.change_vendor(session, vendor=other, name="青葉", phone="2")
    assert (other.name, other.phone) == ("緑", "1")
    vendors.archive_vendor(session, vendor=vendor)
    with pytest.raises(ArchivedNameTaken):
        vendors.add_vendor(session, clinic_id=clinic.id, name="青葉")
    vendors.add_vendor(session, clinic_id=factories.make_clinic(session).id, name="青葉")


def test_a_change_is_logged_by_the_names_of_its_fields(session: Session, clinic: Clinic) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="青葉")
    vendors.change_vendor(session, vendor=vendor, name="青葉", phone="03-0000-0000", note="内線12")
    event = list_events(session, clinic_id=clinic.id)[0]
    assert (event.verb, event.details) == ("vendor.changed", {"fields": ["note", "phone"]})
    vendors.change_vendor(session, vendor=vendor, phone="03-0000-0000")
    assert list_events(session, clinic_id=clinic.id)[0].id == event.id


def test_an_archived_vendor_is_offered_no_more(session: Session, clinic: Clinic) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="青葉")
    vendors.archive_vendor(session, vendor=vendor)
    assert names(session, clinic) == []
    assert names(session, clinic, is_archived=True) == ["青葉"]
    assert vendors.list_vendor_choices(session, clinic_id=clinic.id) == []
    assert vendors.list_vendor_choices(session, clinic_id=clinic.id, including=vendor.id) == [(vendor.id, "青葉")]
    vendors.restore_vendor(session, vendor=vendor)
    assert names(session, clinic) == ["青葉"]
    assert vendors.count_vendors(session, clinic_id=clinic.id) == (1, 0)


def test_only_a_vendor_without_history_is_deleted(session: Session, clinic: Clinic, member: Member) -> None:
    mistyped, _ = factories.make_vendor(session, clinic)
    asked, _ = factories.make_vendor(session, clinic)
    supplying, _ = factories.make_vendor(session, clinic)
    factories.make_submission(session, clinic, asked, created_by=member.id)
    factories.make_system(session, clinic, supplying)
    vendors.delete_vendor(session, vendor=mistyped)
    for vendor in (asked, supplying):
        with pytest.raises(StillInUse):
            vendors.delete_vendor(session, vendor=vendor)
    assert set(names(session, clinic)) == {asked.name, supplying.name}


@pytest.mark.parametrize(
    "typed", ["5835678256246", "５８３５６７８２５６２４６", " 5-8356-7825-6246 ", "5835 6782 56246"]
)
def test_a_corporate_number_is_tidied(typed: str) -> None:
    assert normal_corporate_number(typed) == "5835678256246"


@pytest.mark.parametrize(
    "typed", ["", "583567825624", "58356782562466", "583567825624a", "5835678256247", "٥835678256246"]
)
def test_a_number_that_cannot_be_right_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="corporate number"):
        normal_corporate_number(typed)


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(1, 12), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(base: str, place: int, step: int) -> None:
    total = sum(int(digit) * (2 if number % 2 == 0 else 1) for number, digit in enumerate(reversed(base), 1))
    number = f"{9 - total % 9}{base}"
    assert normal_corporate_number(number) == number
    changed = (int(number[place]) + step) % 10
    weight = 2 if (13 - place) % 2 == 0 else 1
    if (changed - int(number[place])) * weight % 9:
        with pytest.raises(ValueError, match="corporate number"):
            normal_corporate_number(number[:place] + str(changed) + number[place + 1 :])


def test_another_clinics_vendor_is_not_found(session: Session, clinic: Clinic) -> None:
    vendor, _ = factories.make_vendor(session, clinic)
    other = factories.make_clinic(session)
    for vendor_id in (vendor.id, uuid4()):
        with pytest.raises(NotFound):
            vendors.get_vendor(session, clinic_id=other.id, vendor_id=vendor_id)
    assert vendors.list_vendors(session, clinic_id=other.id, fiscal_year=date(2026, 4, 1).year) == []
    assert vendors.list_vendor_choices(session, clinic_id=other.id, including=vendor.id) == []
