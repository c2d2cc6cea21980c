"""Programs that call the API: a clinic's, with a token that its owner made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from models import Scope
from models.database import Database
from services import api_tokens
from tests.browser import BASE, Browser
from tests.people import Clerk, Engineer, Mailbox


class Program:
    """Calls the API with one token; every refusal must be a problem document."""

    def __init__(self, app: FastAPI, token: str = "", *, language: str = "en") -> None:
        headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {token}"} if token else {})
        self.client = TestClient(app, base_url=BASE, follow_redirects=False, headers=headers)
        self.token = token

    def call(self, method: str, path: str, json: Any = None, **more: Any) -> Response:
        """One call, checked for what holds for all."""
        sent = {"json": json} if json is not None else {}
        response = self.client.request(method, f"/api/v1{path}", **sent, **more)
        if response.status_code >= 400:
            check_problem(response)
        return response

    def get(self, path: str, **params: Any) -> Any:
        """What stands at an address."""
        response = self.call("GET", path, params=params or None)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, json: Any = None, *, expected: int = 0, **more: Any) -> Any:
        """What a deed is answered."""
        response = self.call("POST", path, json, **more)
        assert response.status_code == expected or (not expected and response.status_code < 300), response.text
        return response.json() if response.content else None


def check_problem(response: Response) -> dict[str, Any]:
    """The members that every problem document has (RFC 9457)."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem: dict[str, Any] = response.json()
    assert problem["type"].startswith("urn:problem:")
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    assert problem["advice"]
    return problem


def code_of(response: Response) -> str:
    """Which problem it is."""
    return str(response.json()["type"]).removeprefix("urn:problem:")


def make_token(
    database: Database, *, clinic_id: UUID, made_by: UUID, scopes: Iterable[Scope] = tuple(Scope), days: int = 90
) -> str:
    """A token as the settings page makes it."""
    with database.open_writer() as session:
        _token, text = api_tokens.make_token(
            session, clinic_id=clinic_id, name="電子カルテ連携", scopes=list(scopes), days=days, made_by=made_by
        )
        session.commit()
    return text


def program_of(app: FastAPI, clerk: Clerk, *scopes: Scope, language: str = "en") -> Program:
    """A program with a token that this member made; with every scope where none is named."""
    token = make_token(
        clerk.database, clinic_id=clerk.clinic.id, made_by=clerk.member.id, scopes=scopes or tuple(Scope)
    )
    return Program(app, token, language=language)


def vendor_program(app: FastAPI, mailbox: Mailbox, email: str, *, language: str = "en") -> Program:
    """A vendor's program that has exchanged the link and the code mailed to it."""
    engineer, knocking = Engineer(Browser(app), mailbox, email), Program(app, language=language)
    asked = knocking.post("/vendor/codes", {"link": f"{BASE}{engineer.link}"}, expected=201)
    told = knocking.post("/vendor/sessions", {"ticket": asked["ticket"], "code": engineer.code}, expected=201)
    return Program(app, told["token"], language=language)
