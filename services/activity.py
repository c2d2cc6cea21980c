"""Activity: what happened last with a request and why nothing happens, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from models import Stage
from services import clock
from services.formats import format_short_date, format_time
from services.languages import _, marked, ngettext
from services.link_states import LinkState
from services.progress import Line
from settings import get_settings

_UNOPENED: Final[Mapping[LinkState, str]] = {
    LinkState.NONE: marked("No link that works"),
    LinkState.WAITING: marked("Mail is on its way"),
    LinkState.FAILED: marked("The mail could not be delivered"),
    LinkState.SENT: marked("Link sent, not opened"),
    LinkState.COPIED: marked("Link handed over, not opened"),
    LinkState.OPENED: marked("Link opened"),
    LinkState.EXPIRED: marked("The link has expired"),
}


def format_ago(moment: datetime) -> str:
    """今日 14:32, 昨日, 3日前; after two weeks the date."""
    days = (clock.today() - clock.local_date(moment)).days
    if days <= 0:
        return _("today %(time)s", time=format_time(moment))
    if days == 1:
        return _("yesterday")
    if days <= 14:
        return ngettext("%(count)s day ago", "%(count)s days ago", days)
    return format_short_date(moment)


def describe_activity(line: Line) -> str:
    """The last thing that happened, or what the vendor's start is waiting for."""
    return _ACTIVITIES[line.stage](line)


def last_moment(line: Line) -> datetime:
    """When something happened last."""
    moments = line.moments
    known: tuple[datetime | None, ...] = (
        moments.created_at,
        moments.sent_at,
        moments.opened_at,
        moments.saved_at,
        moments.submitted_at,
        moments.returned_at,
        moments.accepted_at,
        moments.declined_at,
        moments.withdrawn_at,
        moments.reminded_at,
    )
    return max(moment for moment in known if moment is not None)


def is_stuck(line: Line) -> bool:
    """Whether the vendor cannot come in although it is its turn: nothing to blame it for."""
    if line.stage not in {Stage.INVITED, Stage.OPENED, Stage.IN_PROGRESS, Stage.RETURNED}:
        return False
    if line.link is LinkState.WAITING:
        return not get_settings().smtp_host
    return line.link in {LinkState.NONE, LinkState.FAILED, LinkState.EXPIRED}


def _invited(line: Line) -> str:
    if line.link is LinkState.WAITING and not get_settings().smtp_host:
        return _("Waits in the outbox: no mail server is set")
    words = _(_UNOPENED[line.link])
    if line.link in {LinkState.SENT, LinkState.COPIED} and line.link_at:
        return _("%(what)s (%(when)s)", what=words, when=format_ago(line.link_at))
    return words


def _begun(line: Line) -> str:
    moments = line.moments
    words = (
        _("Last saved %(when)s", when=format_ago(moments.saved_at))
        if moments.saved_at
        else _("Opened %(when)s, nothing entered yet", when=format_ago(moments.opened_at or moments.started_at))
    )
    return f"{words} — {_(_UNOPENED[line.link])}" if is_stuck(line) else words


def _returned(line: Line) -> str:
    words = _("Returned %(when)s", when=format_ago(line.moments.returned_at))
    return f"{words} — {_(_UNOPENED[line.link])}" if is_stuck(line) else words


_ACTIVITIES: Final[Mapping[Stage, Callable[[Line], str]]] = {
    Stage.DRAFT: lambda line: _("Prepared %(when)s, not sent", when=format_ago(line.moments.created_at)),
    Stage.INVITED: _invited,
    Stage.OPENED: _begun,
    Stage.IN_PROGRESS: _begun,
    Stage.SUBMITTED: lambda line: _("Answered %(when)s", when=format_ago(line.moments.submitted_at)),
    Stage.RETURNED: _returned,
    Stage.ACCEPTED: lambda line: _("Accepted %(when)s", when=format_ago(line.moments.accepted_at)),
    Stage.DECLINED: lambda line: _("Declined %(when)s", when=format_ago(line.moments.declined_at)),
    Stage.WITHDRAWN: lambda line: _("Withdrawn %(when)s", when=format_ago(line.moments.withdrawn_at)),
}
