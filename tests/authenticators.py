"""An authenticator app as a member of the tests carries it."""

from __future__ import annotations

from dataclasses import dataclass

import pyotp
from sqlmodel import Session

from models import Member, SecondFactor
from models.database import Database
from services import clock, one_time_codes, recovery_codes
from services.recovery_codes import FreshCodes
from services.sessions import Viewer, find_viewer, start_session


@dataclass
class Authenticator:
    """The app, and the paper with the recovery codes."""

    seed: str
    recovery: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """What the app shows now."""
        return pyotp.TOTP(self.seed).at(clock.now())


def give_factor(database: Database, member: Member) -> Authenticator:
    """Let the member have a second factor, as if it had set one up before; its codes of now are unused."""
    fresh: FreshCodes = recovery_codes.make_codes()
    with database.open_writer() as session:
        sealed = one_time_codes.new_sealed_seed(member.id)
        factor = SecondFactor(member_id=member.id, sealed_seed=sealed, begun_at=clock.now(), confirmed_at=clock.now())
        session.add(factor)
        recovery_codes.replace_codes(session, member_id=member.id, fresh=fresh)
        session.commit()
        return Authenticator(one_time_codes.seed_of(factor), fresh.texts)


def viewer_of(session: Session, member: Member) -> Viewer:
    """The member in a session that has just begun."""
    viewer = find_viewer(session, token=start_session(session, member=member, browser="tests"))
    assert viewer is not None
    return viewer
