"""Confirming: who is signed in shows once more who it is, before what must not be done from a browser left alone."""

from __future__ import annotations

from sqlmodel import Session

from models import Member
from services import passwords, second_factors, throttles
from services.account_refusals import WrongPassword
from services.history import record
from services.refusals import refuse_if
from services.second_factors import TypedCode
from services.sessions import Viewer, renew_session


def prove_password(session: Session, *, viewer: Viewer, password: str) -> None:
    """Compare a member's own password before the transaction that goes on, because it takes long.

    Raises TooManyTries, and WrongPassword, which the caller counts by passwords.count_wrong.
    """
    throttles.refuse_throttled(session, subject=passwords.subject_of(viewer))
    member = session.get_one(Member, viewer.member_id)
    refuse_if(not passwords.is_right(password, member.password_hash), WrongPassword())


def confirm(session: Session, *, viewer: Viewer, code: TypedCode | None = None) -> str:
    """Let the member go on for a while, whose password was right or who typed this code.

    Returns the session's new token; raises TooManyTries, and what second_factors.use_code raises.
    """
    if code is not None:
        second_factors.use_code(session, member=session.get_one(Member, viewer.member_id), code=code)
    else:
        throttles.hold_subject(session, subject=passwords.subject_of(viewer))
        throttles.forget_failures(session, subject=passwords.subject_of(viewer))
    token = renew_session(session, viewer=viewer)
    record(session, "sign_in.confirmed", clinic_id=viewer.clinic_id, subject=("member", viewer.member_id))
    return token
