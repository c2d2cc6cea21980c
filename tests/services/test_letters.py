"""Claims about letters: made by a job as one PDF in address order, with codes nobody else knows, gone after a day."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col, select

from models import Channel, Clinic, Invitation, LetterBatch, Member, Stage, Submission
from models.database import Database
from services import clock, letter_making, letters, storage
from services.jobs import prepare_jobs
from services.letter_making import make_letters
from services.letter_numbers import LENGTH, SIGNS, format_number, new_number, read_number
from services.letters import WantedLetter, order_letters
from services.refusals import NotFound
from services.reports.letter import render_letters
from services.reports.typesetting import PaperNotMade
from services.submission_refusals import NotWaiting, TooManyLetters
from services.upkeep import keep_up
from settings import Settings
from tests import factories

NUMBER = re.compile(rf"[{SIGNS}]{{4}}-[{SIGNS}]{{4}}-[{SIGNS}]{{4}}")


@pytest.fixture
def member(database: Database, clinic: Clinic) -> Member:
    """Who orders letters; with the tables of the queue."""
    prepare_jobs(database)
    with database.open_writer() as session:
        made = factories.make_member(session, clinic)
        session.commit()
    return made


def ask(database: Database, clinic: Clinic, member: Member, **address: str) -> Submission:
    """A prepared request to a vendor with this address."""
    with database.open_writer() as session:
        vendor, _contact = factories.make_vendor(session, clinic, name=address.pop("name", ""))
        for name, value in address.items():
            setattr(vendor, name, value)
        session.add(vendor)
        submission = factories.make_submission(session, clinic, vendor, created_by=member.id)
        session.commit()
    return submission


def order(database: Database, clinic: Clinic, member: Member, *asked: Submission) -> LetterBatch:
    """Order letters and make them, as the job does."""
    with database.open_writer() as session:
        wanted = [WantedLetter(one.id, message="よろしくお願いします。") for one in asked]
        batch = order_letters(session, clinic=clinic, member_id=member.id, wanted=wanted)
        session.commit()
    make_letters(database, str(batch.id))
    return found(database, batch.id)


def found(database: Database, batch_id: UUID) -> LetterBatch:
    with database.open_reader() as session:
        return session.get_one(LetterBatch, batch_id)


def first_pages(batch: LetterBatch) -> list[str]:
    document = pypdfium2.PdfDocument(b"".join(letters.open_letters(batch)))
    pages = [page.get_textpage().get_text_range() for page in document]
    return [text for text in pages if NUMBER.search(text)]


def test_letters_lie_in_the_order_of_their_postal_codes(database: Database, clinic: Clinic, member: Member) -> None:
    places = {"900-0001": "沖縄", "060-0001": "札幌", "": "住所なし", "100-0001": "東京"}
    asked = [
        ask(database, clinic, member, name=f"{place}社", postal_code=code, address=place if code else "")
        for code, place in places.items()
    ]
    batch = order(database, clinic, member, *asked)
    pages = first_pages(batch)
    names = [next(place for place in places.values() if f"{place}社" in page) for page in pages]
    assert names == ["札幌", "東京", "沖縄", "住所なし"]
    with database.open_reader() as session:
        assert [one.vendor_name[:2] for one in letters.list_ordered(session, batch=batch)] == [n[:2] for n in names]


def test_a_made_letter_counts_as_sent_and_lives_long_enough_for_the_post(
    database: Database, clinic: Clinic, member: Member
) -> None:
    asked = ask(database, clinic, member)
    order(database, clinic, member, asked)
    with database.open_reader() as session:
        submission = session.get_one(Submission, asked.id)
        invitation = session.exec(select(Invitation)).one()
    assert submission.stage is Stage.INVITED
    assert invitation.channel is Channel.LETTER
    assert timedelta(days=14) <= invitation.expires_at - clock.now() <= timedelta(days=60)


def test_until_the_letter_is_made_the_request_is_not_sent(database: Database, clinic: Clinic, member: Member) -> None:
    asked = ask(database, clinic, member)
    with database.open_writer() as session:
        order_letters(session, clinic=clinic, member_id=member.id, wanted=[WantedLetter(asked.id)])
        session.commit()
    with database.open_reader() as session:
        assert session.get_one(Submission, asked.id).stage is Stage.DRAFT
        assert session.exec(select(Invitation)).all() == []


def test_nothing_that_opens_a_form_is_kept_in_the_database(
    database: Database, clinic: Clinic, member: Member, settings: Settings
) -> None:
    batch = order(database, clinic, member, ask(database, clinic, member))
    number = NUMBER.search(first_pages(batch)[0])
    assert number
    plain = number.group().replace("-", "")
    with database.reader.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')):  # noqa: S608
                assert plain not in repr(tuple(row)), table
                assert number.group() not in repr(tuple(row)), table


def test_a_new_letter_stops_the_one_before(database: Database, clinic: Clinic, member: Member) -> None:
    asked = ask(database, clinic, member)
    order(database, clinic, member, asked)
    batch = order(database, clinic, member, asked)
    with database.open_reader() as session:
        former, present = session.exec(select(Invitation).order_by(col(Invitation.created_at))).all()
    assert former.replaced_at is not None
    assert present.replaced_at is None
    assert present.is_reminder
    assert "【再送】" in first_pages(batch)[0]


def test_a_job_that_runs_twice_makes_letters_once(database: Database, clinic: Clinic, member: Member) -> None:
    batch = order(database, clinic, member, ask(database, clinic, member))
    make_letters(database, str(batch.id))
    assert found(database, batch.id).sha256 == batch.sha256
    with database.open_reader() as session:
        assert len(session.exec(select(Invitation)).all()) == 1


def test_many_letters_are_made_in_portions_that_can_be_watched(
    database: Database, clinic: Clinic, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_making, "PORTION", 2)
    asked = [ask(database, clinic, member, postal_code=f"100-000{number}") for number in range(3)]
    seen = []

    def watched(*args: Any, **kwargs: Any) -> bytes:
        seen.append(found(database, batch_id).done_count)
        return render(*args, **kwargs)

    render = render_letters
    monkeypatch.setattr(letter_making, "render_letters", watched)
    with database.open_writer() as session:
        wanted = [WantedLetter(one.id) for one in asked]
        batch_id = order_letters(session, clinic=clinic, member_id=member.id, wanted=wanted).id
        session.commit()
    make_letters(database, str(batch_id))
    assert seen == [0, 2]
    assert found(database, batch_id).done_count == 3
    assert len(first_pages(found(database, batch_id))) == 3


def test_where_the_paper_cannot_be_made_nothing_else_has_happened(
    database: Database, clinic: Clinic, member: Member, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def fail(*args: Any, **kwargs: Any) -> bytes:
        raise PaperNotMade("no room")

    monkeypatch.setattr(letter_making, "render_letters", fail)
    batch = order(database, clinic, member, ask(database, clinic, member))
    assert batch.failed_at is not None
    assert not batch.is_here
    with database.open_reader() as session:
        assert session.exec(select(Invitation)).all() == []


def test_who_answered_while_letters_were_set_gets_no_code(
    database: Database, clinic: Clinic, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(database, clinic, member)

    def answered_meanwhile(*args: Any, **kwargs: Any) -> bytes:
        with database.open_writer() as session:
            factories.submit_answers(session, session.get_one(Submission, asked.id))
            session.commit()
        return render(*args, **kwargs)

    render = render_letters
    monkeypatch.setattr(letter_making, "render_letters", answered_meanwhile)
    batch = order(database, clinic, member, asked)
    with database.open_reader() as session:
        assert [one.invitation_id for one in letters.list_ordered(session, batch=batch)] == [None]
        assert session.exec(select(Invitation)).all() == []


def test_the_pdf_goes_when_its_day_is_over(
    database: Database, clinic: Clinic, member: Member, settings: Settings
) -> None:
    batch = order(database, clinic, member, ask(database, clinic, member))
    assert storage.file_path(settings.files_folder, batch.storage_key).stat().st_mode & 0o077 == 0
    keep_up(database)
    assert found(database, batch.id).is_here
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        keep_up(database)
    assert not found(database, batch.id).is_here
    with pytest.raises(storage.FileMissing):
        storage.file_path(settings.files_folder, batch.storage_key)
    with pytest.raises(NotFound):
        letters.check_letters(found(database, batch.id))


def test_letters_whose_job_was_lost_are_made_after_all(database: Database, clinic: Clinic, member: Member) -> None:
    asked = ask(database, clinic, member)
    with database.open_writer() as session:
        order_letters(session, clinic=clinic, member_id=member.id, wanted=[WantedLetter(asked.id)])
        session.commit()
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        letter_making.enqueue_lost_letters(database)
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    with database.reader.connect() as connection:
        names = connection.execute(sa.text(f"SELECT name FROM {table}")).scalars().all()  # noqa: S608
    assert list(names) == ["make_letters", "make_letters"]


def test_letters_are_refused_for_who_has_answered_for_strangers_and_for_too_many(
    database: Database, session: Session, clinic: Clinic, other_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = factories.make_member(session, clinic)
    vendor, _contact = factories.make_vendor(session, clinic)
    submission = factories.make_submission(session, clinic, vendor, created_by=member.id)
    with pytest.raises(NotFound):
        order_letters(session, clinic=other_clinic, member_id=member.id, wanted=[WantedLetter(submission.id)])
    monkeypatch.setattr(letters, "MOST_LETTERS", 0)
    with pytest.raises(TooManyLetters):
        order_letters(session, clinic=clinic, member_id=member.id, wanted=[WantedLetter(submission.id)])
    monkeypatch.undo()
    factories.submit_answers(session, submission)
    with pytest.raises(NotWaiting):
        order_letters(session, clinic=clinic, member_id=member.id, wanted=[WantedLetter(submission.id)])


def test_a_number_is_read_however_it_is_typed() -> None:
    number = new_number()
    assert len(set(SIGNS)) ** LENGTH >= 2**55
    for typed in (number, format_number(number), number.lower(), f" {format_number(number).replace('-', ' ‐ ')} "):
        assert read_number(typed) == number
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
    assert read_number(full_width) == number
    assert read_number("BSZG UQ22 2222") == "8526V9222222"
    for wrong in ("", "7K4M-P9TX-3HW", "7K4M-P9TX-3HWAA", "0000-0000-0000", "'; DROP"):
        assert read_number(wrong) == ""
