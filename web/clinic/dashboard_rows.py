"""The dashboard's rows and tasks, put into words beforehand so that a hundred rows cost the template little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from fastapi import Request

from models import Stage
from services import clock
from services.activity import describe_activity, find_obstacle
from services.formats import format_short_date
from services.languages import _, ngettext
from services.link_states import UNDELIVERED, LinkState
from services.options import name_of
from services.progress import NOTHING_READ, Line, ReadCounts
from services.progress_filters import STUCK
from services.threads import OpenCount

MOST_SYSTEMS = 3
_SILENCE: Final = OpenCount()


class Row(NamedTuple):
    """One request as it is shown; the template takes it apart, so the order counts."""

    address: str
    vendor: str
    systems: str
    standing: str
    answered: int
    item_count: int
    documents: str
    read: str
    no_count: str
    conditional: str
    due_on: str
    due_note: str
    is_late: bool
    activity: str
    activity_when: str
    obstacle: str
    action: str
    action_address: str
    is_post: bool
    talk: str
    talk_address: str
    typed_in: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do today; without an address it is only told."""

    meaning: str
    icon: str
    sentence: str
    label: str = ""
    address: str = ""


class _Addresses:
    """Addresses of pages about one request; the same for all rows but for the id, so that each is made only once."""

    def __init__(self, request: Request) -> None:
        self._make = request.app.state.addresses
        self._halves: dict[str, tuple[str, str]] = {}

    def __call__(self, route: str, submission_id: str) -> str:
        halves = self._halves.get(route)
        if halves is None:
            before, _mark, after = self._make(route, submission_id="~").partition("~")
            halves = self._halves[route] = before, after
        return submission_id.join(halves)


def make_rows(request: Request, lines: Sequence[Line], talks: Mapping[UUID, OpenCount], *, may_edit: bool) -> list[Row]:
    """The rows of the table, in the order of the lines."""
    addresses, today = _Addresses(request), clock.today()
    return [_make_row(request, addresses, line, talks.get(line.id, _SILENCE), today, may_edit) for line in lines]


def _make_row(request: Request, addresses: _Addresses, line: Line, talk: OpenCount, today: date, may_edit: bool) -> Row:
    action = _next_action(line) if may_edit else _NOTHING
    activity = describe_activity(line, today)
    submission_id = str(line.id)
    return Row(
        address=addresses("show_submission", submission_id),
        vendor=line.vendor_name,
        systems=_name_systems(line.systems),
        standing=line.standing,
        answered=line.answered,
        item_count=line.item_count,
        documents=_name_documents(line),
        read=_name_read(line.read) if line.read is not NOTHING_READ else "",
        no_count="—" if line.no_count is None else str(line.no_count),
        conditional=_("%(count)s conditional", count=line.conditional_count) if line.conditional_count else "",
        due_on=format_short_date(line.due_on),
        due_note=_note_due(line, today),
        is_late=line.is_overdue,
        activity=activity.what,
        activity_when=activity.when,
        obstacle=find_obstacle(line),
        action=action.label,
        action_address=_action_address(request, addresses, action.route, line, submission_id) if action.label else "",
        is_post=action.is_post,
        talk=_name_talk(talk),
        talk_address=f"{addresses('show_submission', submission_id)}#messages",
        typed_in=_("Typed in (%(source)s)", source=name_of(line.source)) if line.source else "",
    )


def _name_talk(talk: OpenCount) -> str:
    if talk.unread:
        return ngettext("%(count)s new message", "%(count)s new messages", talk.unread)
    return ngettext("%(count)s open question", "%(count)s open questions", talk.open) if talk.open else ""


def _name_systems(names: Sequence[str]) -> str:
    shown = "、".join(names[:MOST_SYSTEMS])
    more = len(names) - MOST_SYSTEMS
    return _("%(names)s and %(count)s more", names=shown, count=more) if more > 0 else shown


def _name_documents(line: Line) -> str:
    if line.documents:
        return " · ".join(kind.value.upper() for kind in line.documents)
    return _("None") if line.moments.submitted_at else "—"


def _name_read(read: ReadCounts) -> str:
    """What the documents that were read leave to do; where nothing is left, that they were read."""
    if not read.documents:
        return ""
    parts = [
        _("%(count)s undecided", count=read.untreated) if read.untreated else "",
        ngettext("%(count)s needs a person", "%(count)s need a person", read.unclear) if read.unclear else "",
    ]
    return _(", ").join(filter(None, parts)) or _("read")


def _note_due(line: Line, today: date) -> str:
    days = (line.due_on - today).days
    if line.is_overdue:
        return ngettext("%(count)s day over", "%(count)s days over", -days)
    if line.was_late:
        return _("Answered late")
    if line.is_awaited and days <= 14:
        return _("today") if days == 0 else ngettext("%(count)s day left", "%(count)s days left", days)
    return ""


