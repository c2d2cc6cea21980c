"""Members: invited, joined, given roles and removed, and a clinic is never left without an owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from models import Clinic, Member, MemberInvitation, Membership, Role
from models.database import Database
from services import clock, members, passwords, sessions, signing_in
from services.account_refusals import AlreadyMember, LastOwner
from services.history import list_events
from services.keys import digest_of
from services.members import Invited
from services.refusals import CapReached, LinkSpent, NotFound, Refusal
from services.sessions import Viewer
from services.signing_in import SignedIn
from settings import get_settings
from tests import factories
from tests.people import Mailbox

GUEST = "guest@clinic.example"


@pytest.fixture
def owner(database: Database, clinic: Clinic) -> Viewer:
    with database.open_writer() as session:
        member = factories.make_member(session, clinic, name="山本 あかり")
        token = sessions.start_session(session, member=member, browser="")
        session.commit()
        viewer = sessions.find_viewer(session, token=token)
    assert viewer is not None
    return viewer


def invite(
    session: Session, clinic: Clinic, owner: Viewer, email: str = GUEST, role: Role = Role.EDITOR, name: str = "坊野 武"
) -> Invited:
    return members.invite_member(session, clinic=clinic, viewer=owner, email=email, name=name, role=role)


def token_of(invited: Invited) -> str:
    return invited.link.rsplit("/", 1)[1]


def join(session: Session, token: str) -> SignedIn:
    door = members.find_open_invitation(session, token=token, lock=True)
    joined = members.join(session, door=door, person="!", name="坊野 武", language="ja", browser="")
    assert isinstance(joined, SignedIn)
    return joined


def membership_of(session: Session, clinic: Clinic, member_id: object) -> Membership:
    row = next(row for row in members.list_members(session, clinic_id=clinic.id) if row.member_id == member_id)
    return members.get_membership(session, clinic_id=clinic.id, membership_id=row.membership_id)


def test_an_invited_person_joins_with_its_role(
    session: Session, clinic: Clinic, owner: Viewer, mailbox: Mailbox
) -> None:
    invited = invite(session, clinic, owner, email=" Guest@Clinic.example")
    signed_in = join(session, token_of(invited))
    session.commit()
    viewer = sessions.find_viewer(session, token=signed_in.token)
    assert viewer is not None
    assert (viewer.email, viewer.clinic_id, viewer.role) == (GUEST, clinic.id, Role.EDITOR)
    assert invited.link in mailbox.last(GUEST, "member_invitation").text
    verbs = [event.verb for event in list_events(session, clinic_id=clinic.id)]
    assert verbs[:3] == ["sign_in.succeeded", "member.joined", "member.invited"]


def test_only_the_digest_of_a_token_is_kept_and_never_logged(session: Session, clinic: Clinic, owner: Viewer) -> None:
    token = token_of(invite(session, clinic, owner))
    assert len(token) == 43
    assert session.exec(select(MemberInvitation)).one().token_hash == digest_of(token)
    assert not any(token in str(event.model_dump()) for event in list_events(session, clinic_id=clinic.id))


def test_a_link_works_once(session: Session, clinic: Clinic, owner: Viewer) -> None:
    token = token_of(invite(session, clinic, owner))
    join(session, token)
    with pytest.raises(LinkSpent):
        join(session, token)


def test_a_link_used_many_times_at_once_makes_one_member(database: Database, clinic: Clinic, owner: Viewer) -> None:
    with database.open_writer() as session:
        token = token_of(invite(session, clinic, owner))
        session.commit()

    def one(_number: int) -> bool:
        with database.open_writer() as session:
            try:
                join(session, token)
            except Refusal:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 1
    with database.open_reader() as session:
        assert len(members.list_members(session, clinic_id=clinic.id)) == 2


def test_expired_revoked_replaced_and_unknown_links_say_the_same(
    session: Session, clinic: Clinic, owner: Viewer
) -> None:
    expired, revoked, replaced = (token_of(invite(session, clinic, owner, f"{name}@x.example")) for name in "abc")
    said = []
    members.revoke_invitation(
        session, clinic=clinic, invitation=members.find_open_invitation(session, token=revoked).invitation
    )
    invite(session, clinic, owner, "c@x.example")
    for token in (revoked, replaced, "unknown"):
        with pytest.raises(LinkSpent) as caught:
            members.find_open_invitation(session, token=token)
        said.append(str(caught.value))
    with time_machine.travel(clock.now() + timedelta(days=get_settings().invitation_days)):
        with pytest.raises(LinkSpent) as caught:
            members.find_open_invitation(session, token=expired)
        said.append(str(caught.value))
    assert len(set(said)) == 1


def test_a_person_with_a_login_joins_a_second_clinic_by_its_password(
    database: Database, clinic: Clinic, other_clinic: Clinic, owner: Viewer
) -> None:
    with database.open_writer() as session:
        guest = factories.make_member(session, other_clinic, email=GUEST)
        guest.password_hash = passwords.hash_password("窓辺 horse 19 battery")
        token = token_of(invite(session, clinic, owner))
        session.commit()
    with database.open_reader() as reader:
        door = members.find_open_invitation(reader, token=token)
        assert door.has_account
        proof = signing_in.prove_password(reader, email=GUEST, password="窓辺 horse 19 battery", network="")
    with database.open_writer() as session:
        door = members.find_open_invitation(session, token=token, lock=True)
        signed_in = members.join(session, door=door, person=proof, name="", language="en", browser="")
        session.commit()
        viewer = sessions.find_viewer(session, token=signed_in.token)
    assert viewer is not None
    assert viewer.clinic_id == clinic.id
    assert {known for known, _name in viewer.clinics} == {clinic.id, other_clinic.id}


def test_nobody_takes_over_a_login_by_joining_as_a_newcomer(
    session: Session, clinic: Clinic, other_clinic: Clinic, owner: Viewer
) -> None:
    token = token_of(invite(session, clinic, owner))
    victim = factories.make_member(session, other_clinic, email=GUEST)
    with pytest.raises(Refusal):
        join(session, token)
    assert session.get_one(Member, victim.id).password_hash == "!"


def test_a_member_is_not_invited_again(session: Session, clinic: Clinic, owner: Viewer) -> None:
    with pytest.raises(AlreadyMember):
        invite(session, clinic, owner, email=owner.email.upper())


def test_a_member_sends_no_more_invitations_than_a_day_allows(session: Session, clinic: Clinic, owner: Viewer) -> None:
    cap = get_settings().member_invitations_per_day
    for number in range(cap):
        invite(session, clinic, owner, f"guest{number}@clinic.example")
    with pytest.raises(CapReached):
        invite(session, clinic, owner, "one-more@clinic.example")
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1)):
        invite(session, clinic, owner, "one-more@clinic.example")


def test_a_change_of_role_ends_the_members_sessions(session: Session, clinic: Clinic, owner: Viewer) -> None:
    signed_in = join(session, token_of(invite(session, clinic, owner)))
    membership = membership_of(session, clinic, signed_in.member.id)
    members.change_role(session, clinic=clinic, membership=membership, role=Role.OWNER)
    session.flush()
    assert sessions.find_viewer(session, token=signed_in.token) is None
    event = list_events(session, clinic_id=clinic.id)[0]
    assert (event.verb, event.details["former"], event.details["role"]) == ("member.role_changed", "editor", "owner")


def test_the_same_role_again_changes_nothing(session: Session, clinic: Clinic, owner: Viewer) -> None:
    signed_in = join(session, token_of(invite(session, clinic, owner)))
    membership = membership_of(session, clinic, signed_in.member.id)
    members.change_role(session, clinic=clinic, membership=membership, role=Role.EDITOR)
    assert sessions.find_viewer(session, token=signed_in.token) is not None


def test_a_removed_member_is_out_at_once_and_may_be_invited_again(
    session: Session, clinic: Clinic, owner: Viewer
) -> None:
    signed_in = join(session, token_of(invite(session, clinic, owner)))
    membership = membership_of(session, clinic, signed_in.member.id)
    members.remove_member(session, clinic=clinic, membership=membership)
    session.flush()
    assert sessions.find_viewer(session, token=signed_in.token) is None
    assert [row.member_id for row in members.list_members(session, clinic_id=clinic.id)] == [owner.member_id]
    with pytest.raises(NotFound):
        members.get_membership(session, clinic_id=clinic.id, membership_id=membership.id)
    assert invite(session, clinic, owner).invitation.accepted_at is None


def test_the_last_owner_neither_goes_nor_becomes_less(session: Session, clinic: Clinic, owner: Viewer) -> None:
    join(session, token_of(invite(session, clinic, owner)))
    membership = membership_of(session, clinic, owner.member_id)
    with pytest.raises(LastOwner):
        members.change_role(session, clinic=clinic, membership=membership, role=Role.VIEWER)
    with pytest.raises(LastOwner):
        members.remove_member(session, clinic=clinic, membership=membership)
    assert membership.role is Role.OWNER
    assert membership.removed_at is None


def test_two_owners_cannot_both_go_at_the_same_moment(database: Database, clinic: Clinic, owner: Viewer) -> None:
    with database.open_writer() as session:
        factories.make_member(session, clinic, role=Role.OWNER)
        session.commit()
        rows = members.list_members(session, clinic_id=clinic.id)

    def leave(row: members.MemberRow) -> bool:
        with database.open_writer() as session:
            membership = members.get_membership(session, clinic_id=clinic.id, membership_id=row.membership_id)
            try:
                members.remove_member(session, clinic=clinic, membership=membership)
            except LastOwner:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, rows)) == [False, True]


def test_members_and_invitations_of_another_clinic_are_not_found(
    session: Session, clinic: Clinic, other_clinic: Clinic, owner: Viewer
) -> None:
    invited = invite(session, clinic, owner)
    membership = membership_of(session, clinic, owner.member_id)
    with pytest.raises(NotFound):
        members.get_membership(session, clinic_id=other_clinic.id, membership_id=membership.id)
    with pytest.raises(NotFound):
        members.get_invitation(session, clinic_id=other_clinic.id, invitation_id=invited.invitation.id)
    assert members.list_members(session, clinic_id=other_clinic.id) == []
    assert members.list_open_invitations(session, clinic_id=other_clinic.id) == []
