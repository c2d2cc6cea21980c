"""Two people at one item, and words that come too late: nobody loses what they wrote."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Answer, Submission
from models.database import Database
from services import invitations, submissions
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer, Mailbox
from tests.stories import answer_everything

TAKA = "taka@vendor.example"
OWN, THEIRS = "こちらの言葉", "相手の言葉"


@pytest.fixture
def taka(app: FastAPI, asked: Submission, alice: Clerk, mailbox: Mailbox) -> Engineer:
    """A colleague to whom the clinic wrote too."""
    alice.invites(asked, TAKA, "高橋")
    colleague = Engineer(Browser(app), mailbox, TAKA)
    colleague.enters()
    return colleague


def write(engineer: Engineer, asked: Submission, remark: str, page: Page | None = None) -> Page:
    page = page or engineer.open(f"/answer/{asked.id}/sections/general")
    return page.submit("/general", {"2-4.answer": "no", "2-4.remark": remark})


def remark_of(database: Database) -> str:
    with database.open_reader() as session:
        return session.exec(select(Answer.remark).where(Answer.item_key == "2-4")).one()


@pytest.fixture
def clash(asked: Submission, vera: Engineer, taka: Engineer) -> Page:
    """Vera's page after Taka was quicker."""
    vera.enters()
    before = vera.open(f"/answer/{asked.id}/sections/general")
    write(taka, asked, THEIRS)
    page = write(vera, asked, OWN, before)
    assert page.status == 422
    assert page.says(THEIRS)
    assert page.says(OWN)
    return page


@pytest.mark.parametrize(
    ("choice", "kept"), [("theirs", THEIRS), ("both", f"{THEIRS}\n{OWN}"), ("", OWN)], ids=["theirs", "both", "own"]
)
def test_whoever_was_slower_chooses(clash: Page, database: Database, choice: str, kept: str) -> None:
    page = clash.submit("/general", button=f"settle={choice}:2-4" if choice else "")
    assert page.status == 200
    assert remark_of(database) == kept


def test_a_third_change_is_seen_again_before_anything_is_joined(
    clash: Page, asked: Submission, taka: Engineer, database: Database
) -> None:
    write(taka, asked, "もう一度直しました")
    page = clash.submit("/general", button="settle=both:2-4")
    assert page.status == 422
    assert remark_of(database) == "もう一度直しました"


@pytest.mark.parametrize("how", ["withdrawn", "revoked", "submitted"])
def test_words_that_come_too_late_can_be_copied_from_the_page_that_says_so(
    asked: Submission, vera: Engineer, taka: Engineer, database: Database, how: str
) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/sections/general")
    if how == "submitted":
        answer_everything(taka, asked)
    else:
        with database.open_writer() as session:
            found = session.get_one(Submission, asked.id)
            if how == "withdrawn":
                submissions.withdraw_submission(session, submission=found)
            else:
                link = next(one for one in submissions.list_invitations(session, submission=found) if one.email != TAKA)
                invitations.revoke_invitation(session, invitation=link)
            session.commit()
    refused = write(vera, asked, OWN, page)
    if how == "revoked":
        assert refused.status == 401
        refused = refused.submit("/again")
    assert refused.status in (409, 410)
    assert refused.says("保存されていません")
    assert OWN in refused.tree.xpath("string(//textarea)")


def test_a_stranger_gets_nothing_back_but_404(asked: Submission, stranger: Browser) -> None:
    page = stranger.post(f"/answer/{asked.id}/sections/general", {"2-4.remark": OWN})
    assert page.status == 404
