"""The sample data set: a story told by the product's own services with the clock set back."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from api.demo.data import CLINICS, SampleClinic, SampleVendor
from api.demo.steps import (
    PASSWORD,
    Stand,
    accept,
    act_as_owner,
    add_person,
    add_vendor,
    ask,
    begin_own_form,
    come_in,
    hand_in,
    hand_out_link,
    invite,
    send_back,
    upload_documents,
    write_answers,
)
from models import (
    Mail,
    Member,
    Role,
    Stage,
    System,
    Vendor,
)
from models.database import connect_database
from services import (
    clinics,
    clock,
    submissions,
    submitting,
)
from services.fiscal_years import fiscal_year_of
from settings import Settings


def prepare_demo(settings: Settings) -> list[str]:
    """Fill an empty database with the sample data; return the lines to print."""
    database = connect_database(settings.database)
    try:
        with database.open_writer() as session:
            if session.exec(select(Member)).first() is None:
                links = [line for sample in CLINICS for line in tell_clinic(session, settings, sample)]
                mark_mails_delivered(session)
                session.commit()
            else:
                links = ["The sample data is already there."]
    finally:
        database.dispose()
    people = [f"  {sample.owner[1]:<22} {sample.name}" for sample in CLINICS]
    return ["Sample data. Sign in with one of these addresses and the password " + PASSWORD + ":", *people, *links]


def mark_mails_delivered(session: Session) -> None:
    """The mails of the story were accepted by a mail server long ago, so their text is gone."""
    session.flush()
    session.execute(
        sa.update(Mail).values(delivered_at=col(Mail.created_at), next_try_at=None, tries=1, text="", html="")
    )


def days_ago(days: int, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of a working day in Japan, some days before today."""
    day = datetime.now(clock.JAPAN).date() - timedelta(days=days)
    return datetime.combine(day, time(hour, minute), tzinfo=clock.JAPAN).astimezone(UTC)


Story = Iterator[datetime | str]
"""What happens to one vendor: each step waits for its moment; a text is a line for the terminal."""


def tell_in_order(stories: Iterable[Story]) -> list[str]:
    """Let all stories happen side by side, each step at its moment, so that the log reads like a year of work."""
    lines: list[str] = []
    waiting: list[tuple[datetime, int, Story]] = []

    def go_on(number: int, story: Story) -> None:
        for step in story:
            if isinstance(step, datetime):
                heapq.heappush(waiting, (step, number, story))
                return
            lines.append(step)

    for number, story in enumerate(stories):
        go_on(number, story)
    while waiting:
        moment, number, story = heapq.heappop(waiting)
        with clock.standing_at(moment + timedelta(seconds=37 * number)):
            go_on(number, story)
    return lines


def tell_clinic(session: Session, settings: Settings, sample: SampleClinic) -> list[str]:
    """One institution: its people, its ledger, last year, this year, its own form."""
    with clock.standing_at(days_ago(430)):
        clinic = clinics.create_clinic(
            session, name=sample.name, kind=sample.kind, phone=sample.phone, contact_name=sample.contact
        )
        clinics.change_clinic(session, clinic=clinic, address=sample.address, contact_hours="平日 9:00–17:00")
        owner = add_person(session, clinic, *sample.owner, Role.OWNER)
        for name, email, role in sample.others:
            add_person(session, clinic, name, email, Role(role))
        if sample is CLINICS[0]:
            owner.is_operator = True
            session.add(owner)
    stand = Stand(session, settings, clinic, owner)
    stories = [tell_vendor(stand, company) for company in sample.vendors]
    if sample is CLINICS[0]:
        stories.append(tell_own_assessment(stand))
    return tell_in_order(stories)


def tell_vendor(stand: Stand, company: SampleVendor) -> Story:
    """One company: entered in the ledger, asked last year where it was, asked this year."""
    yield days_ago(425)
    act_as_owner(stand)
    vendor, owned = add_vendor(stand, company)
    if company.last_year:
        yield from tell_last_year(stand, company, vendor, owned)
    yield from tell_this_year(stand, company, vendor, owned)


def tell_last_year(stand: Stand, company: SampleVendor, vendor: Vendor, owned: list[System]) -> Story:
    """Last fiscal year's request, answered and accepted."""
    yield days_ago(395)
    submission = ask(stand, vendor, owned, fiscal_year_of(clock.today()), clock.today() + timedelta(days=45))
    invite(stand, submission, company)
    yield days_ago(380, 14)
    viewer = come_in(stand, submission, company)
    write_answers(stand, submission, company, no=company.last_year_no, conditional=())
    hand_in(stand, viewer, company)
    yield days_ago(375, 9)
    accept(stand, submission)


def tell_this_year(stand: Stand, company: SampleVendor, vendor: Vendor, owned: list[System]) -> Story:
    """This year's request, up to the stage of its story."""
    story = Stage(company.story)
    yield days_ago(30)
    due_on = clock.today() + timedelta(days=30 + company.days_left)
    submission = ask(stand, vendor, owned, fiscal_year_of(clock.today()), due_on)
    if story is Stage.DRAFT:
        return
    invite(stand, submission, company)
    if story is Stage.INVITED:
        return
    if story is Stage.WITHDRAWN:
        yield days_ago(20)
        act_as_owner(stand)
        submissions.withdraw_submission(stand.session, submission=submission)
        return
    yield days_ago(12, 13, 20)
    viewer = come_in(stand, submission, company)
    if story is Stage.DECLINED:
        submitting.decline(stand.session, viewer=viewer, reason="保守契約に含まれない作業のため、お答えできません。")
    if story in {Stage.DECLINED, Stage.OPENED}:
        return
    limit = 8 if story is Stage.IN_PROGRESS else None
    write_answers(stand, submission, company, no=company.no, conditional=company.conditional, limit=limit)
    upload_documents(stand, submission, company)
    if story is Stage.IN_PROGRESS:
        yield days_ago(1, 9, 30)
        yield hand_out_link(stand, submission, company)
        return
    yield days_ago(8, 16, 5)
    hand_in(stand, viewer, company)
    yield days_ago(5, 11)
    if story is Stage.ACCEPTED:
        accept(stand, submission)
    elif story is Stage.RETURNED:
        send_back(stand, submission)


def tell_own_assessment(stand: Stand) -> Story:
    """The clinic has begun its own form."""
    yield days_ago(3, 15)
    act_as_owner(stand)
    begin_own_form(stand)
