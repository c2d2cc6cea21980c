"""Answers used again: a vendor takes them from one portal to another one, with another database and another key."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Answer, AnswerOrigin, Revision, Submission
from models.database import Database, connect_database
from services import keys
from settings import get_settings
from tests import factories, postgresql
from tests.browser import BASE, Browser
from tests.conftest import ON_POSTGRESQL
from tests.people import Engineer, Mailbox, signed_in
from tests.stories import answer_everything, hand_in, in_days


@pytest.fixture
def second_database(empty_database: str, tmp_path: Path) -> Iterator[Database]:
    """The database of another portal."""
    if ON_POSTGRESQL:
        with postgresql.copy_of(empty_database) as url:
            database = connect_database(url)
            yield database
            database.dispose()
    else:
        shutil.copyfile(empty_database.removeprefix("sqlite:///"), tmp_path / "second.sqlite")
        database = connect_database(f"sqlite:///{tmp_path / 'second.sqlite'}")
        yield database
        database.dispose()


def test_a_vendor_takes_its_answers_from_one_portal_to_another(
    app: FastAPI,
    asked: Submission,
    vera: Engineer,
    database: Database,
    second_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vera.enters()
    answer_everything(vera, asked, no={"2-4": in_days(20)})
    page = vera.open(f"/answer/{asked.id}/receipt").follow("回答を持ち出す")
    content = page.submit("/answer-file/take", {"product": "KarteNova", "version": "5.2"}).response.content

    app.state.database = second_database
    monkeypatch.setenv("PORTAL_SECRET_KEY", "another-portal-0123456789-abcdefghijklmnop")
    monkeypatch.setenv("PORTAL_PORTAL_NAME_JA", "となりのポータル")
    get_settings.cache_clear()
    keys.forget_keys()
    with second_database.open_writer() as session:
        clinic = factories.make_clinic(session, "とおくの病院")
        member = factories.make_member(session, clinic)
        vendor, _ = factories.make_vendor(session, clinic, email=vera.email)
        there = factories.make_submission(session, clinic, vendor, created_by=member.id)
        session.commit()
    clerk = signed_in(app, second_database, member, clinic)
    clerk.invites(there, vera.email)
    vera = Engineer(Browser(app), Mailbox(second_database), vera.email)
    vera.enters()
    files = {"file": ("KarteNova 5.2.answers.json", io.BytesIO(content), "application/json")}
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
    address = f"/answer/{there.id}/answer-file/bring"
    page = vera.browser._arrive(vera.browser.client.post(address, files=files, headers=headers))
    assert page.says("このポータルに登録されていません")
    page = page.submit(page.path, {"2-4.still": "yes"})
    for section in ("organisation", "general", "devices"):
        if page.path.endswith("/earlier/file"):
            page = page.submit(page.path, button=f"all={section}")
    assert hand_in(vera, there).path.endswith("/receipt")
    with second_database.open_reader() as session:
        origins = {answer.origin for answer in session.exec(select(Answer))}
        revision = session.exec(select(Revision)).one()
    assert origins == {AnswerOrigin.FILE}
    assert revision.no_count == 1
    shown = clerk.open(f"/submissions/{there.id}/revisions/1")
    assert shown.says("回答ファイル（セキュリティ回答ポータル")
    for secret in ("やまもと内科", "院内版", str(asked.clinic_id)):
        assert secret not in shown.response.text + content.decode(), secret
