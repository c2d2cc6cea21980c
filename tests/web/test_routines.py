"""The page on which a clinic chooses when its vendors are reminded, and the pause of a single request."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from models import Event, Routine, Submission
from models.database import Database
from tests.people import Clerk


def verbs(database: Database) -> list[str]:
    with database.open_reader() as session:
        return list(session.exec(select(Event.verb).order_by(col(Event.at))))


def test_an_owner_sees_the_usual_rhythm_and_changes_it(alice: Clerk, database: Database) -> None:
    page = alice.open("/settings").follow("自動の催促")
    assert dict(page.form("/settings/reminders").form_values())["weeks_after"] == "4"
    page = page.submit(
        "/settings/reminders", {"days_before": ["30", "3"], "weeks_after": "0", "hour": "10", "adds_words": "true"}
    )
    assert page.says("設定を保存しました")
    with database.open_reader() as session:
        routine = session.get_one(Routine, alice.clinic.id)
    assert (routine.reminds, routine.days_before, routine.weeks_after, routine.hour) == (True, "30,3", 0, 10)
    assert routine.adds_words
    assert dict(page.form("/settings/reminders").form_values())["adds_words"] == "true"
    assert verbs(database)[-1] == "routine.changed"


def test_no_day_before_is_a_choice_too(alice: Clerk, database: Database) -> None:
    alice.open("/settings/reminders").submit("/settings/reminders", {"days_before": None})
    with database.open_reader() as session:
        assert session.get_one(Routine, alice.clinic.id).days_before == ""
    assert alice.open("/settings/reminders").status == 200


@pytest.mark.parametrize("wrong", [{"hour": "13"}, {"weeks_after": "99"}, {"days_before": ["x"]}])
def test_what_is_not_offered_is_not_taken(alice: Clerk, database: Database, wrong: dict[str, object]) -> None:
    page = alice.open("/settings/reminders").submit("/settings/reminders", wrong)
    assert page.status == 422
    assert "routine.changed" not in verbs(database)


def test_a_pause_is_pressed_twice_without_harm_and_stands_in_the_history(
    bob: Clerk, asked: Submission, database: Database
) -> None:
    for _press in range(2):
        assert bob.post(f"/submissions/{asked.id}/reminders/pause").status == 200
    for _press in range(2):
        assert bob.post(f"/submissions/{asked.id}/reminders/resume").status == 200
    assert [verb for verb in verbs(database) if verb.startswith("reminders.")] == [
        "reminders.paused",
        "reminders.resumed",
    ]


def test_without_a_mail_server_the_page_says_why_nobody_is_reminded(alice: Clerk, asked: Submission) -> None:
    assert alice.open(f"/submissions/{asked.id}").says("メールサーバーが設定されていないため")


def test_strangers_and_readers_pause_nothing(charlie: Clerk, carol: Clerk, asked: Submission) -> None:
    assert carol.post(f"/submissions/{asked.id}/reminders/pause").status == 403
    assert carol.open("/settings/reminders").status == 403
    assert charlie.post(f"/submissions/{asked.id}/reminders/pause").status == 404
