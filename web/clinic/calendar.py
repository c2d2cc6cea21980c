"""The calendar: a secret address for one's own calendar program, made, shown once, stopped, and fetched."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from limits import RateLimitItemPerHour

from services import calendar_feeds, calendars, links
from services.languages import _, speaking
from services.refusals import NotFound
from web.access import ClinicDep, ConfirmedMemberDep, MemberDep, SessionDep
from web.limits import UNKNOWN_LINKS, count_failure, refuse_busy, refuse_over
from web.rendering import page, see

router = APIRouter()

FETCHES: Final = RateLimitItemPerHour(60, namespace="calendar fetches")
"""A calendar program asks a few times a day; one that asks every minute is told to wait."""


@router.get("/calendar")
def show_calendar(request: Request, session: SessionDep, clinic: ClinicDep, viewer: MemberDep) -> Response:
    feed = calendar_feeds.find_feed(session, clinic_id=clinic.id, member_id=viewer.member_id)
    return page(request, "clinic/calendar/show.html", {"current": "show_profile", "feed": feed})


@router.post("/calendar")
def make_calendar(
    request: Request, session: SessionDep, clinic: ClinicDep, viewer: MemberDep, _confirmed: ConfirmedMemberDep
) -> Response:
    token = calendar_feeds.make_feed(session, clinic_id=clinic.id, member_id=viewer.member_id)
    values = {
        "current": "show_profile",
        "address": links.calendar_link(token),
        "here": request.app.state.addresses("show_calendar"),
    }
    return page(request, "clinic/calendar/made.html", values)


@router.post("/calendar/stop")
def stop_calendar(request: Request, session: SessionDep, clinic: ClinicDep, viewer: MemberDep) -> Response:
    calendar_feeds.stop_feed(session, clinic_id=clinic.id, member_id=viewer.member_id)
    return see(request, "show_calendar", said=_("The address is stopped. Calendars that used it get nothing more."))


@router.get("/calendar/{feed_token}.ics")
def fetch_calendar(request: Request, session: SessionDep, feed_token: str) -> Response:
    """What a calendar program fetches; it has no session, the address is all it has."""
    refuse_over(UNKNOWN_LINKS, request)
    try:
        feed = calendar_feeds.open_feed(session, token=feed_token)
    except NotFound:
        count_failure(UNKNOWN_LINKS, request)
        raise
    refuse_busy(FETCHES, str(feed.feed_id))
    with speaking(feed.language):
        name = _("Due dates of %(clinic)s", clinic=feed.clinic_name)
        content = calendars.write_calendar(calendars.list_entries(session, clinic_id=feed.clinic_id), name=name)
    return Response(content, media_type="text/calendar; charset=utf-8")
