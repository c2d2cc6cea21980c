"""Two programs and a webhook: one asks with a token, one answers with link and code, the first is told and accepts."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import col, select

from api.v1.endpoint import forget_calls
from models import Event, Stage, Submission, WebhookDelivery
from models.database import Database
from services.jobs import prepare_jobs
from services.webhook_delivery import deliver
from settings import get_settings
from tests.api.programs import make_token, vendor_program
from tests.benchmarks.serving import free_port
from tests.people import Clerk, Mailbox
from tests.services.receivers import Receiver, make_authority, receiving
from tests.stories import in_days, pdf_of

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"
EMAIL = "support@midori.example"
WANTED = ["submission.opened", "submission.submitted", "submission.accepted", "document.uploaded"]


def examples() -> list[dict[str, Any]]:
    """What the Python examples of the guide define, each run as it is written there."""
    spaces = []
    for text in re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        space: dict[str, Any] = {}
        exec(compile(text, str(GUIDE), "exec"), space)  # noqa: S102 - our own guide.
        spaces.append(space)
    return spaces


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """Where a real server serves the portal; other programs reach it over the network of this machine."""
    forget_calls()
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.config.port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> Iterator[Receiver]:
    """Another system of the clinic's, inside the house, which the operator allowed."""
    trusted, identity = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("PORTAL_WEBHOOK_ALLOW_PRIVATE", "127.0.0.0/8, ::1/128")
    get_settings.cache_clear()
    with receiving(identity) as running:
        yield running


def deliver_all(database: Database) -> None:
    """What the process that runs jobs does."""
    with database.open_reader() as session:
        waiting = session.exec(select(WebhookDelivery.id).order_by(col(WebhookDelivery.created_at))).all()
    for delivery_id in waiting:
        deliver(database, delivery_id)


def test_a_program_asks_a_vendors_program_answers_and_the_first_is_told(
    app: FastAPI,
    database: Database,
    mailbox: Mailbox,
    alice: Clerk,
    address: str,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare_jobs(database)
    monkeypatch.setenv("PORTAL", address)
    monkeypatch.setenv("TOKEN", make_token(database, clinic_id=alice.clinic.id, made_by=alice.member.id))
    clinic, hook = examples()
    made = clinic["call"]("POST", "/webhooks", {"url": receiver.url, "events": WANTED})

    submission_id = clinic["ask"]("みどりメディカルシステム", EMAIL, in_days(40).isoformat())
    answer(app, mailbox, submission_id)

    deliver_all(database)
    assert [told_by(call.body) for call in receiver.received] == [
        "submission.opened",
        "document.uploaded",
        "submission.submitted",
    ]
    for call in receiver.received:
        assert hook["is_from_portal"](made["secret"], call.headers, call.body.encode())
        assert not hook["is_from_portal"](made["secret"], call.headers, call.body.encode() + b" ")
        assert submission_id in call.body
        assert "みどり" not in call.body

    clinic["accept_whatever_says_yes"]()
    assert capsys.readouterr().out.startswith("accepted: みどりメディカルシステム")
    deliver_all(database)
    assert told_by(receiver.received[-1].body) == "submission.accepted"
    with database.open_reader() as session:
        assert session.exec(select(Submission)).one().stage is Stage.ACCEPTED
        verdict = session.exec(select(Event).where(Event.verb == "submission.accepted")).one()
    assert (verdict.actor_kind, verdict.actor_name) == ("token", "電子カルテ連携")
    assert mailbox.all(EMAIL, "accepted")
    page = alice.open("/log")
    assert page.says("電子カルテ連携（API）")


def test_a_program_notes_that_nobody_could_be_reached(
    database: Database, alice: Clerk, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_jobs(database)
    monkeypatch.setenv("PORTAL", address)
    monkeypatch.setenv("TOKEN", make_token(database, clinic_id=alice.clinic.id, made_by=alice.member.id))
    clinic, _hook = examples()
    submission_id = clinic["ask"]("みどりメディカルシステム", EMAIL, in_days(40).isoformat())
    told = clinic["give_up"](submission_id, "サポート窓口", "三回電話したが、つながらない。")
    assert told["kind_label"] in {"Unreachable", "連絡がつかない"}
    page = alice.open("/record", year=2026)
    assert page.says("三回電話したが、つながらない。")
    assert page.says("連絡がつかない")


def answer(app: FastAPI, mailbox: Mailbox, submission_id: str) -> None:
    """What the vendor's program does with the link and the code in its mailbox."""
    vendor, at = vendor_program(app, mailbox, EMAIL), f"/vendor/submissions/{submission_id}"
    for item in vendor.get(at)["items"]:
        sent = {"version": 0, "value": "yes", "responsibility": "vendor"}
        assert vendor.call("PUT", f"{at}/answers/{item['item_key']}", sent).status_code == 200
    files = [("files", ("SDS.pdf", pdf_of(), "application/pdf"))]
    sent_file = vendor.call("POST", f"{at}/documents", files=files)
    assert sent_file.status_code == 201, sent_file.text
    vendor.post(f"{at}/submit", {"responsible_name": "緑川 誠", "responsible_title": "部長"}, expected=201)


def told_by(body: str) -> str:
    found = re.search(r'"type":"([\w.]+)"', body)
    assert found
    return found[1]
