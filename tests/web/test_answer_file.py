"""The answer file on its page: taken from one portal, dropped on another, confirmed item by item."""

from __future__ import annotations

import io
import json

import pytest
from sqlmodel import select

from models import Answer, AnswerOrigin, AnswerValue, Clinic, Event, OfferedAnswers, Submission
from models.database import Database
from services import keys
from settings import get_settings
from tests import factories
from tests.browser import BASE, Browser, Page
from tests.people import Clerk, Engineer
from tests.stories import answer_everything, in_days


def bring(vera: Engineer, submission: Submission, content: bytes) -> Page:
    address = f"/answer/{submission.id}/answer-file/bring"
    files = {"file": ("KarteNova.answers.json", io.BytesIO(content), "application/json")}
    response = vera.browser.client.post(address, files=files, headers={"Sec-Fetch-Site": "same-origin", "Origin": BASE})
    return vera.browser._arrive(response)


def take(vera: Engineer, submission: Submission) -> bytes:
    page = vera.open(f"/answer/{submission.id}/answer-file")
    vera.browser.checks = False
    taken = page.submit("/answer-file/take", {"product": "KarteNova", "version": "5.2"})
    vera.browser.checks = True
    assert taken.status == 200
    assert "attachment" in taken.response.headers["content-disposition"]
    return taken.response.content


@pytest.fixture
def elsewhere(database: Database, other_clinic: Clinic, charlie: Clerk, vera: Engineer) -> Submission:
    """Another clinic asks the same vendor; it stands for another portal, whose key the tests change."""
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, other_clinic, email=vera.email)
        made = factories.make_submission(session, other_clinic, vendor, created_by=charlie.member.id)
        session.commit()
    return made


@pytest.fixture
def taken(asked: Submission, vera: Engineer, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What was submitted to Alice's clinic, signed by a portal with a key of its own."""
    vera.enters()
    answer_everything(vera, asked, no={"2-4": in_days(20)})
    with monkeypatch.context() as changed:
        changed.setenv("PORTAL_PORTAL_NAME_JA", "となりのポータル")
        get_settings.cache_clear()
        own = keys.key_for
        changed.setattr("services.signing.key_for", lambda purpose: own(f"another portal's {purpose}"))
        content = take(vera, asked)
    get_settings.cache_clear()
    return content


def test_a_file_of_another_portal_is_checked_offered_and_confirmed(
    asked: Submission, elsewhere: Submission, taken: bytes, database: Database, vera: Engineer, charlie: Clerk
) -> None:
    charlie.invites(elsewhere, vera.email)
    vera.enters()
    page = bring(vera, elsewhere, taken)
    assert page.path == f"/answer/{elsewhere.id}/earlier/file"
    assert page.says("KarteNova 5.2")
    assert page.says("このポータルに登録されていません")
    with database.open_reader() as session:
        assert not session.exec(select(Answer).where(Answer.submission_id == elsewhere.id)).all()
    page = page.submit(page.path, {"2-4.still": "yes", "2-4.target_on": in_days(25).isoformat(), "1-1.still": "yes"})
    assert page.says("2項目を保存しました")
    with database.open_reader() as session:
        saved = {a.item_key: a for a in session.exec(select(Answer).where(Answer.submission_id == elsewhere.id))}
        events = session.exec(select(Event).where(Event.verb == "answer.file_read")).all()
    assert set(saved) == {"1-1", "2-4"}
    assert saved["2-4"].value is AnswerValue.NO
    assert {answer.origin for answer in saved.values()} == {AnswerOrigin.FILE}
    assert saved["1-1"].origin_details["is_known"] is False
    assert [event.chain_id for event in events] == [elsewhere.clinic_id]
    answer_everything(vera, elsewhere)
    shown = charlie.open(f"/submissions/{elsewhere.id}/revisions/1")
    assert shown.status == 200
    assert "やまもと内科" not in shown.response.text


def test_a_registered_issuer_is_called_known(
    elsewhere: Submission, taken: bytes, vera: Engineer, charlie: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_KNOWN_ISSUERS", json.loads(taken)["payload"]["issuer"]["public_key"])
    get_settings.cache_clear()
    charlie.invites(elsewhere, vera.email)
    vera.enters()
    page = bring(vera, elsewhere, taken)
    assert page.says("署名を確かめました")
    assert not page.says("このポータルに登録されていません")


def test_what_is_wrong_with_a_file_is_told_and_nothing_of_it_is_kept(
    elsewhere: Submission, taken: bytes, vera: Engineer, charlie: Clerk, database: Database
) -> None:
    charlie.invites(elsewhere, vera.email)
    vera.enters()
    for content, sentence in (
        (b"", "ファイルを選んでください"),
        (b"hello", "回答ファイルではないか"),
        (taken.replace("次の保守で".encode(), "来年度に".encode()), "署名の後に内容が変わっています"),
        (taken.replace(b'"version": 1', b'"version": 2'), "新しい形式"),
        (b" " * 600_000, "大きすぎます"),
    ):
        page = bring(vera, elsewhere, content)
        assert page.status == 422, sentence
        assert page.says(sentence)
    with database.open_reader() as session:
        assert not session.exec(select(OfferedAnswers)).all()
    assert vera.open(f"/answer/{elsewhere.id}/earlier/file").status == 404


def test_taking_asks_for_the_product_and_shows_the_words_that_go_along(
    asked: Submission, taken: bytes, vera: Engineer, alice: Clerk
) -> None:
    page = vera.open(f"/answer/{asked.id}/answer-file")
    assert page.says("次の保守で対応します。")
    assert page.submit("/answer-file/take", {"product": "", "version": ""}).status == 422
    assert alice.open("/log").says("回答ファイル")


def test_before_submitting_there_is_nothing_to_take_and_afterwards_nothing_to_bring(
    asked: Submission, vera: Engineer
) -> None:
    vera.enters()
    assert not vera.open(f"/answer/{asked.id}/answer-file").offers("ダウンロード")
    assert vera.browser.post(f"/answer/{asked.id}/answer-file/take", {"product": "x"}).status == 404
    answer_everything(vera, asked)
    assert vera.open(f"/answer/{asked.id}/receipt").follow("回答ファイル").offers("ダウンロード")
    assert bring(vera, asked, b"{}").status == 409


def test_it_reads_in_english_too(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    vera.browser.post("/language", {"language": "en", "back": "/"})
    assert vera.open(f"/answer/{asked.id}/answer-file").heading == "Answer file"


def test_a_stranger_finds_nothing(asked: Submission, stranger: Browser) -> None:
    assert stranger.open(f"/answer/{asked.id}/answer-file").status == 404
    assert stranger.post(f"/answer/{asked.id}/answer-file/take", {"product": "x"}).status == 404
