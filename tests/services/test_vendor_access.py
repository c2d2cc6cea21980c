"""Coming in: links, codes bound to a browser, sessions for exactly one submission."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlmodel import Session, select

from models import AccessCode, Clinic, Event, Invitation, Mail, Submission, VendorSession
from services import clock, invitations, submissions, vendor_access, wrong_recipients
from services.keys import digest_of, new_token
from services.refusals import (
    CodeExpired,
    CodeNeeded,
    InvitationExpired,
    InvitationReplaced,
    InvitationRevoked,
    InvitationUnknown,
    SubmissionWithdrawn,
    TooManyTries,
    WrongCode,
)
from services.vendor_refusals import CopiedCodeSpent, LinkFirst, WrongCopiedCode
from tests import factories
from tests.people import CODE, LINK, Clerk, Mailbox

VERA = "vera@vendor.example"


@pytest.fixture
def submission(session: Session, asked: Submission) -> Submission:
    return session.get_one(Submission, asked.id)


@pytest.fixture
def invitation(session: Session, submission: Submission) -> Invitation:
    return submissions.list_invitations(session, submission=submission)[0]


def token_mailed(mailbox: Mailbox) -> str:
    found = LINK.search(mailbox.last(VERA).text)
    assert found
    return found.group().rsplit("/", 1)[1]


def code_of(session: Session, invitation: Invitation, browser: str) -> str:
    """The code mailed last, read from the outbox of this transaction."""
    vendor_access.send_code(session, invitation=invitation, browser=browser)
    session.flush()
    mails = session.exec(select(Mail).where(Mail.kind == "access_code")).all()
    found = CODE.search(max(mails, key=lambda mail: mail.created_at).text)
    assert found
    return found.group()


def come_in(session: Session, invitation: Invitation, token: str = "") -> str:
    browser = new_token()
    code = code_of(session, invitation, browser)
    fresh, _ = vendor_access.enter(session, browser=browser, typed=code, token=token)
    session.flush()
    return fresh


def test_the_code_opens_a_session_for_exactly_this_submission(
    session: Session, clinic: Clinic, alice: Clerk, invitation: Invitation, submission: Submission
) -> None:
    token = come_in(session, invitation)
    viewer = vendor_access.find_vendor(session, token=token, submission_id=submission.id)
    assert (viewer.person, viewer.submission.id, viewer.clinic.id) == (VERA, submission.id, clinic.id)
    assert submission.opened_at is not None
    other = factories.make_submission(
        session, clinic, factories.make_vendor(session, clinic)[0], created_by=alice.member.id
    )
    for strange in (other.id, uuid4()):
        with pytest.raises(LinkFirst):
            vendor_access.find_vendor(session, token=token, submission_id=strange)
    with pytest.raises(LinkFirst):
        vendor_access.find_vendor(session, token=new_token(), submission_id=submission.id)


def test_only_digests_of_tokens_and_codes_are_kept(session: Session, invitation: Invitation) -> None:
    browser = new_token()
    code = code_of(session, invitation, browser)
    asked = session.exec(select(AccessCode)).one()
    assert asked.browser_hash == digest_of(browser)
    assert code.encode() not in asked.code_hash
    token, _ = vendor_access.enter(session, browser=browser, typed=code, token="")
    session.flush()
    assert session.exec(select(VendorSession)).one().token_hash == digest_of(token)


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize(
    "type_it",
    [str, lambda code: f" {code} ", lambda code: code.translate(WIDE), lambda code: f"{code[:3]}　{code[3:]}"],
    ids=["plain", "blanks around", "full-width", "a full-width blank between"],
)
def test_full_width_digits_and_blanks_are_read(
    session: Session, invitation: Invitation, type_it: Callable[[str], str]
) -> None:
    browser = new_token()
    code = code_of(session, invitation, browser)
    vendor_access.enter(session, browser=browser, typed=type_it(code), token="")


def test_a_code_works_only_in_the_browser_that_asked(session: Session, invitation: Invitation) -> None:
    mine, theirs = new_token(), new_token()
    code = code_of(session, invitation, mine)
    with pytest.raises(LinkFirst):
        vendor_access.enter(session, browser=theirs, typed=code, token="")
    code_of(session, invitation, theirs)
    with pytest.raises(WrongCode):
        vendor_access.enter(session, browser=theirs, typed=code, token="")


def test_a_code_works_once(session: Session, invitation: Invitation) -> None:
    browser = new_token()
    code = code_of(session, invitation, browser)
    vendor_access.enter(session, browser=browser, typed=code, token="")
    with pytest.raises(CodeExpired):
        vendor_access.enter(session, browser=browser, typed=code, token="")


def test_a_code_works_for_ten_minutes(session: Session, invitation: Invitation) -> None:
    browser = new_token()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        code = code_of(session, invitation, browser)
        traveller.shift(timedelta(minutes=10))
        with pytest.raises(CodeExpired):
            vendor_access.enter(session, browser=browser, typed=code, token="")


def test_five_wrong_tries_end_a_code_but_not_the_next_one(session: Session, invitation: Invitation) -> None:
    browser = new_token()
    code = code_of(session, invitation, browser)
    wrong = "000000" if code != "000000" else "111111"
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCode) as refusal:
            vendor_access.enter(session, browser=browser, typed=wrong, token="")
        assert refusal.value.values == {"left": left}
    for typed in (wrong, code):
        with pytest.raises(CodeExpired):
            vendor_access.enter(session, browser=browser, typed=typed, token="")
    session.flush()
    assert len(session.exec(select(Event).where(Event.verb == "invitation.code_refused")).all()) == 5
    fresh = code_of(session, invitation, browser)
    vendor_access.enter(session, browser=browser, typed=fresh, token="")


def test_a_new_code_ends_the_one_before(session: Session, invitation: Invitation) -> None:
    browser = new_token()
    first = code_of(session, invitation, browser)
    second = code_of(session, invitation, browser)
    if first != second:
        with pytest.raises(WrongCode):
            vendor_access.enter(session, browser=browser, typed=first, token="")
    vendor_access.enter(session, browser=browser, typed=second, token="")


def test_six_codes_an_hour_are_enough(session: Session, invitation: Invitation) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(6):
            vendor_access.send_code(session, invitation=invitation, browser=new_token())
        with pytest.raises(TooManyTries):
            vendor_access.send_code(session, invitation=invitation, browser=new_token())
        traveller.shift(timedelta(minutes=61))
        vendor_access.send_code(session, invitation=invitation, browser=new_token())


def test_a_copied_link_takes_the_code_told_by_telephone_and_locks_after_five(
    session: Session, submission: Submission, alice: Clerk
) -> None:
    copied = invitations.copy_link(session, submission=submission, name="田中", copied_by=alice.member.id)
    browser = new_token()
    vendor_access.send_code(session, invitation=copied.invitation, browser=browser)
    wrong = "000000" if copied.code != "000000" else "111111"
    for _ in range(4):
        with pytest.raises(WrongCopiedCode):
            vendor_access.enter(session, browser=browser, typed=wrong, token="")
    with pytest.raises(CopiedCodeSpent):
        vendor_access.enter(session, browser=browser, typed=wrong, token="")
    another = new_token()
    vendor_access.send_code(session, invitation=copied.invitation, browser=another)
    with pytest.raises(CopiedCodeSpent):
        vendor_access.enter(session, browser=another, typed=copied.code, token="")
    again = invitations.copy_link(session, submission=submission, name="田中", copied_by=alice.member.id)
    vendor_access.send_code(session, invitation=again.invitation, browser=another)
    token, _ = vendor_access.enter(session, browser=another, typed=again.code, token="")
    session.flush()
    assert vendor_access.find_vendor(session, token=token, submission_id=submission.id).person == "田中"


def test_two_submissions_in_one_browser_stand_side_by_side(
    session: Session, clinic: Clinic, alice: Clerk, invitation: Invitation, submission: Submission
) -> None:
    vendor, _ = factories.make_vendor(session, clinic)
    second = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
    other = invitations.invite_vendor(session, submission=second, email=VERA, name="", invited_by=alice.member.id)
    first_token = come_in(session, invitation)
    token = come_in(session, other, first_token)
    assert token != first_token, "A token is renewed at each rise of privilege."
    for each in (submission, second):
        assert vendor_access.find_vendor(session, token=token, submission_id=each.id).submission.id == each.id
        with pytest.raises(LinkFirst):
            vendor_access.find_vendor(session, token=first_token, submission_id=each.id)
    vendor_access.leave(session, viewer=vendor_access.find_vendor(session, token=token, submission_id=second.id))
    session.flush()
    assert vendor_access.find_vendor(session, token=token, submission_id=submission.id)
    with pytest.raises(CodeNeeded):
        vendor_access.find_vendor(session, token=token, submission_id=second.id)


@pytest.mark.parametrize(("away", "is_over"), [(timedelta(minutes=29), False), (timedelta(minutes=31), True)])
def test_half_an_hour_of_silence_ends_a_session(
    session: Session, invitation: Invitation, submission: Submission, away: timedelta, is_over: bool
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        token = come_in(session, invitation)
        traveller.shift(away)
        if is_over:
            with pytest.raises(CodeNeeded):
                vendor_access.find_vendor(session, token=token, submission_id=submission.id)
        else:
            vendor_access.find_vendor(session, token=token, submission_id=submission.id)


def test_twelve_hours_end_a_session_in_any_case(
    session: Session, invitation: Invitation, submission: Submission
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        token = come_in(session, invitation)
        for _ in range(30):
            traveller.shift(timedelta(minutes=24))
            vendor_access.find_vendor(session, token=token, submission_id=submission.id)
        traveller.shift(timedelta(minutes=1))
        with pytest.raises(CodeNeeded):
            vendor_access.find_vendor(session, token=token, submission_id=submission.id)


def test_withdrawing_and_revoking_end_sessions_at_once(
    session: Session, invitation: Invitation, submission: Submission
) -> None:
    token = come_in(session, invitation)
    invitations.revoke_invitation(session, invitation=invitation)
    session.expire_all()
    with pytest.raises(CodeNeeded):
        vendor_access.find_vendor(session, token=token, submission_id=submission.id)
    former = vendor_access.find_former(session, token=token, submission_id=submission.id)
    with pytest.raises(InvitationRevoked):
        vendor_access.send_code(session, invitation=former, browser=new_token())
    submissions.withdraw_submission(session, submission=submission)
    with pytest.raises(SubmissionWithdrawn):
        vendor_access.find_vendor(session, token=token, submission_id=submission.id)


def test_a_link_says_why_it_does_not_work(
    session: Session, mailbox: Mailbox, submission: Submission, invitation: Invitation, alice: Clerk
) -> None:
    token = token_mailed(mailbox)
    assert invitations.find_invitation(session, token=token)[0].id == invitation.id
    with pytest.raises(InvitationUnknown):
        invitations.find_invitation(session, token=new_token())
    with time_machine.travel(invitation.expires_at, tick=False), pytest.raises(InvitationExpired):
        invitations.find_invitation(session, token=token)
    invitations.invite_vendor(session, submission=submission, email=VERA, name="", invited_by=alice.member.id)
    session.expire_all()
    with pytest.raises(InvitationReplaced):
        invitations.find_invitation(session, token=token)


def test_a_code_asked_for_before_the_link_was_revoked_does_not_open_it(
    session: Session, invitation: Invitation
) -> None:
    """The link is checked inside the transaction that uses it, not only when the page was shown."""
    browser = new_token()
    code = code_of(session, invitation, browser)
    invitations.revoke_invitation(session, invitation=invitation)
    session.flush()
    with pytest.raises(InvitationRevoked):
        vendor_access.enter(session, browser=browser, typed=code, token="")


def test_the_wrong_recipient_stops_the_link_and_the_log_says_why(
    session: Session, mailbox: Mailbox, invitation: Invitation
) -> None:
    token = token_mailed(mailbox)
    for _ in range(2):
        wrong_recipients.report_wrong_recipient(session, token=token)
    session.expire_all()
    with pytest.raises(InvitationRevoked):
        invitations.find_invitation(session, token=token)
    [event] = session.exec(select(Event).where(Event.verb == "invitation.wrong_recipient")).all()
    assert event.actor_kind == "vendor"
    with pytest.raises(InvitationUnknown):
        wrong_recipients.report_wrong_recipient(session, token=new_token())
