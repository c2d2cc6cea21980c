"""Reviewing: a clerk reads what came in beside last year's, accepts it or returns it with words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from models import Clinic, Stage, Submission
from models.database import Database
from tests import factories
from tests.people import Clerk, Engineer, Mailbox, submission_by_id


@pytest.fixture
def submission(database: Database, clinic: Clinic, alice: Clerk, vera: Engineer) -> Submission:
    """A request to Vera's company, sent to her and not answered yet."""
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clinic, name="みどり電子カルテ", email=vera.email)
        system = factories.make_system(session, clinic, vendor, name="KarteNova")
        made = factories.make_submission(session, clinic, vendor, [system], created_by=alice.member.id)
        session.commit()
    alice.invites(made, vera.email)
    return made


def answer(database: Database, submission: Submission, given: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """What the vendor hands in."""
    with database.open_writer() as session:
        factories.submit_answers(session, session.get_one(Submission, submission.id), given)
        session.commit()


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
