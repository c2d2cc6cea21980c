"""Members: invited, given roles and removed by owners."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlmodel import select

from models import Clinic, MemberInvitation, Membership, Role
from models.database import Database
from services import jobs, members
from services.keys import digest_of
from settings import get_settings
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, Mailbox
from tests.queries import recorded

GUEST = {"name": "坊野 武", "email": "guest@clinic.example", "role": "editor"}


def membership_of(database: Database, clerk: Clerk) -> Membership:
    with database.open_reader() as session:
        return session.exec(select(Membership).where(Membership.member_id == clerk.member.id)).one()


def invite(alice: Clerk, **changes: str) -> Page:
    return alice.open("/members").submit("/members/invitations", GUEST | changes)


def link_on(page: Page) -> str:
    return str(page.tree.get_element_by_id("link").get("value"))


def invitations(database: Database) -> list[MemberInvitation]:
    with database.open_reader() as session:
        return list(session.exec(select(MemberInvitation)))


def test_an_owner_sees_who_belongs_to_the_clinic(alice: Clerk, bob: Clerk, carol: Clerk, charlie: Clerk) -> None:
    page = alice.open("/members")
    for clerk in (alice, bob, carol):
        assert page.says(clerk.member.name)
        assert page.says(clerk.member.email)
    assert not page.says(charlie.member.name)


def test_without_a_mail_server_the_link_is_shown_this_one_time(
    alice: Clerk, database: Database, mailbox: Mailbox
) -> None:
    shown = invite(alice)
    assert shown.status == 200
    link = link_on(shown)
    token = link.rsplit("/", 1)[1]
    assert link == f"{get_settings().base_url}/join/{token}"
    assert invitations(database)[0].token_hash == digest_of(token)
    assert link in mailbox.last("guest@clinic.example", "member_invitation").text
    assert token not in alice.open("/members").response.text
    assert alice.open("/members").says("坊野 武")


def test_with_a_mail_server_the_link_only_stands_in_the_mail(
    alice: Clerk, mailbox: Mailbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.prepare_jobs(database)
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example")
    get_settings.cache_clear()
    page = invite(alice)
    assert page.path == "/members"
    assert page.says("guest@clinic.example 宛てに招待を送りました")
    found = re.search(r"/join/([\w-]+)", mailbox.last("guest@clinic.example").text)
    assert found
    assert found.group(1) not in page.response.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "alice@clinic.example"}, "email"),
        ({"name": "　"}, "name"),
        ({"role": "king"}, "role"),
    ],
)
def test_a_wrong_invitation_is_said_beside_the_field(
    alice: Clerk, database: Database, changes: dict[str, str], field: str
) -> None:
    answer = invite(alice, **changes)
    assert answer.status == 422
    assert answer.tree.get_element_by_id(f"error-{field}").text_content().strip()
    assert invitations(database) == []


def test_a_second_invitation_stops_the_first(alice: Clerk, database: Database, stranger: Browser) -> None:
    first = link_on(invite(alice))
    second = link_on(invite(alice, role="viewer"))
    assert stranger.open(first.removeprefix(get_settings().base_url)).status == 410
    assert stranger.open(second.removeprefix(get_settings().base_url)).status == 200


def test_an_invitation_is_taken_back(alice: Clerk, database: Database, stranger: Browser) -> None:
    link = link_on(invite(alice)).removeprefix(get_settings().base_url)
    page = alice.open("/members")
    assert page.says("招待中")
    answer = page.submit(f"/members/invitations/{invitations(database)[0].id}/revoke")
    assert answer.says("取り消しました")
    assert not answer.says("招待中")
    assert stranger.open(link).status == 410


def test_a_change_of_role_takes_effect_at_once(alice: Clerk, carol: Clerk, database: Database) -> None:
    assert carol.open("/account").status == 200
    membership = membership_of(database, carol)
    page = alice.open("/members").submit(f"/members/{membership.id}/role", {"role": "owner"})
    assert page.says("役割を変更しました")
    assert membership_of(database, carol).role is Role.OWNER
    assert carol.open("/account").path.startswith("/sign-in")


def test_a_removed_member_is_out_at_once(alice: Clerk, bob: Clerk, database: Database) -> None:
    page = alice.open("/members")
    assert page.says("坊野 武さんを外しますか")
    after = page.submit(f"/members/{membership_of(database, bob).id}/remove")
    assert not after.says("bob@clinic.example")
    assert bob.open("/dashboard").path.startswith("/sign-in")
    assert bob.post("/settings", {}).status == 401


def test_the_only_owner_is_offered_no_way_out_and_has_none(alice: Clerk, bob: Clerk, database: Database) -> None:
    own = membership_of(database, alice)
    page = alice.open("/members")
    assert not page.tree.xpath(f"//form[contains(@action, '{own.id}')]")
    assert page.says("ただ一人の管理者")
    for path, values in ((f"/members/{own.id}/role", {"role": "viewer"}), (f"/members/{own.id}/remove", {})):
        answer = alice.post(path, values)
        assert answer.status == 409
        assert answer.heading == "管理者が必要です"
    assert membership_of(database, alice).role is Role.OWNER


def test_an_unknown_role_changes_nothing(alice: Clerk, bob: Clerk, database: Database) -> None:
    membership = membership_of(database, bob)
    assert alice.post(f"/members/{membership.id}/role", {"role": "king"}).status == 404
    assert membership_of(database, bob).role is Role.EDITOR


def test_the_list_asks_the_database_the_same_number_of_times_however_long_it_is(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    def queries() -> int:
        with recorded(database) as statements:
            assert alice.open("/members").status == 200
        return len(statements)

    few = queries()
    with database.open_writer() as session:
        for _ in range(15):
            factories.make_member(session, clinic, role=Role.VIEWER)
        session.commit()
    assert queries() == few


def test_editors_and_viewers_are_not_let_in(bob: Clerk, carol: Clerk, alice: Clerk, database: Database) -> None:
    target = membership_of(database, alice)
    for clerk in (bob, carol):
        assert clerk.open("/members").status == 403
        assert clerk.post("/members/invitations", GUEST).status == 403
        assert clerk.post(f"/members/{target.id}/role", {"role": "viewer"}).status == 403
        assert clerk.post(f"/members/{target.id}/remove").status == 403
    assert invitations(database) == []


def test_another_clinic_finds_nobody(alice: Clerk, charlie: Clerk, bob: Clerk, database: Database) -> None:
    invite(alice)
    membership, invitation = membership_of(database, bob), invitations(database)[0]
    for path in ("/members/{}/role", "/members/{}/remove"):
        foreign = charlie.post(path.format(membership.id), {"role": "viewer"})
        unknown = charlie.post(path.format(uuid4()), {"role": "viewer"})
        assert foreign.status == unknown.status == 404
        assert foreign.response.text == unknown.response.text
    assert charlie.post(f"/members/invitations/{invitation.id}/revoke").status == 404
    with database.open_reader() as session:
        assert len(members.list_members(session, clinic_id=alice.clinic.id)) == 2
    assert invitations(database)[0].revoked_at is None


def test_a_stranger_is_asked_to_sign_in(stranger: Browser) -> None:
    assert stranger.open("/members").path == "/sign-in?next=%2Fmembers"
    assert stranger.post("/members/invitations", GUEST).status == 401
