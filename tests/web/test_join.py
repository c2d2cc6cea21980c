"""Joining a clinic by a link: opening it changes nothing, pressing the button does."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from sqlmodel import select

from models import Clinic, Member, MemberInvitation, Membership, Role
from models.database import Database
from services import clock, members, passwords
from services.sessions import find_viewer
from tests import factories
from tests.browser import Browser
from tests.people import Clerk, Mailbox
from web.cookies import MEMBER

GUEST = "guest@clinic.example"
PASSWORD = "窓辺 horse 19 battery"


def link_from(mailbox: Mailbox, to: str = GUEST) -> str:
    found = re.search(r"https?://\S+(/join/[\w-]+)", mailbox.last(to, "member_invitation").text)
    assert found
    return found.group(1)


@pytest.fixture
def link(alice: Clerk, mailbox: Mailbox) -> str:
    alice.open("/members").submit("/members/invitations", {"name": "坊野 武", "email": GUEST, "role": "editor"})
    return link_from(mailbox)


def joined(database: Database, clinic: Clinic, email: str = GUEST) -> Role | None:
    with database.open_reader() as session:
        rows = members.list_members(session, clinic_id=clinic.id)
    return next((row.role for row in rows if row.email == email), None)


def test_an_invited_person_joins_and_is_in(link: str, stranger: Browser, database: Database, clinic: Clinic) -> None:
    page = stranger.open(link)
    assert page.heading == f"{clinic.name}に参加する"
    assert page.says("編集者")
    assert page.says(GUEST)
    assert page.tree.get_element_by_id("field-name").get("value") == "坊野 武"
    inside = page.submit(link, {"name": "坊野 たける", "password": PASSWORD})
    assert inside.status == 200
    assert inside.says("参加しました")
    assert stranger.open("/account").says("坊野 たける")
    assert joined(database, clinic) is Role.EDITOR
    with database.open_reader() as session:
        assert passwords.is_right(
            PASSWORD, session.exec(select(Member).where(Member.email == GUEST)).one().password_hash
        )


def test_scanners_may_open_the_link_as_often_as_they_like(link: str, stranger: Browser, database: Database) -> None:
    for _ in range(3):
        assert stranger.open(link).status == 200
        assert stranger.client.head(link).status_code in {200, 405}
    with database.open_reader() as session:
        assert session.exec(select(MemberInvitation)).one().accepted_at is None
    assert MEMBER not in stranger.client.cookies


def test_a_used_link_says_so(link: str, stranger: Browser, app: FastAPI) -> None:
    stranger.open(link).submit(link, {"password": PASSWORD})
    late = Browser(app)
    assert late.open(link).status == 410
    answer = late.post(link, {"name": "誰か", "password": PASSWORD})
    assert answer.status == 410
    assert answer.heading == "このリンクは使えません"


def test_a_link_taken_back_while_the_page_was_open_does_not_let_in(
    link: str, alice: Clerk, stranger: Browser, database: Database, clinic: Clinic
) -> None:
    page = stranger.open(link)
    with database.open_reader() as session:
        invitation = session.exec(select(MemberInvitation)).one()
    alice.open("/members").submit(f"/members/invitations/{invitation.id}/revoke")
    assert page.submit(link, {"password": PASSWORD}).status == 410
    assert joined(database, clinic) is None


def test_spent_and_unknown_links_answer_in_the_same_bytes(link: str, stranger: Browser, app: FastAPI) -> None:
    stranger.open(link).submit(link, {"password": PASSWORD})
    spent = Browser(app).open(link)
    unknown = Browser(app).open("/join/" + "x" * 43)
    assert spent.status == unknown.status == 410
    assert spent.response.text == unknown.response.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " ", "password": PASSWORD}, "name"),
        ({"name": "坊野", "password": "short"}, "password"),
        ({"name": "坊野", "password": ""}, "password"),
        ({"name": "坊野", "password": "guest window horse 7"}, "password"),
        ({"name": "坊野", "password": "やまもと内科クリニック 馬 7"}, "password"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    link: str, stranger: Browser, database: Database, clinic: Clinic, values: dict[str, str], field: str
) -> None:
    answer = stranger.open(link).submit(link, values)
    assert answer.status == 422
    assert answer.tree.get_element_by_id(f"error-{field}").text_content().strip()
    assert joined(database, clinic) is None


@pytest.fixture
def guest(database: Database, other_clinic: Clinic) -> Member:
    """A person who has a login at another clinic already."""
    with database.open_writer() as session:
        made = factories.make_member(session, other_clinic, name="茶谷 理", email=GUEST)
        made.password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    return made


def test_who_has_a_login_joins_with_its_password(
    guest: Member, link: str, stranger: Browser, database: Database, clinic: Clinic
) -> None:
    page = stranger.open(link)
    assert not page.tree.xpath("//input[@name='name']")
    wrong = page.submit(link, {"password": "wrong"})
    assert wrong.status == 422
    assert joined(database, clinic) is None
    inside = wrong.submit(link, {"password": PASSWORD})
    assert inside.says(clinic.name)
    assert joined(database, clinic) is Role.EDITOR
    with database.open_reader() as session:
        assert session.get_one(Member, guest.id).name == "茶谷 理"


def test_guessing_the_password_on_the_joining_page_is_slowed_down(guest: Member, link: str, stranger: Browser) -> None:
    statuses = [stranger.post(link, {"password": f"wrong{number}"}).status for number in range(6)]
    assert statuses == [422] * 5 + [429]


def test_the_session_belongs_to_whom_was_invited_not_to_who_was_signed_in(
    link: str, alice: Clerk, database: Database
) -> None:
    response = alice.browser.client.post(link, data={"name": "坊野", "password": PASSWORD})
    token = next(
        value.removeprefix("member=").partition(";")[0]
        for name, value in response.headers.multi_items()
        if name == "set-cookie" and value.startswith("member=")
    )
    with database.open_reader() as session:
        viewer = find_viewer(session, token=token)
    assert viewer is not None
    assert viewer.email == GUEST


def test_a_removed_member_may_come_back_by_a_new_link(
    link: str, stranger: Browser, database: Database, clinic: Clinic, alice: Clerk, mailbox: Mailbox
) -> None:
    stranger.open(link).submit(link, {"password": PASSWORD})
    with database.open_writer() as session:
        for membership in session.exec(select(Membership).where(Membership.role == Role.EDITOR)):
            membership.removed_at = clock.now()
        session.commit()
    alice.open("/members").submit("/members/invitations", {"name": "坊野", "email": GUEST, "role": "viewer"})
    again = link_from(mailbox)
    stranger.open(again).submit(again, {"password": PASSWORD})
    assert joined(database, clinic) is Role.VIEWER


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "窓"])
def test_a_strange_token_is_a_spent_link_or_nothing(stranger: Browser, token: str) -> None:
    assert stranger.open(f"/join/{token}").status in {404, 410}