class _Action(NamedTuple):
    """What to press next: its words, the name of its route, whether it is a deed or a page."""

    label: str
    route: str
    is_post: bool = False


_NOTHING: Final = _Action("", "")


def _next_action(line: Line) -> _Action:
    stage, link = line.stage, line.link
    if stage in {Stage.ACCEPTED, Stage.WITHDRAWN}:
        return _NOTHING
    if stage is Stage.SUBMITTED:
        return _Action(_("Review"), "show_review")
    if stage is Stage.DRAFT:
        return _Action(_("Send"), "show_invitation_form")
    if stage is Stage.DECLINED:
        return _Action(_("Ask again"), "show_submission")
    if link in UNDELIVERED or link is LinkState.NONE:
        return _Action(_("Fix the address"), "show_invitation_form")
    if link in {LinkState.COPIED, LinkState.LETTER} or (link is LinkState.WAITING and find_obstacle(line)):
        return _Action(_("Hand over"), "show_submission")
    if link is LinkState.EXPIRED:
        return _Action(_("Send again"), "remind_vendor", is_post=True)
    return _Action(_("Remind"), "remind_vendor", is_post=True)


def _action_address(request: Request, addresses: _Addresses, route: str, line: Line, submission_id: str) -> str:
    if route == "start_asking":
        return str(request.app.state.addresses(route, vendor=line.vendor_id))
    address = addresses(route, submission_id)
    if route == "remind_vendor":
        return f"{address}?back=dashboard"
    return f"{address}#links" if route == "show_submission" else address


def list_tasks(request: Request, lines: Sequence[Line], *, year: int, unasked: int, may_edit: bool) -> list[Task]:
    """What is to do today, the most pressing first; viewers read it without buttons."""
    tasks = [
        *_overdue_task(request, lines, year),
        *_stuck_task(request, lines, year),
        *_review_task(request, lines),
        *_draft_task(request, lines),
        *_unasked_task(request, year, unasked),
    ]
    if not may_edit:
        tasks = [Task(task.meaning, task.icon, task.sentence) for task in tasks]
    return tasks


def _overdue_task(request: Request, lines: Sequence[Line], year: int) -> list[Task]:
    late = {line.vendor_id for line in lines if line.is_overdue and line.stage is not Stage.DRAFT}
    if not late:
        return []
    sentence = ngettext("%(count)s vendor is past the due date", "%(count)s vendors are past the due date", len(late))
    address = request.app.state.addresses("list_overdue", year=year)
    return [Task("trouble", "overdue", sentence, _("Remind them all"), address)]


def _stuck_task(request: Request, lines: Sequence[Line], year: int) -> list[Task]:
    """Vendors that cannot start, through no fault of theirs."""
    stuck = [line for line in lines if find_obstacle(line)]
    if not stuck:
        return []
    addresses = request.app.state.addresses
    sentence = ngettext("%(count)s vendor cannot start yet", "%(count)s vendors cannot start yet", len(stuck))
    if all(line.link is LinkState.WAITING for line in stuck):
        return [Task("trouble", "outbox", sentence, _("Look into the outbox"), addresses("show_outbox"))]
    return [Task("trouble", "outbox", sentence, _("Look at it"), addresses("show_dashboard", year=year, stage=STUCK))]


def _review_task(request: Request, lines: Sequence[Line]) -> list[Task]:
    waiting = sorted(
        (line for line in lines if line.stage is Stage.SUBMITTED),
        key=lambda line: line.moments.submitted_at or line.moments.created_at,
    )
    if not waiting:
        return []
    sentence = ngettext("%(count)s answer is to be reviewed", "%(count)s answers are to be reviewed", len(waiting))
    address = request.app.state.addresses("show_review", submission_id=waiting[0].id)
    return [Task("attention", "submitted", sentence, _("Review"), address)]


def _draft_task(request: Request, lines: Sequence[Line]) -> list[Task]:
    drafts = [line for line in lines if line.stage is Stage.DRAFT]
    if not drafts:
        return []
    sentence = ngettext("%(count)s request is not sent yet", "%(count)s requests are not sent yet", len(drafts))
    address = request.app.state.addresses("show_invitation_form", submission_id=drafts[0].id)
    return [Task("waiting", "draft", sentence, _("Send"), address)]


def _unasked_task(request: Request, year: int, unasked: int) -> list[Task]:
    if not unasked:
        return []
    sentence = ngettext("%(count)s vendor has not been asked yet", "%(count)s vendors have not been asked yet", unasked)
    return [Task("waiting", "send", sentence, _("Ask"), request.app.state.addresses("start_asking", year=year))]
