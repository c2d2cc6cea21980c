"""News for the desk: wanted or not, chosen at the desk or behind the link in each mail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services import desk_news
from services.languages import _
from web.access import DeskViewerDep, SessionDep
from web.forms import Submitted, read
from web.rendering import page, see

router = APIRouter()


class NewsForm(BaseModel):
    wanted: bool = False


@router.post("/desk/news", name="switch_desk_news")
def switch_desk_news(
    request: Request,
    session: SessionDep,
    viewer: DeskViewerDep,
    submitted: Annotated[Submitted[NewsForm], Depends(read(NewsForm))],
) -> Response:
    wanted = bool(submitted.form and submitted.form.wanted)
    person = desk_news.find_person(session, email=viewer.email)
    if person is not None:
        desk_news.switch_news(session, person=person, wanted=wanted)
    said = _("New requests are told to you in the morning.") if wanted else _("New requests are no longer told.")
    return see(request, "show_desk", said=said, anchor="news")


@router.get("/n/{news_token}", name="show_desk_news")
def show_desk_news(request: Request, session: SessionDep, news_token: str) -> Response:
    """Opening the link changes nothing; only the button does."""
    person = desk_news.find_by_token(session, token=news_token)
    return page(request, "vendor/desk/news.html", {"token": news_token, "is_on": person.wants_news})


@router.post("/n/{news_token}", name="stop_desk_news")
def stop_desk_news(request: Request, session: SessionDep, news_token: str) -> Response:
    desk_news.switch_news(session, person=desk_news.find_by_token(session, token=news_token), wanted=False)
    return page(request, "vendor/desk/news.html", {"token": news_token, "is_on": False})
