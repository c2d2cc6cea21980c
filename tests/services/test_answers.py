"""What a vendor writes is saved as far as it is valid, and nobody overwrites unseen."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models import Answer, AnswerValue, Event, Member, Responsibility, Submission
from models.database import Database
from services import answers, clock, editions, outcomes, reviews, submissions
from services.answers import AnswerEditedMeanwhile, Given, Saved
from services.edition_forms import Item
from services.refusals import AlreadyDeclined, AlreadySubmitted, NotFound, SubmissionWithdrawn
from tests import factories
from tests.people import Clerk

YES, NO = AnswerValue.YES, AnswerValue.NO
VERA, WALTER = "vera@vendor.example", "walter@vendor.example"


@pytest.fixture
def submission(session: Session, asked: Submission) -> Submission:
    """The same request in the test's own session."""
    return session.get_one(Submission, asked.id)


def item_of(submission: Submission, key: str) -> Item:
    item = editions.find_item(submission.asked, key)
    assert item is not None
    return item


def save(
    session: Session, submission: Submission, key: str, version: int = 0, person: str = VERA, **given: Any
) -> Saved:
    return answers.save_answer(
        session,
        submission=submission,
        item=item_of(submission, key),
        given=Given(**given),  # type: ignore[typeddict-item]
        version=version,
        person=person,
    )


def stored(session: Session, submission: Submission, key: str) -> Answer:
    session.flush()
    return session.exec(select(Answer).where(Answer.submission_id == submission.id, Answer.item_key == key)).one()


def events(session: Session, submission: Submission, verb: str) -> list[Event]:
    session.flush()
    return list(session.exec(select(Event).where(Event.submission_id == submission.id, Event.verb == verb)))


def test_the_first_answer_starts_the_form_and_bears_today(session: Session, submission: Submission) -> None:
    saved = save(session, submission, "2-4", value=YES)
    assert saved.answer is not None
    assert (saved.answer.version, saved.answer.answered_by) == (1, VERA)
    assert saved.answer.checked_on == clock.today()
    assert submission.started_at == submission.saved_at == saved.answer.saved_at
    [event] = events(session, submission, "answer.saved")
    assert event.details == {"item": "2-4"}, "The log holds no answers."


def test_what_is_left_out_stays_and_what_is_empty_goes(session: Session, submission: Submission) -> None:
    save(session, submission, "2-4", value=YES, remark="権限表があります", responsibility=Responsibility.SHARED)
    save(session, submission, "2-4", 1, remark="")
    answer = stored(session, submission, "2-4")
    assert (answer.value, answer.remark, answer.responsibility) == (YES, "", Responsibility.SHARED)


def test_the_same_once_more_changes_nothing(session: Session, submission: Submission) -> None:
    save(session, submission, "2-4", value=YES)
    saved = save(session, submission, "2-4", 1, value=YES)
    assert saved.answer is not None
    assert saved.answer.version == 1
    assert len(events(session, submission, "answer.saved")) == 1


def test_an_untouched_item_is_not_stored(session: Session, submission: Submission) -> None:
    """The page proposes today's date for each item; that alone is no answer."""
    saved = save(session, submission, "2-4", checked_on=clock.today(), is_conditional=False, remark="")
    assert saved.answer is None
    assert submission.started_at is None


def test_a_remark_may_come_before_the_answer(session: Session, submission: Submission) -> None:
    save(session, submission, "2-4", remark="担当に確認中", checked_on=clock.today())
    answer = stored(session, submission, "2-4")
    assert (answer.value, answer.remark, answer.checked_on) == (None, "担当に確認中", None)


def test_a_wrong_date_is_told_and_everything_else_is_saved(session: Session, submission: Submission) -> None:
    saved = save(session, submission, "2-4", value=NO, target_on=date(2031, 1, 1), remark="更新のときに対応します")
    assert set(saved.faults) == {"target_on"}
    answer = stored(session, submission, "2-4")
    assert (answer.value, answer.target_on, answer.remark) == (NO, None, "更新のときに対応します")


def test_a_wrong_date_leaves_the_right_one_that_was_there(session: Session, submission: Submission) -> None:
    good = clock.today() + timedelta(days=5)
    save(session, submission, "2-4", value=NO, target_on=good, remark="予定あり")
    saved = save(session, submission, "2-4", 1, target_on=date(2031, 1, 1))
    assert set(saved.faults) == {"target_on"}
    assert stored(session, submission, "2-4").target_on == good


def test_a_stored_date_that_no_longer_fits_does_not_stay(session: Session, submission: Submission) -> None:
    today = clock.today()
    save(
        session,
        submission,
        "2-4",
        value=NO,
        checked_on=today - timedelta(9),
        target_on=today - timedelta(5),
        remark="予定",
    )
    saved = save(session, submission, "2-4", 1, checked_on=today)
    assert set(saved.faults) == {"target_on"}
    answer = stored(session, submission, "2-4")
    assert (answer.checked_on, answer.target_on) == (today, None)


def test_a_yes_keeps_no_target_and_a_no_keeps_no_condition(session: Session, submission: Submission) -> None:
    target = clock.today() + timedelta(days=5)
    save(session, submission, "2-4", value=NO, target_on=target, remark="予定", is_conditional=True, condition="なし")
    answer = stored(session, submission, "2-4")
    assert (answer.is_conditional, answer.condition) == (False, "")
    save(session, submission, "2-4", 1, value=YES, is_conditional=True, condition="サーバに限る")
    assert (answer.target_on, answer.condition) == (None, "サーバに限る")
    save(session, submission, "2-4", 2, value=YES, is_conditional=False)
    assert answer.condition == ""


