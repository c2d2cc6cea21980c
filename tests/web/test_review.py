"""Reviewing: a clerk reads what came in beside last year's, accepts it or returns it with words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import AnswerValue, Clinic, Stage, Submission
from models.database import Database
from services import clock, reviews, submissions
from tests import factories
from tests.naughty import NAUGHTY
from tests.people import Clerk, Engineer, Mailbox, submission_by_id
from tests.web.test_submission import address, answer, events_of, submission

__all__ = ["submission"]


def remarks_of(database: Database, asked: Submission) -> dict[str, str]:
    with database.open_reader() as session:
        return reviews.list_last_remarks(session, submission=asked)


def test_answers_are_accepted_and_the_vendor_is_thanked(
    alice: Clerk, database: Database, submission: Submission, vera: Engineer, mailbox: Mailbox
) -> None:
    answer(database, submission)
    dashboard = alice.open("/dashboard")
    assert dashboard.says("1件の回答を確認してください")
    review = dashboard.follow("確認する")
    accepted = review.submit("/review", button="verdict=accepted")
    assert accepted.says("回答を受け取りました")
    assert submission_by_id(database, submission.id).stage is Stage.ACCEPTED
    assert mailbox.last(vera.email, "accepted")
    assert alice.open("/dashboard").says("確認済")


def test_answers_are_returned_with_a_word_and_the_vendor_reads_exactly_that(
    alice: Clerk, database: Database, submission: Submission, vera: Engineer, mailbox: Mailbox
) -> None:
    answer(database, submission)
    typed = {"remark-2-4": "いつ直りますか\n二行目", "remark-2-5": "", "words": "ありがとうございます"}
    returned = alice.open(address(submission, "/review")).submit("/review", typed, button="verdict=returned")
    assert returned.says("回答を差し戻しました")
    assert remarks_of(database, submission) == {"2-4": "いつ直りますか\n二行目"}
    assert "いつ直りますか" not in mailbox.last(vera.email, "returned").text
    vera.enters()
    shown = vera.open(f"/answer/{submission.id}/sections/general")
    assert shown.says("いつ直りますか")


def test_the_day_to_correct_by_can_be_set(alice: Clerk, database: Database, submission: Submission) -> None:
    answer(database, submission)
    review = alice.open(address(submission, "/review"))
    refused = review.submit(
        "/review", {"words": "お願いします", "due_on": clock.today().isoformat()}, button="verdict=returned"
    )
    assert refused.status == 422
    assert refused.says("お願いします")
    later = clock.today() + timedelta(days=40)
    refused.submit("/review", {"due_on": later.isoformat()}, button="verdict=returned")
    assert submission_by_id(database, submission.id).due_on == later


def test_without_a_word_nothing_is_returned_and_nothing_typed_is_lost(
    alice: Clerk, database: Database, submission: Submission
) -> None:
    answer(database, submission)
    review = alice.open(address(submission, "/review"))
    empty = review.submit("/review", {"remark-2-4": "  "}, button="verdict=returned")
    assert empty.status == 422
    assert empty.says("ひとことは書いてください")
    long = review.submit("/review", {"remark-2-4": "あ" * 2001, "words": "残る文"}, button="verdict=returned")
    assert long.status == 422
    assert long.says("残る文")
    assert long.tree.xpath("//details[@open]//textarea[@name='remark-2-4']")
    assert submission_by_id(database, submission.id).stage is Stage.SUBMITTED


def test_accepting_with_words_written_is_asked_about(alice: Clerk, database: Database, submission: Submission) -> None:
    answer(database, submission)
    page = alice.open(address(submission, "/review")).submit(
        "/review", {"remark-2-4": "これも直して"}, button="verdict=accepted"
    )
    assert page.status == 422
    assert page.says("これも直して")
    assert submission_by_id(database, submission.id).stage is Stage.SUBMITTED


def test_a_conditional_yes_is_called_out_for_the_clinic_to_decide(
    alice: Clerk, database: Database, submission: Submission
) -> None:
    answer(database, submission, {"2-6": {"is_conditional": True, "condition": "夜間に止められるときだけ"}})
    page = alice.open(address(submission, "/review"))
    for sentence in ("条件付きの「はい」が1件あります", "夜間に止められるときだけ", "医療機関が決めます"):
        assert page.says(sentence), sentence
    [row] = page.tree.xpath("//tr[contains(@class, 'pair--conditional')]")
    assert "2-⑥" in row.text_content()


def test_items_can_be_narrowed_down_without_losing_words(
    alice: Clerk, database: Database, submission: Submission
) -> None:
    answer(database, submission, {"2-9": {"value": AnswerValue.NO}})
    page = alice.open(address(submission, "/review"))
    labels = [label.text_content().split()[-1] for label in page.tree.xpath("//fieldset[@class='look']//label")]
    assert labels == ["13", "1", "0", "0"]
    kept = page.submit("/review", {"show": "no"}, button="verdict=returned")
    assert kept.tree.xpath("//input[@name='show'][@checked]/@value") == ["no"]


def test_a_verdict_on_an_older_version_is_refused_with_a_page_that_says_so(
    alice: Clerk, bob: Clerk, database: Database, submission: Submission
) -> None:
    answer(database, submission)
    stale = alice.open(address(submission, "/review"))
    bob.open(address(submission, "/review")).submit("/review", {"words": "お願い"}, button="verdict=returned")
    early = stale.submit("/review", button="verdict=accepted")
    assert early.status == 409
    answer(database, submission)
    page = stale.submit("/review", button="verdict=accepted")
    assert page.status == 409
    assert page.heading == "その間にベンダーが出し直しました"
    assert page.says("第2版が届きました")
    assert submission_by_id(database, submission.id).stage is Stage.SUBMITTED
    fresh = alice.open(address(submission, "/review"))
    assert fresh.offers("前の版から変わったところを見る")
    fresh.submit("/review", button="verdict=accepted")
    assert submission_by_id(database, submission.id).stage is Stage.ACCEPTED


def test_two_verdicts_at_once_leave_one(alice: Clerk, bob: Clerk, database: Database, submission: Submission) -> None:
    answer(database, submission)
    first, second = (clerk.open(address(submission, "/review")) for clerk in (alice, bob))
    first.submit("/review", button="verdict=accepted")
    late = second.submit("/review", {"words": "待って"}, button="verdict=returned")
    assert late.status == 409
    assert late.heading == "今、確認する回答はありません"
    assert submission_by_id(database, submission.id).stage is Stage.ACCEPTED


def test_before_anything_came_in_there_is_nothing_to_review(alice: Clerk, submission: Submission) -> None:
    assert alice.open(address(submission, "/review")).status == 409


@pytest.mark.parametrize("text", NAUGHTY)
def test_whatever_is_written_reaches_the_vendor_as_it_is(
    alice: Clerk, database: Database, submission: Submission, text: str
) -> None:
    answer(database, submission)
    page = alice.open(address(submission, "/review")).submit("/review", {"remark-2-4": text}, button="verdict=returned")
    assert page.status in {200, 422}
    if page.status == 200:
        assert remarks_of(database, submission)["2-4"] == text.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_a_vendor_without_an_address_is_to_be_told_otherwise(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    with database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, clinic)
        contact.email = ""
        session.add(contact)
        made = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
        factories.submit_answers(session, made)
        session.commit()
    review = alice.open(address(made, "/review"))
    assert review.says("メールアドレスがわかりません")
    returned = review.submit("/review", {"words": "お願いします"}, button="verdict=returned")
    assert returned.says("リンクをコピーしてベンダーに伝えてください")
    assert mailbox.all() == []


def test_reading_to_judge_is_recorded(alice: Clerk, database: Database, submission: Submission) -> None:
    answer(database, submission)
    alice.open(address(submission, "/review"))
    assert len(events_of(database, submission, "submission.viewed")) == 1


def test_an_editor_may_judge_but_a_viewer_may_not(
    bob: Clerk, carol: Clerk, database: Database, submission: Submission
) -> None:
    answer(database, submission)
    values = {"verdict": "accepted", "revision": "1"}
    assert carol.post(address(submission, "/review"), values).status == 403
    assert submission_by_id(database, submission.id).stage is Stage.SUBMITTED
    bob.post(address(submission, "/review"), values)
    assert submission_by_id(database, submission.id).stage is Stage.ACCEPTED


def test_a_stranger_cannot_judge(charlie: Clerk, database: Database, submission: Submission) -> None:
    answer(database, submission)
    assert charlie.open(address(submission, "/review")).status == 404
    assert charlie.post(address(submission, "/review"), {"verdict": "accepted", "revision": "1"}).status == 404
    with database.open_reader() as session:
        found = submissions.get_submission(session, clinic_id=submission.clinic_id, submission_id=submission.id)
        assert found.stage is Stage.SUBMITTED
