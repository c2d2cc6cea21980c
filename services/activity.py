"""Activity: what happened last with a request, and what keeps its vendor from starting, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from models import ANSWERABLE, OutcomeKind, Stage
from services import clock
from services.formats import format_short_date, format_time
from services.languages import _, marked, ngettext
from services.link_states import LinkState
from services.options import name_of
from services.progress import Line
from settings import get_settings

_UNOPENED: Final[Mapping[LinkState, str]] = {
    LinkState.NONE: marked("Not opened"),
    LinkState.WAITING: marked("Mail is on its way"),
    LinkState.RETRYING: marked("Mail delayed, being tried again"),
    LinkState.FAILED: marked("Not opened"),
    LinkState.BOUNCED: marked("Not opened"),
    LinkState.SENT: marked("Link sent, not opened"),
    LinkState.COPIED: marked("Link handed over, not opened"),
    LinkState.LETTER: marked("Letter made, not opened"),
    LinkState.OPENED: marked("Link opened"),
    LinkState.EXPIRED: marked("The link has expired, not opened"),
}


_Deed = tuple[str, datetime | None]


class Activity(NamedTuple):
    """What happened last and when, in words."""

    what: str
    when: str


def format_ago(moment: datetime, today: date) -> str:
    """今日 14:32, 昨日, 3日前; after two weeks the date."""
    day = clock.local_date(moment)
    days = (today - day).days
    if days <= 0:
        return _("today %(time)s", time=format_time(moment))
    if days == 1:
        return _("yesterday")
    if days <= 14:
        return ngettext("%(count)s day ago", "%(count)s days ago", days)
    return format_short_date(day)


def describe_activity(line: Line, today: date) -> Activity:
    """The last thing that happened, or what the vendor's start is waiting for."""
    what, moment = _ACTIVITIES[line.stage](line)
    return Activity(what, format_ago(moment, today) if moment else "")


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


def find_obstacle(line: Line) -> str:
    """Why the vendor cannot come in although it is its turn, nothing to blame it for; empty where it can.

    An expired link is none: the page it opens sends a new one.
    """
    if line.stage not in ANSWERABLE:
        return ""
    if line.link is LinkState.NONE:
        return _("No link that works")
    if line.link is LinkState.FAILED:
        return _("The mail could not be delivered")
    if line.link is LinkState.BOUNCED:
        return _("The mail came back")
    if line.link is LinkState.WAITING and not get_settings().smtp_host:
        return _("Waits in the outbox: no mail server is set")
    return ""


def _opened(line: Line) -> _Deed:
    return _("Opened, nothing entered"), line.moments.opened_at


def _in_progress(line: Line) -> _Deed:
    moments = line.moments
    return _("Last saved"), moments.saved_at or moments.started_at


_ACTIVITIES: Final[Mapping[Stage, Callable[[Line], _Deed]]] = {
    Stage.DRAFT: lambda line: (_("Prepared"), line.moments.created_at),
    Stage.INVITED: lambda line: (_("Not opened") if find_obstacle(line) else _(_UNOPENED[line.link]), line.link_at),
    Stage.OPENED: _opened,
    Stage.IN_PROGRESS: _in_progress,
    Stage.SUBMITTED: lambda line: (_("Answered"), line.moments.submitted_at),
    Stage.RETURNED: lambda line: (_("Returned"), line.moments.returned_at),
    Stage.ACCEPTED: lambda line: (_("Accepted"), line.moments.accepted_at),
    Stage.DECLINED: lambda line: (name_of(line.outcome or OutcomeKind.DECLINED), line.moments.declined_at),
    Stage.WITHDRAWN: lambda line: (_("Withdrawn"), line.moments.withdrawn_at),
}
