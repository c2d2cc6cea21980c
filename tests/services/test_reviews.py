"""Reviews: a verdict is given on what was read, once, and tells the vendor exactly what was written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models import Mail, Review, Stage, Verdict
from services import clock, history, reviews, submissions
from services.refusals import NotFound
from services.submission_refusals import DueDatePassed, NewerRevision, NothingToSay, NotReviewable
from tests import factories
from tests.services.test_reminders import Stand


@pytest.fixture
def stand(session: Session) -> Stand:
    """A request whose vendor has handed in once."""
    made = Stand(session)
    factories.submit_answers(session, made.submission)
    return made


def accept(stand: Stand, number: int = 1) -> Review:
    return reviews.accept_submission(
        stand.session,
        clinic=stand.clinic,
        submission=stand.submission,
        revision_number=number,
        reviewed_by=stand.member.id,
    )


def give_back(stand: Stand, number: int = 1, **changes: Any) -> Review:
    values: dict[str, Any] = {"remarks": {"2-4": "いつ直りますか", "2-5": "  "}, "words": "", "due_on": None}
    return reviews.return_submission(
        stand.session,
        clinic=stand.clinic,
        submission=stand.submission,
        revision_number=number,
        reviewed_by=stand.member.id,
        **(values | changes),
    )


def mails(stand: Stand, kind: str) -> list[Mail]:
    return list(stand.session.exec(select(Mail).where(Mail.kind == kind)))


def verbs(stand: Stand) -> list[str]:
    events = history.list_submission_events(stand.session, clinic_id=stand.clinic.id, submission_id=stand.submission.id)
    return [event.verb for event in events]


def test_accepting_ends_it_and_thanks_the_vendor(stand: Stand) -> None:
    review = accept(stand)
    assert stand.submission.stage is Stage.ACCEPTED
    assert (review.verdict, review.reviewed_by) == (Verdict.ACCEPTED, stand.member.id)
    [mail] = mails(stand, "accepted")
    assert mail.recipient == stand.contact.email
    assert verbs(stand)[-1] == "submission.accepted"


def test_returning_keeps_the_words_that_are_there_and_mails_a_new_link(stand: Stand) -> None:
    review = give_back(stand)
    assert stand.submission.stage is Stage.RETURNED
    assert reviews.list_remarks(stand.session, review=review) == {"2-4": "いつ直りますか"}
    assert reviews.list_last_remarks(stand.session, submission=stand.submission) == {"2-4": "いつ直りますか"}
    [mail] = mails(stand, "returned")
    assert "いつ直りますか" not in mail.text, "what the clinic wrote stands behind the link"
    assert "/i/" in mail.text
    assert "submission.returned" in verbs(stand)


def test_one_word_on_the_whole_is_enough(stand: Stand) -> None:
    review = give_back(stand, remarks={}, words=" 製品名を確かめてください ")
    assert review.words == "製品名を確かめてください"
    assert reviews.list_remarks(stand.session, review=review) == {}


@pytest.mark.parametrize("remarks", [{}, {"2-4": " \n "}])
def test_without_a_word_nothing_is_returned(stand: Stand, remarks: dict[str, str]) -> None:
    with pytest.raises(NothingToSay):
        give_back(stand, remarks=remarks)
    assert stand.submission.stage is Stage.SUBMITTED


def test_a_word_at_an_item_that_was_not_asked_is_refused(stand: Stand) -> None:
    with pytest.raises(NotFound):
        give_back(stand, remarks={"9-9": "?"})


def test_a_return_may_give_more_time(stand: Stand) -> None:
    later = clock.today() + timedelta(days=60)
    with pytest.raises(DueDatePassed):
        give_back(stand, due_on=clock.today())
    give_back(stand, due_on=later)
    assert stand.submission.due_on == later


def test_a_verdict_is_bound_to_the_version_that_was_read(stand: Stand) -> None:
    give_back(stand)
    factories.submit_answers(stand.session, stand.submission)
    with pytest.raises(NewerRevision) as refused:
        accept(stand, number=1)
    assert "第2版" in str(refused.value)
    assert stand.submission.stage is Stage.SUBMITTED
    accept(stand, number=2)
    assert [one.number for one in submissions.list_revisions(stand.session, submission=stand.submission)] == [2, 1]
    verdicts = reviews.list_reviews(stand.session, submission=stand.submission)
    assert sorted(review.verdict for review in verdicts.values()) == [Verdict.ACCEPTED, Verdict.RETURNED]


def test_a_second_verdict_on_the_same_version_is_refused(stand: Stand) -> None:
    accept(stand)
    with pytest.raises(NotReviewable):
        accept(stand)
    with pytest.raises(NotReviewable):
        give_back(stand)
    assert len(reviews.list_reviews(stand.session, submission=stand.submission)) == 1


def test_what_was_not_submitted_or_was_withdrawn_cannot_be_judged(session: Session, stand: Stand) -> None:
    fresh = Stand(session)
    with pytest.raises(NotReviewable):
        accept(fresh)
    submissions.withdraw_submission(session, submission=stand.submission)
    with pytest.raises(NotReviewable):
        accept(stand)


def test_a_vendor_without_an_address_is_judged_without_a_mail(session: Session) -> None:
    made = Stand(session)
    submission, _, contact = made.ask(is_sent=False)
    contact.email = ""
    session.add(contact)
    made.submission = submission
    factories.submit_answers(session, submission)
    give_back(made)
    assert mails(made, "returned") == []
    factories.submit_answers(session, submission)
    accept(made, number=2)
    assert mails(made, "accepted") == []
