"""Asking: many at once or nobody, nobody twice, never beyond the day's number."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from models import Clinic, Contact, Invitation, Mail, Member, Submission, System, Vendor
from services import asking, candidates, clock, due_dates, editions, outcomes, submissions
from services.asking import Ask, Delivery, Outcome, Wishes
from services.refusals import CapReached, NotFound
from services.submission_refusals import DueDatePassed, NotChangeable
from settings import get_settings
from tests import factories

DUE = clock.today() + timedelta(days=30)
WISHES = Wishes(edition_id="r7", fiscal_year=2026, due_on=DUE, messages={"ja": "よろしく", "en": "Please"})


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


@pytest.fixture
def member(session: Session, clinic: Clinic) -> Member:
    return factories.make_member(session, clinic)


def add(session: Session, clinic: Clinic, *, systems: int = 1) -> tuple[Vendor, Contact, list[System]]:
    vendor, contact = factories.make_vendor(session, clinic)
    return vendor, contact, [factories.make_system(session, clinic, vendor) for _ in range(systems)]


def ask_of(vendor: Vendor, contact: Contact, systems: list[System], **changes: object) -> Ask:
    values: dict[str, object] = {
        "vendor_id": vendor.id,
        "system_ids": tuple(system.id for system in systems),
        "delivery": Delivery.MAIL,
        "email": contact.email,
        "name": contact.name,
    }
    return Ask(**(values | changes))  # type: ignore[arg-type]


def send(session: Session, clinic: Clinic, member: Member, *asks: Ask, wishes: Wishes = WISHES) -> Outcome:
    return asking.send_requests(session, clinic=clinic, member_id=member.id, wishes=wishes, asks=asks)


def stored(session: Session, clinic: Clinic) -> list[Submission]:
    statement = select(Submission).where(Submission.clinic_id == clinic.id).order_by(col(Submission.created_at))
    return list(session.exec(statement))


def mails(session: Session) -> list[Mail]:
    return list(session.exec(select(Mail).where(Mail.kind == "invitation")))


def test_each_vendor_gets_its_own_request_in_its_own_language(session: Session, clinic: Clinic, member: Member) -> None:
    green, blue = add(session, clinic, systems=2), add(session, clinic)
    blue[1].language = "en"
    session.add(blue[1])
    outcome = send(session, clinic, member, ask_of(*green), ask_of(*blue))
    assert (outcome.mailed, outcome.vendors, outcome.skipped) == (2, {green[0].id, blue[0].id}, [])
    first, second = stored(session, clinic)
    assert (first.language, first.message, second.language, second.message) == ("ja", "よろしく", "en", "Please")
    assert submissions.list_covered_systems(session, submission=first) == sorted(green[2], key=lambda one: one.name)
    assert {mail.recipient for mail in mails(session)} == {green[1].email, blue[1].email}
    assert first.sent_at is not None


def test_one_request_per_system_where_that_is_wanted(session: Session, clinic: Clinic, member: Member) -> None:
    vendor, contact, systems = add(session, clinic, systems=3)
    wishes = Wishes("r7", 2026, DUE, {}, is_per_system=True)
    outcome = send(session, clinic, member, ask_of(vendor, contact, systems[:2]), wishes=wishes)
    assert outcome.mailed == 2
    covered = [
        [system.id for system in submissions.list_covered_systems(session, submission=submission)]
        for submission in stored(session, clinic)
    ]
    assert sorted(covered) == sorted([[system.id] for system in systems[:2]])


def test_the_question_is_copied_from_the_edition_and_names_the_year_asked_for(
    session: Session, clinic: Clinic, member: Member
) -> None:
    send(session, clinic, member, ask_of(*add(session, clinic)))
    [submission] = stored(session, clinic)
    assert (submission.fiscal_year, submission.asked["fiscal_year"]) == (2026, 2025)
    assert submission.item_count == editions.get_edition("r7").vendor_form.item_count


def test_a_copied_link_comes_back_with_its_code_and_no_mail_leaves(
    session: Session, clinic: Clinic, member: Member
) -> None:
    outcome = send(session, clinic, member, ask_of(*add(session, clinic), delivery=Delivery.LINK, email=""))
    [link] = outcome.links
    assert "/i/" in link.copied.link
    assert len(link.copied.code) == 6
    assert mails(session) == []


def test_what_is_only_prepared_is_not_sent(session: Session, clinic: Clinic, member: Member) -> None:
    outcome = send(session, clinic, member, ask_of(*add(session, clinic), delivery=Delivery.LATER))
    assert (outcome.prepared, outcome.mailed) == (1, 0)
    assert stored(session, clinic)[0].sent_at is None


def test_a_vendor_asked_before_this_year_is_skipped_unless_that_is_meant(
    session: Session, clinic: Clinic, member: Member
) -> None:
    green = add(session, clinic)
    send(session, clinic, member, ask_of(*green))
    [first] = stored(session, clinic)
    again = send(session, clinic, member, ask_of(*green))
    assert (again.mailed, again.skipped) == (0, [green[0].name])
    meant = ask_of(*green, again_after=first.id)
    assert send(session, clinic, member, meant).mailed == 1
    assert send(session, clinic, member, meant).mailed == 0, "the same press a second time"
    assert len(stored(session, clinic)) == 2


def test_a_new_system_a_new_year_or_an_ended_request_makes_it_a_new_question(
    session: Session, clinic: Clinic, member: Member
) -> None:
    vendor, contact, systems = add(session, clinic)
    send(session, clinic, member, ask_of(vendor, contact, systems))
    more = [*systems, factories.make_system(session, clinic, vendor)]
    assert send(session, clinic, member, ask_of(vendor, contact, more)).mailed == 1
    next_year = Wishes("r7", 2027, DUE, {})
    assert send(session, clinic, member, ask_of(vendor, contact, systems), wishes=next_year).mailed == 1
    other = add(session, clinic)
    send(session, clinic, member, ask_of(*other))
    outcomes.decline_submission(session, submission=stored(session, clinic)[-1], reason="契約外", person="x")
    assert send(session, clinic, member, ask_of(*other)).mailed == 1


def test_nobody_is_asked_where_one_of_them_cannot_be(session: Session, clinic: Clinic, member: Member) -> None:
    good, elsewhere = add(session, clinic), factories.make_clinic(session)
    foreign = add(session, elsewhere)
    archived = add(session, clinic)
    archived[0].archived_at = clock.now()
    session.add(archived[0])
    session.flush()
    for bad in (
        ask_of(*foreign),
        ask_of(*archived),
        ask_of(*good, vendor_id=uuid4()),
        ask_of(good[0], good[1], foreign[2]),
    ):
        with pytest.raises(NotFound):
            send(session, clinic, member, ask_of(*good), bad)
    assert stored(session, clinic) == []
    assert session.exec(select(Invitation)).all() == []


@pytest.mark.parametrize("days", [0, -1])
def test_a_due_date_leaves_time(session: Session, clinic: Clinic, member: Member, days: int) -> None:
    wishes = Wishes("r7", 2026, clock.today() + timedelta(days=days), {})
    with pytest.raises(DueDatePassed):
        send(session, clinic, member, ask_of(*add(session, clinic)), wishes=wishes)


def test_beyond_the_days_number_nobody_is_asked(
    session: Session, clinic: Clinic, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_CLINIC_INVITATIONS_PER_DAY", "2")
    get_settings.cache_clear()
    asks = [ask_of(*add(session, clinic)) for _ in range(3)]
    with pytest.raises(CapReached):
        send(session, clinic, member, *asks)
    assert stored(session, clinic) == []
    assert send(session, clinic, member, *asks[:2]).mailed == 2
    linked = ask_of(*add(session, clinic), delivery=Delivery.LINK)
    assert len(send(session, clinic, member, linked).links) == 1, "handing over a link is not limited"


def test_one_by_one_a_member_has_its_own_number(
    session: Session, clinic: Clinic, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_MEMBER_INVITATIONS_PER_DAY", "1")
    get_settings.cache_clear()
    send(session, clinic, member, ask_of(*add(session, clinic)))
    with pytest.raises(CapReached):
        send(session, clinic, member, ask_of(*add(session, clinic)))
    bulk = [ask_of(*add(session, clinic)) for _ in range(2)]
    assert send(session, clinic, member, *bulk).mailed == 2, "what was looked over on the list counts for the clinic"


def test_the_plan_tells_beforehand_who_is_written_to(session: Session, clinic: Clinic, member: Member) -> None:
    green, blue = add(session, clinic), add(session, clinic)
    send(session, clinic, member, ask_of(*green))
    units = asking.plan_requests(session, clinic_id=clinic.id, wishes=WISHES, asks=[ask_of(*green), ask_of(*blue)])
    assert [(unit.is_skipped, unit.is_mailed) for unit in units] == [(True, False), (False, True)]


def test_the_preview_is_the_mail_in_the_readers_language_and_stores_nothing(session: Session, clinic: Clinic) -> None:
    vendor, contact, _ = add(session, clinic)
    contact.language = "en"
    session.add(contact)
    session.flush()
    [candidate] = candidates.list_candidates(session, clinic_id=clinic.id, fiscal_year=2026)
    letter = asking.preview_letter(
        session, clinic, wishes=WISHES, candidate=candidate, name="Vera", systems=["KarteNova"]
    )
    for words in ("Dear Vera", "KarteNova", "Please", "FY2025 edition"):
        assert words in letter.text
    assert vendor.name in letter.text
    assert stored(session, clinic) == []


def test_candidates_come_with_systems_contact_and_what_was_asked(
    session: Session, clinic: Clinic, member: Member
) -> None:
    vendor, contact, systems = add(session, clinic, systems=2)
    gone = factories.make_system(session, clinic, vendor)
    gone.archived_at = clock.now()
    session.add(gone)
    send(session, clinic, member, ask_of(vendor, contact, systems[:1]))
    [candidate] = candidates.list_candidates(session, clinic_id=clinic.id, fiscal_year=2026)
    assert {system_id for system_id, _ in candidate.systems} == {system.id for system in systems}
    assert (candidate.email, candidate.is_asked) == (contact.email, False)
    assert candidate.is_asked_for([systems[0].id])
    assert not candidate.is_asked_for([systems[1].id])
    assert candidates.list_candidates(session, clinic_id=clinic.id, fiscal_year=2026, search="どこにもない") == []
    assert candidates.list_candidates(session, clinic_id=clinic.id, fiscal_year=2026, vendor_ids=[]) == []
    nobody: UUID = factories.make_clinic(session).id
    assert candidates.list_candidates(session, clinic_id=nobody, fiscal_year=2026) == []


@pytest.mark.parametrize(
    ("year", "today", "expected"),
    [
        (2026, date(2026, 11, 23), date(2026, 12, 23)),
        (2026, date(2026, 11, 26), date(2026, 12, 28)),
        (2026, date(2026, 12, 1), date(2027, 1, 4)),
        (2026, date(2027, 3, 15), date(2027, 3, 31)),
        (2026, date(2027, 3, 28), date(2027, 4, 27)),
    ],
)
def test_the_proposed_due_date_is_a_working_day_within_the_year(year: int, today: date, expected: date) -> None:
    assert due_dates.propose_due_date(year, today) == expected


def test_time_to_correct_is_what_is_left_or_two_weeks(session: Session, clinic: Clinic, member: Member) -> None:
    send(session, clinic, member, ask_of(*add(session, clinic)))
    [submission] = stored(session, clinic)
    submission.due_on = date(2026, 12, 10)
    assert due_dates.propose_after_return(submission, date(2026, 12, 3)) == date(2026, 12, 10)
    assert due_dates.propose_after_return(submission, date(2026, 12, 4)) == date(2026, 12, 18)


def test_more_time_is_given_only_while_it_matters(session: Session, clinic: Clinic, member: Member) -> None:
    send(session, clinic, member, ask_of(*add(session, clinic)))
    [submission] = stored(session, clinic)
    with pytest.raises(DueDatePassed):
        due_dates.give_time(session, submission=submission, due_on=clock.today())
    due_dates.give_time(session, submission=submission, due_on=DUE + timedelta(days=7))
    assert submission.due_on == DUE + timedelta(days=7)
    submissions.withdraw_submission(session, submission=submission)
    with pytest.raises(NotChangeable):
        due_dates.give_time(session, submission=submission, due_on=DUE)
