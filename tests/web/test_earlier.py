"""Last year's answers, item by item: “still so?”, ticked by a person, and shown to the clinic as what they are."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session, select

from models import Answer, AnswerOrigin, AnswerValue, Clinic, Revision, Submission, SubmissionSystem, System, Vendor
from models.database import Database
from services import clock
from tests import factories
from tests.browser import Browser
from tests.people import Clerk, Engineer
from tests.stories import answer_everything, fill_in, hand_in, in_days

LAST = "last-year"


def answered_last_year(session: Session, asked: Submission, given: dict[str, dict[str, object]]) -> Submission:
    """The same vendor's answers about the same system, a year before."""
    systems = session.exec(
        select(System)
        .join(SubmissionSystem, SubmissionSystem.system_id == System.id)  # type: ignore[arg-type]
        .where(SubmissionSystem.submission_id == asked.id)
    ).all()
    last = factories.make_submission(
        session,
        session.get_one(Clinic, asked.clinic_id),
        session.get_one(Vendor, asked.vendor_id),
        list(systems),
        created_by=asked.created_by,
        fiscal_year=asked.fiscal_year - 1,
    )
    factories.submit_answers(session, last, given)
    return last


@pytest.fixture
def last(database: Database, asked: Submission) -> Submission:
    given: dict[str, dict[str, object]] = {
        "2-4": {"value": AnswerValue.NO, "target_on": date(2026, 3, 31), "remark": "3月に更新します"},
        "2-8": {"is_conditional": True, "condition": "院内の端末だけ"},
    }
    with database.open_writer() as session:
        made = answered_last_year(session, asked, given)
        session.commit()
    return made


def answers_in(database: Database, submission: Submission) -> dict[str, Answer]:
    with database.open_reader() as session:
        found = session.exec(select(Answer).where(Answer.submission_id == submission.id)).all()
    return {answer.item_key: answer for answer in found}


def test_a_year_later_the_vendor_is_done_by_saying_that_it_is_still_so(
    asked: Submission, last: Submission, database: Database, vera: Engineer, alice: Clerk
) -> None:
    page = vera.enters()
    assert page.says("令和7年度（2025年度）もご回答いただいています")
    page = page.follow("令和7年度（2025年度）の回答を確かめる")
    assert page.says("KarteNova 院内版")
    assert not answers_in(database, asked), "looking takes nothing over"
    page = page.submit(page.path, {"1-1.still": "yes"})
    assert page.says("1項目を保存しました")
    due = in_days(20).isoformat()
    page = page.submit(page.path, {"2-4.target_on": due, "2-4.remark": "来月更新します", "2-4.still": "yes"})
    for section in ("general", "devices"):
        if page.path.endswith(LAST):
            page = page.submit(page.path, button=f"all={section}")
    saved = answers_in(database, asked)
    assert len(saved) == 13
    assert {answer.origin for answer in saved.values()} == {AnswerOrigin.LAST_YEAR}
    assert (saved["2-4"].remark, saved["2-4"].target_on) == ("来月更新します", date.fromisoformat(due))
    assert saved["2-8"].condition == "院内の端末だけ"
    assert {answer.checked_on for answer in saved.values()} == {clock.today()}
    assert hand_in(vera, asked).path.endswith("/receipt")
    with database.open_reader() as session:
        revision = session.exec(select(Revision).where(Revision.submission_id == asked.id)).one()
    assert revision.answers[0]["origin"] == "last_year"
    shown = alice.open(f"/submissions/{asked.id}/revisions/1")
    assert shown.says("令和7年度（2025年度）の回答（第1版）から「今も同じ」と確認されました")


def test_a_no_needs_a_new_date_and_the_words_typed_are_kept(
    asked: Submission, last: Submission, database: Database, vera: Engineer
) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/earlier/{LAST}")
    assert page.form(LAST).fields["2-4.remark"].strip() == "3月に更新します"
    refused = page.submit(page.path, {"2-4.still": "yes", "2-4.remark": "来月です", "1-1.still": "yes"})
    assert refused.status == 422
    assert refused.says("いつまでに")
    assert refused.form(LAST).fields["2-4.remark"].strip() == "来月です"
    assert set(answers_in(database, asked)) == {"1-1"}, "what could be saved is saved"


def test_nothing_ticked_is_told_and_what_was_answered_meanwhile_stays(
    asked: Submission, last: Submission, database: Database, vera: Engineer
) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/earlier/{LAST}")
    assert page.submit(page.path).says("今も同じ項目に印を付けてください")
    fill_in(vera, asked)
    late = page.submit(page.path, {"2-5.still": "yes"})
    assert late.status in (200, 422)
    assert answers_in(database, asked)["2-5"].origin is AnswerOrigin.TYPED


def test_without_answers_of_last_year_nothing_is_offered_and_the_page_is_missing(
    asked: Submission, vera: Engineer
) -> None:
    assert not vera.enters().says("もご回答いただいています")
    assert vera.open(f"/answer/{asked.id}/earlier/{LAST}").status == 404
    assert vera.open(f"/answer/{asked.id}/earlier/anything").status == 404


def test_after_submitting_nothing_can_be_confirmed(asked: Submission, last: Submission, vera: Engineer) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/earlier/{LAST}")
    answer_everything(vera, asked)
    assert vera.open(page.path).path == f"/answer/{asked.id}"
    assert page.submit(page.path, {"1-1.still": "yes"}).status == 409


def test_it_reads_in_english_too(asked: Submission, last: Submission, vera: Engineer) -> None:
    vera.enters()
    vera.browser.post("/language", {"language": "en", "back": "/"})
    page = vera.open(f"/answer/{asked.id}/earlier/{LAST}")
    assert page.heading == "Is it still so?"
    assert page.offers("Save what is ticked")


def test_a_stranger_finds_nothing(asked: Submission, last: Submission, stranger: Browser) -> None:
    assert stranger.open(f"/answer/{asked.id}/earlier/{LAST}").status == 404
