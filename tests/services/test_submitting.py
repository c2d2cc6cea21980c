"""Submitting freezes answers and files once, however often and however fast it is pressed."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from models import AnswerValue, Clinic, Document, Event, Invitation, Mail, Member, Revision, Stage, Submission
from models.database import Database
from services import answers, clock, documents, editions, reviews, revisions, submitting
from services.answers import Given
from services.refusals import AlreadyDeclined, AlreadySubmitted, NotFound, NotSubmittable
from services.storage import StoredFile
from services.vendor_access import VendorViewer
from tests.people import Clerk, Mailbox

VERA = "vera@vendor.example"


def viewer_of(session: Session, asked: Submission, clinic: Clinic) -> VendorViewer:
    """Vera behind her code."""
    invitation = session.exec(select(Invitation).where(Invitation.submission_id == asked.id)).first()
    assert invitation is not None
    return VendorViewer(
        session_id=invitation.id,
        invitation_id=invitation.id,
        person=VERA,
        language="ja",
        submission=session.get_one(Submission, asked.id),
        clinic=clinic,
    )


def answer_all(session: Session, submission: Submission) -> None:
    for item in editions.read_form(submission.asked).items:
        given = Given(value=AnswerValue.YES)
        if item.key == "2-9":
            target = clock.today() + timedelta(days=3)
            given = Given(value=AnswerValue.NO, target_on=target, remark="次の保守で")
        answers.save_answer(session, submission=submission, item=item, given=given, version=0, person=VERA)
    stored = StoredFile(key="0" * 48, size=9, sha256="b" * 64)
    documents.add_document(
        session, submission=submission, stored=stored, file_name="SDS.pdf", media_type="application/pdf", person=VERA
    )


def submit(session: Session, viewer: VendorViewer) -> Revision:
    return submitting.submit(session, viewer=viewer, responsible_name="緑川 誠", responsible_title="部長")


@pytest.fixture
def ready(session: Session, asked: Submission, clinic: Clinic) -> VendorViewer:
    """Everything answered, one file uploaded."""
    viewer = viewer_of(session, asked, clinic)
    answer_all(session, viewer.submission)
    return viewer


def test_a_revision_holds_everything_as_it_was(session: Session, ready: VendorViewer) -> None:
    revision = submit(session, ready)
    assert (revision.number, revision.submitted_by, revision.responsible_name) == (1, VERA, "緑川 誠")
    assert ready.submission.stage is Stage.SUBMITTED
    items = editions.read_form(ready.submission.asked).items
    assert [answer["item_key"] for answer in revision.answers] == [item.key for item in items]
    told = revisions.read_answers(revision)
    assert told["2-9"].value is AnswerValue.NO
    assert told["2-9"].remark == "次の保守で"
    [document] = revision.documents
    assert (document["file_name"], document["kind"], document["sha256"]) == ("SDS.pdf", "sds", "b" * 64)
    [row] = session.exec(select(Document)).all()
    assert row.submitted_at == revision.submitted_at


def test_the_check_value_can_be_computed_again_from_what_is_stored(
    database: Database, session: Session, ready: VendorViewer
) -> None:
    revision = submit(session, ready)
    session.commit()
    with database.open_reader() as reader:
        kept = reader.get_one(Revision, revision.id)
        submission = reader.get_one(Submission, ready.submission.id)
        assert submitting.seal(submission, kept) == kept.sha256 == revision.sha256
        kept.answers[0]["remark"] = "a"
        assert submitting.seal(submission, kept) != kept.sha256


def test_both_sides_are_told_without_a_single_answer(
    bob: Clerk, carol: Clerk, session: Session, ready: VendorViewer, mailbox: Mailbox
) -> None:
    submit(session, ready)
    session.commit()
    assert len(mailbox.all(VERA, "receipt")) == 1
    told = {mail.recipient for mail in mailbox.all(kind="submitted")}
    assert told == {"alice@clinic.example", bob.member.email}, "Viewers only read; they are not called to work."
    for mail in [*mailbox.all(VERA, "receipt"), *mailbox.all(kind="submitted")]:
        assert "次の保守で" not in mail.text + mail.html + mail.subject


def test_a_link_without_an_address_gets_no_receipt_by_mail(session: Session, ready: VendorViewer) -> None:
    invitation = session.get_one(Invitation, ready.invitation_id)
    invitation.email = ""
    submit(session, ready)
    session.flush()
    assert not session.exec(select(Mail).where(Mail.kind == "receipt")).all()


def test_what_is_missing_stands_in_the_way(session: Session, asked: Submission, clinic: Clinic) -> None:
    viewer = viewer_of(session, asked, clinic)
    with pytest.raises(NotSubmittable):
        submit(session, viewer)
    assert session.exec(select(Revision)).all() == []


def test_fifty_at_once_give_one_revision_and_one_set_of_mails(
    database: Database, session: Session, ready: VendorViewer, clinic: Clinic, mailbox: Mailbox
) -> None:
    session.commit()
    outcomes: Counter[str] = Counter()
    all_ready = threading.Barrier(50)

    def press() -> None:
        with database.open_writer() as own:
            all_ready.wait()
            try:
                submit(own, viewer_of(own, ready.submission, clinic))
                own.commit()
                outcomes["submitted"] += 1
            except AlreadySubmitted:
                outcomes["told"] += 1

    threads = [threading.Thread(target=press) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"submitted": 1, "told": 49}
    with database.open_reader() as reader:
        assert len(reader.exec(select(Revision)).all()) == 1
        assert len(reader.exec(select(Event).where(Event.verb == "submission.submitted")).all()) == 1
    assert len(mailbox.all(VERA, "receipt")) == 1


def test_after_a_return_the_next_revision_leaves_the_first_as_it_was(
    session: Session, ready: VendorViewer, clinic: Clinic
) -> None:
    first = submit(session, ready)
    before = json.dumps(first.answers, sort_keys=True), first.sha256
    with pytest.raises(AlreadySubmitted):
        submit(session, ready)
    member = session.exec(select(Member)).first()
    assert member is not None
    reviews.return_submission(
        session,
        clinic=clinic,
        submission=ready.submission,
        revision_number=1,
        remarks={"2-9": "いつですか"},
        words="",
        due_on=None,
        reviewed_by=member.id,
    )
    item = editions.find_item(ready.submission.asked, "2-9")
    assert item is not None
    given = Given(value=AnswerValue.YES)
    answers.save_answer(session, submission=ready.submission, item=item, given=given, version=1, person=VERA)
    second = submit(session, ready)
    assert second.number == 2
    session.expire_all()
    kept = submitting.get_revision(session, submission=ready.submission, number=1)
    assert (json.dumps(kept.answers, sort_keys=True), kept.sha256) == before
    assert revisions.read_answers(second)["2-9"].value is AnswerValue.YES
    assert submitting.get_revision(session, submission=ready.submission).number == 2
    with pytest.raises(NotFound):
        submitting.get_revision(session, submission=ready.submission, number=3)


def test_late_answers_are_accepted_and_marked(session: Session, ready: VendorViewer) -> None:
    """The due date ends at its midnight in Japan."""
    due = ready.submission.due_on
    midnight = clock.local(clock.now()).replace(
        year=due.year, month=due.month, day=due.day, hour=23, minute=59, second=0, microsecond=0
    )
    with time_machine.travel(midnight, tick=False):
        in_time = submit(session, ready)
        assert not submitting.is_late(ready.submission, in_time)
    in_time.submitted_at = midnight + timedelta(minutes=1)
    assert submitting.is_late(ready.submission, in_time)


def test_a_vendor_that_declines_is_heard_and_cannot_submit(
    session: Session, ready: VendorViewer, mailbox: Mailbox
) -> None:
    submitting.decline(session, viewer=ready, reason="保守契約に含まれません。")
    session.commit()
    assert ready.submission.stage is Stage.DECLINED
    mail = mailbox.last("alice@clinic.example", "declined")
    assert "保守契約に含まれません" not in mail.text
    with pytest.raises(AlreadyDeclined):
        submit(session, ready)
    with pytest.raises(AlreadyDeclined):
        submitting.decline(session, viewer=ready, reason="もう一度")
    verbs = session.exec(select(Event.verb).where(col(Event.verb) == "submission.declined")).all()
    assert len(verbs) == 1
