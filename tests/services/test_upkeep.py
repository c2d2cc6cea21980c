"""Claims about what the portal does by itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, SQLModel, select
from structlog.testing import capture_logs

from models import AccessCode, Channel, Clinic, Invitation, Mail, MemberSession, Throttle, VendorSession
from models.database import Database
from services import clock, storage
from services.documents import add_document, remove_document
from services.jobs import prepare_jobs
from services.storage import StoredFile
from services.upkeep import forget_spent, keep_up, tidy_up
from settings import Settings, get_settings
from tests import factories

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def prepared(database: Database) -> Database:
    prepare_jobs(database)
    return database


def enqueued(database: Database) -> list[str]:
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    with database.reader.connect() as connection:
        names = sa.text(f"SELECT name FROM {table} ORDER BY created_at")  # noqa: S608
        return list(connection.execute(names).scalars())


def keep_file(settings: Settings, content: bytes) -> StoredFile:
    with storage.receive(settings.files_folder, limit=1000) as incoming:
        incoming.write(content)
        return incoming.keep()


def test_leftovers_of_uploads_are_swept_every_minute(prepared: Database, settings: Settings) -> None:
    incoming = settings.files_folder / "incoming"
    incoming.mkdir(parents=True)
    for name, hours in (("old", 7), ("young", 1)):
        (incoming / name).touch()
        moment = datetime.now(UTC).timestamp() - hours * 3600
        os.utime(incoming / name, (moment, moment))
    keep_up(prepared)
    assert [path.name for path in incoming.iterdir()] == ["young"]


def test_files_that_no_row_speaks_of_go_after_a_month(
    prepared: Database, session: Session, clinic: Clinic, settings: Settings
) -> None:
    kept, taken_back, fresh = (keep_file(settings, f"content {number}".encode()) for number in range(3))
    vendor, _ = factories.make_vendor(session, clinic)
    member = factories.make_member(session, clinic)
    submission = factories.make_submission(session, clinic, vendor, created_by=member.id)
    for stored in (kept, taken_back):
        document = add_document(
            session,
            submission=submission,
            stored=stored,
            file_name="MDS.pdf",
            media_type="application/pdf",
            person="it@vendor.example",
        )
    remove_document(session, submission=submission, document=document)
    session.commit()
    for stored in (kept, taken_back):
        moment = datetime.now(UTC).timestamp() - 31 * 24 * 3600
        os.utime(storage.file_path(settings.files_folder, stored.key), (moment, moment))
    tidy_up(prepared)
    assert storage.file_path(settings.files_folder, kept.key).exists()
    assert storage.file_path(settings.files_folder, fresh.key).exists()
    with pytest.raises(storage.FileMissing):
        storage.file_path(settings.files_folder, taken_back.key)


def test_every_table_that_speaks_of_files_keeps_them_from_being_swept() -> None:
    tables = {table.name for table in SQLModel.metadata.sorted_tables if "storage_key" in table.columns}
    assert tables == {"documents", "exports", "letter_batches", "official_workbooks"}, "see documents.list_kept_keys"


def test_what_belongs_to_a_day_is_done_once_a_day_whenever_the_portal_is_on(
    prepared: Database, data_folder: Path
) -> None:
    with time_machine.travel(NOON, tick=False) as moved:
        keep_up(prepared)
        keep_up(prepared)
        assert enqueued(prepared) == ["tidy_up"]
        moved.shift(timedelta(days=3))
        keep_up(prepared)
    assert enqueued(prepared) == ["tidy_up"] * 2
    assert sorted(path.name for path in (data_folder / "heads").iterdir()) == [
        "2026-11-24.jsonl",
        "2026-11-27.jsonl",
    ]


def test_the_signed_ends_of_the_log_leave_the_house_once_a_day(
    prepared: Database, data_folder: Path, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_HEADS_MAIL_TO", "heads@elsewhere.example")
    get_settings.cache_clear()
    with time_machine.travel(NOON, tick=False):
        keep_up(prepared)
        keep_up(prepared)
    with prepared.open_reader() as reader:
        [mail] = reader.exec(select(Mail))
    assert (mail.kind, mail.recipient, mail.clinic_id) == ("heads", "heads@elsewhere.example", None)
    written = (data_folder / "heads" / "2026-11-24.jsonl").read_text()
    assert str(clinic.id) in written
    assert mail.text.split("----\n")[1] == written, "what was mailed can be compared as it is"
    assert clinic.name not in mail.text


def test_a_part_that_fails_does_not_stop_the_others(prepared: Database, data_folder: Path, settings: Settings) -> None:
    settings.files_folder.mkdir()
    (settings.files_folder / "incoming").write_text("not a folder")
    with capture_logs() as told:
        keep_up(prepared)
    assert (data_folder / "heads").is_dir()
    assert [(entry["event"], entry["part"]) for entry in told] == [("upkeep.failed", "sweep_uploads")]


def test_spent_codes_sessions_and_counts_are_forgotten(session: Session, clinic: Clinic) -> None:
    invitation, member = _invitation(session, clinic)
    moment = clock.now()
    rows: list[tuple[bool, SQLModel]] = []
    for stays, age in ((True, timedelta(hours=1)), (False, timedelta(days=3))):
        rows.append((stays, Throttle(subject=f"t{age}", last_failed_at=moment - age)))
        rows.append((stays, _code(invitation, expires_at=moment - age)))
    for stays, days, ended in ((True, 29, True), (False, 31, True), (False, 31, False)):
        values: dict[str, Any] = {
            "token_hash": os.urandom(32),
            "created_at": moment - timedelta(days=days),
            "last_seen_at": moment - timedelta(days=days),
            "ended_at": moment - timedelta(days=days) if ended else None,
        }
        rows.append((stays, MemberSession(member_id=member, confirmed_at=moment, **values)))
        about: dict[str, Any] = {
            "clinic_id": clinic.id,
            "submission_id": invitation.submission_id,
            "invitation_id": invitation.id,
        }
        rows.append((stays, VendorSession(person="vera", **about, **values)))
    session.add_all(row for _stays, row in rows)
    session.flush()
    forget_spent(session)
    session.flush()
    session.expire_all()
    left = [
        row for table in (Throttle, AccessCode, MemberSession, VendorSession) for row in session.exec(select(table))
    ]
    assert {id(row) for row in left} == {id(row) for stays, row in rows if stays}


def test_a_mail_that_failed_weeks_ago_loses_its_text_but_stays_in_the_list(
    session: Session, clinic: Clinic, prepared: Database
) -> None:
    for days in (13, 15):
        session.add(_failed_mail(clinic, days))
    session.commit()
    tidy_up(prepared)
    with prepared.open_reader() as reader:
        texts = {mail.subject: mail.text + mail.html for mail in reader.exec(select(Mail))}
    assert texts == {"13": "linklink", "15": ""}


def _invitation(session: Session, clinic: Clinic) -> tuple[Invitation, Any]:
    member = factories.make_member(session, clinic)
    vendor, _contact = factories.make_vendor(session, clinic)
    submission = factories.make_submission(session, clinic, vendor, created_by=member.id)
    invitation = Invitation(
        clinic_id=clinic.id,
        submission_id=submission.id,
        channel=Channel.MAIL,
        token_hash=b"x",
        created_by=member.id,
        created_at=clock.now(),
        expires_at=clock.now(),
    )
    session.add(invitation)
    session.flush()
    return invitation, member.id


def _code(invitation: Invitation, *, expires_at: datetime) -> AccessCode:
    return AccessCode(
        clinic_id=invitation.clinic_id,
        invitation_id=invitation.id,
        browser_hash=b"b",
        code_hash=b"c",
        created_at=expires_at,
        expires_at=expires_at,
    )


def _failed_mail(clinic: Clinic, days: int) -> Mail:
    moment = clock.now() - timedelta(days=days)
    return Mail(
        clinic_id=clinic.id,
        kind="accepted",
        recipient="vera@vendor.example",
        subject=str(days),
        text="link",
        html="link",
        message_id="<x>",
        created_at=moment,
        failed_at=moment,
    )