def test_a_planned_yes_keeps_its_date_where_a_plan_counts(session: Session, submission: Submission) -> None:
    planned = date(2027, 12, 1)
    assert not save(session, submission, "2-10", value=YES, target_on=planned).faults
    assert stored(session, submission, "2-10").target_on == planned


def test_a_colleague_who_was_quicker_is_not_overwritten(session: Session, submission: Submission) -> None:
    save(session, submission, "2-4", value=YES, remark="ウォルターの言葉", person=WALTER)
    with pytest.raises(AnswerEditedMeanwhile) as refusal:
        save(session, submission, "2-4", 0, value=NO, remark="ヴェラの言葉")
    assert refusal.value.stored.remark == "ウォルターの言葉"
    kept = save(session, submission, "2-4", 1, value=NO, remark="ヴェラの言葉")
    assert kept.answer is not None
    assert (kept.answer.remark, kept.answer.version, kept.answer.answered_by) == ("ヴェラの言葉", 2, VERA)


def test_two_who_write_the_same_do_not_disturb_each_other(session: Session, submission: Submission) -> None:
    save(session, submission, "2-4", value=YES, person=WALTER)
    assert save(session, submission, "2-4", 0, value=YES).answer is not None


def test_of_two_at_the_same_moment_one_is_told(database: Database, asked: Submission) -> None:
    """Both read version 0; the second must not win silently."""
    outcomes: list[str] = []
    both_ready = threading.Barrier(2)

    def write(person: str) -> None:
        with database.open_writer() as session:
            both_ready.wait()
            try:
                save(session, session.get_one(Submission, asked.id), "2-4", value=YES, remark=person, person=person)
                session.commit()
                outcomes.append("saved")
            except AnswerEditedMeanwhile as refusal:
                outcomes.append(f"told of {refusal.stored.answered_by}")

    threads = [threading.Thread(target=write, args=(person,)) for person in (VERA, WALTER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in (["saved", f"told of {VERA}"], ["saved", f"told of {WALTER}"])


def test_progress_counts_what_has_its_yes_or_no(session: Session, submission: Submission) -> None:
    save(session, submission, "2-4", value=YES)
    save(session, submission, "2-5", remark="あとで")
    sheet = answers.read_worksheet(session, submission=submission)
    assert (sheet.answered, sheet.total) == (1, 13)
    assert answers.count_answered(session, submission=submission) == (1, 13)


def test_a_withdrawn_a_declined_and_a_submitted_form_take_no_answers(
    database: Database, clinic: Any, alice: Clerk, session: Session, submission: Submission
) -> None:
    vendor, _ = factories.make_vendor(session, clinic)
    for end, refusal in (
        (lambda each: submissions.withdraw_submission(session, submission=each), SubmissionWithdrawn),
        (
            lambda each: outcomes.decline_submission(session, submission=each, reason="対象外", person=VERA),
            AlreadyDeclined,
        ),
        (lambda each: factories.submit_answers(session, each), AlreadySubmitted),
    ):
        other = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
        end(other)
        with pytest.raises(refusal):
            save(session, other, "2-4", value=YES)


@pytest.fixture
def returned(session: Session, submission: Submission, clinic: Any) -> Submission:
    """Submitted, and returned with a word on two items."""
    for item in editions.read_form(submission.asked).items:
        save(session, submission, item.key, value=YES)
    factories.submit_answers(session, submission)
    reviews.return_submission(
        session,
        clinic=clinic,
        submission=submission,
        revision_number=1,
        remarks={"2-3": "MDSもお願いします。", "2-9": "当院の機器も含みますか。"},
        words="2点お願いします。",
        due_on=None,
        reviewed_by=session.exec(select(Member.id)).first(),  # type: ignore[arg-type]
    )
    session.flush()
    return submission


def test_after_a_return_exactly_the_returned_items_are_open_and_counted(session: Session, returned: Submission) -> None:
    sheet = answers.read_worksheet(session, submission=returned)
    assert [item.key for item in sheet.open_items] == ["2-3", "2-9"]
    assert [section.key for section in sheet.sections()] == ["general"]
    assert (sheet.answered, sheet.total) == (0, 2)
    assert answers.count_answered(session, submission=returned) == (0, 2)
    with pytest.raises(NotFound):
        sheet.get_section("devices")
    with pytest.raises(AlreadySubmitted):
        save(session, returned, "2-4", 1, value=NO)
    save(session, returned, "2-9", 1, remark="貴院の機器も含みます")
    sheet = answers.read_worksheet(session, submission=returned)
    assert (sheet.answered, sheet.total) == (1, 2)
    assert answers.count_answered(session, submission=returned) == (1, 2)


def test_a_form_returned_as_a_whole_is_open_as_a_whole(session: Session, submission: Submission, clinic: Any) -> None:
    factories.submit_answers(session, submission)
    reviews.return_submission(
        session,
        clinic=clinic,
        submission=submission,
        revision_number=1,
        remarks={},
        words="電話でお話しした件を反映してください。",
        due_on=None,
        reviewed_by=session.exec(select(Member.id)).first(),  # type: ignore[arg-type]
    )
    sheet = answers.read_worksheet(session, submission=submission)
    assert sheet.total == 13
    assert sheet.returned is not None
    assert save(session, submission, "2-4", value=YES).answer is not None


def test_what_was_returned_and_not_touched_is_pointed_out(session: Session, returned: Submission) -> None:
    save(session, returned, "2-9", 1, remark="貴院の機器も含みます")
    mismatches = answers.read_worksheet(session, submission=returned).mismatches([])
    assert [(each.item.key, each.contradiction.value) for each in mismatches] == [
        ("2-3", "untouched"),
        ("2-3", "no_disclosure"),
    ]
