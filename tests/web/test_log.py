"""The log: every deed in words, narrowed down, taken along and checked."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from models import Clinic, Event
from models.database import Database
from services.deed_words import KIND_NAMES, SENTENCES, sentence_of, who_of
from services.deeds import KINDS
from services.history import list_events, record
from services.languages import sentences, speaking
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk
from tests.queries import recorded

ROOT = Path(__file__).resolve().parent.parent.parent
VERB = re.compile(r"[a-z_]+\.[a-z_]+")


def verbs_in(path: Path) -> Iterator[tuple[str, str]]:
    """Every verb that a module records, with its place."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "verb":
            yield from ((verb, place) for verb in verbs_under(node.value))
        if isinstance(node, ast.Call) and name_of_call(node) in {"record", "_record", "record_look"}:
            verbs = [verb for argument in node.args for verb in verbs_under(argument)]
            is_passed_on = any(isinstance(argument, ast.Name) and argument.id == "verb" for argument in node.args)
            assert verbs or is_passed_on, f"{place}: no verb can be read here"
            yield from ((verb, place) for verb in verbs)


def verbs_under(node: ast.AST) -> list[str]:
    texts = [found.value for found in ast.walk(node) if isinstance(found, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and VERB.fullmatch(text)]


def name_of_call(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def add_events(database: Database, clinic: Clinic, count: int, verb: str = "vendor.added") -> None:
    with database.open_writer() as session:
        for number in range(count):
            record(session, verb, clinic_id=clinic.id, subject=("vendor", clinic.id), name=f"ベンダー{number:03d}")
        session.commit()


def told_on(page: Page) -> list[str]:
    """The sentences of the log, from top to bottom."""
    return [str(text) for text in page.tree.xpath("//*[@class='timeline__sentence']/text()")]


def event_of(verb: str, session: Session, clinic: Clinic, **details: Any) -> Event:
    return record(session, verb, clinic_id=clinic.id, **details)


def test_a_member_reads_what_was_done(alice: Clerk) -> None:
    alice.open("/settings").submit("/settings", {"address": "東京都"})
    page = alice.open("/log")
    assert page.says("設定が変更されました")
    assert page.says("山本 あかり")


def test_every_verb_recorded_anywhere_has_its_sentence() -> None:
    found = {
        verb: place
        for room in ("services", "web", "api")
        for path in (ROOT / room).rglob("*.py")
        for verb, place in verbs_in(path)
    }
    assert len(found) > 30
    missing = {verb: place for verb, place in found.items() if verb not in SENTENCES}
    assert not missing, f"services/deed_words.py has no sentence for {missing}"
    # Some verbs are chosen before the call; they stand as texts somewhere else than among the sentences.
    mentioned = {
        verb
        for room in ("services", "web", "api")
        for path in (ROOT / room).rglob("*.py")
        if path != ROOT / "web" / "clinic" / "deeds.py"
        for verb in verbs_under(ast.parse(path.read_text(encoding="utf-8")))
    }
    idle = sorted(set(SENTENCES) - mentioned)
    assert not idle, f"nothing records {idle}"


def test_every_verb_belongs_to_a_kind_and_every_kind_has_a_name() -> None:
    nouns = {noun for members in KINDS.values() for noun in members}
    assert {verb.partition(".")[0] for verb in SENTENCES} <= nouns
    assert set(KINDS) == set(KIND_NAMES)


@pytest.mark.parametrize("verb", sorted(SENTENCES))
@pytest.mark.parametrize("spoken", ["ja", "en"])
def test_a_sentence_reads_well_with_and_without_its_details(
    session: Session, clinic: Clinic, verb: str, spoken: str
) -> None:
    with speaking(spoken):
        bare = sentence_of(event_of(verb, session, clinic))
    assert bare
    assert "%" not in bare
    assert "()" not in bare
    assert "（）" not in bare
    assert not bare.endswith((":", "：", " "))
    assert sentences("ja").gettext(SENTENCES[verb]).count("%(") == SENTENCES[verb].count("%(")


def test_a_verb_without_sentence_is_shown_as_it_is(session: Session, clinic: Clinic) -> None:
    assert sentence_of(event_of("moon.landed", session, clinic)) == "moon.landed"


def test_details_are_told_in_the_readers_words(session: Session, clinic: Clinic) -> None:
    told = sentence_of(event_of("member.role_changed", session, clinic, name="坊野", former="viewer", role="owner"))
    assert "閲覧者" in told
    assert "管理者" in told
    assert "坊野" in told
    told = sentence_of(event_of("submission.due_changed", session, clinic, before="2026-12-24", after="2027-01-15"))
    assert "2027年1月15日（金）" in told


def test_who_did_it_is_a_person_a_vendor_or_the_portal(session: Session, clinic: Clinic) -> None:
    event = event_of("mail.delivered", session, clinic)
    assert who_of(event) == "ポータル"
    event.actor_kind, event.actor_name = "vendor", "vera@vendor.example"
    assert "vera@vendor.example" in who_of(event)
    event.actor_kind, event.actor_name = "member", "坊野"
    assert who_of(event) == "坊野"


def test_the_log_is_narrowed_to_a_kind(alice: Clerk, database: Database, clinic: Clinic) -> None:
    add_events(database, clinic, 3)
    add_events(database, clinic, 2, verb="document.uploaded")
    page = alice.open("/log", kind="documents")
    assert len(told_on(page)) == 2
    assert page.tree.xpath("string(//select[@name='kind']/option[@selected]/@value)") == "documents"
    assert alice.open("/log", kind="assessment").says("この種類の記録はまだありません")
    assert len(told_on(alice.open("/log", kind="'; drop table events"))) > 5


def test_one_leafs_through_the_log_without_gap_or_repeat(alice: Clerk, database: Database, clinic: Clinic) -> None:
    add_events(database, clinic, 130)
    page = alice.open("/log", kind="ledger")
    seen = [told_on(page)]
    while page.offers("古い記録へ"):
        page = page.follow("古い記録へ")
        seen.append(told_on(page))
    assert [len(rows) for rows in seen] == [50, 50, 30]
    told = [re.findall(r"\d{3}", text)[0] for rows in seen for text in rows]
    assert told == [f"{number:03d}" for number in reversed(range(130))]
    back = page.follow("新しい記録へ")
    assert told_on(back) == seen[1]
    assert told_on(back.follow("新しい記録へ")) == seen[0]
    assert not alice.open("/log", kind="ledger").offers("新しい記録へ")


@pytest.mark.parametrize("place", [{"before": "x"}, {"before": "-1"}, {"after": "9" * 40}, {"before": "²"}])
def test_a_strange_place_is_the_beginning(
    alice: Clerk, database: Database, clinic: Clinic, place: dict[str, str]
) -> None:
    add_events(database, clinic, 3)
    assert len(told_on(alice.open("/log", **place))) == 4


def test_the_log_is_taken_along_and_that_is_noted(alice: Clerk, database: Database, clinic: Clinic) -> None:
    with database.open_writer() as session:
        record(session, "vendor.added", clinic_id=clinic.id, name="=HYPERLINK(1)")
        session.commit()
    response = alice.browser.client.get("/log.csv")
    assert response.headers["content-type"].startswith("text/csv")
    assert "attachment" in response.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    with database.open_reader() as session:
        events = list_events(session, clinic_id=clinic.id)
    assert rows[0][:2] == ["番号", "日時"]
    assert [row[0] for row in rows[1:]] == [str(event.sequence) for event in reversed(events)][: len(rows) - 1]
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert events[0].verb == "log.exported"


def test_the_chain_is_checked_and_said_to_be_unbroken(alice: Clerk, database: Database, clinic: Clinic) -> None:
    page = alice.open("/log")
    assert page.says("まだ確認されていません")
    checked = page.submit("/log/check")
    assert checked.says("切れ目はありません")
    with database.open_reader() as session:
        assert list_events(session, clinic_id=clinic.id)[0].details == {"breaks": 0, "places": []}


def test_a_broken_chain_is_said_with_its_places(alice: Clerk, database: Database, clinic: Clinic) -> None:
    add_events(database, clinic, 5)
    with database.writer.begin() as connection:
        tamper(connection, "UPDATE events SET actor_name = 'nobody' WHERE sequence = 3 AND chain_id = :chain", clinic)
        tamper(connection, "DELETE FROM events WHERE sequence = 5 AND chain_id = :chain", clinic)
    checked = alice.open("/log").submit("/log/check")
    assert checked.says("つながりの切れた箇所")
    assert checked.says("3番の記録")
    assert checked.says("5番の記録")


def tamper(connection: sa.Connection, statement: str, clinic: Clinic) -> None:
    """As somebody with the database in hand would: without the triggers that refuse it."""
    triggers: list[tuple[str, str]] = []
    if connection.dialect.name == "sqlite":
        rows = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        triggers = [(name, sql) for name, sql in rows if "events" in sql]
        for name, _sql in triggers:
            connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
    else:
        connection.execute(sa.text("ALTER TABLE events DISABLE TRIGGER USER"))
    chain = clinic.id.hex if connection.dialect.name == "sqlite" else clinic.id
    assert connection.execute(sa.text(statement), {"chain": chain}).rowcount == 1
    for _name, sql in triggers:
        connection.execute(sa.text(sql.replace(":", "\\:")))
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("ALTER TABLE events ENABLE TRIGGER USER"))


def test_looking_changes_nothing(alice: Clerk, database: Database, clinic: Clinic) -> None:
    def heads() -> list[tuple[object, ...]]:
        with database.open_reader() as session:
            return [tuple(row) for row in session.execute(sa.text("SELECT chain_id, sequence FROM event_heads"))]

    before = heads()
    alice.open("/log")
    alice.open("/log", kind="members")
    assert heads() == before


def test_the_page_asks_the_database_the_same_number_of_times_however_long_the_log_is(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    def queries() -> int:
        with recorded(database) as statements:
            assert alice.open("/log").status == 200
        return len(statements)

    add_events(database, clinic, 2)
    few = queries()
    with database.open_writer() as session:
        for _ in range(20):
            vendor, _contact = factories.make_vendor(session, clinic)
            record(session, "vendor.changed", clinic_id=clinic.id, subject=("vendor", vendor.id), fields=["name"])
        session.commit()
    assert queries() == few


def test_viewers_read_but_do_not_check(carol: Clerk, clinic: Clinic, database: Database) -> None:
    page = carol.open("/log")
    assert page.status == 200
    assert not page.offers("今すぐ確認する")
    assert carol.post("/log/check").status == 403


def test_another_clinic_reads_its_own_log_only(
    alice: Clerk, charlie: Clerk, database: Database, clinic: Clinic
) -> None:
    add_events(database, clinic, 3)
    assert not charlie.open("/log").says("ベンダー001")
    assert "ベンダー001" not in charlie.browser.client.get("/log.csv").text
    charlie.open("/log").submit("/log/check")
    with database.open_reader() as session:
        assert list_events(session, clinic_id=clinic.id, verb="log.checked") == []


def test_a_stranger_is_asked_to_sign_in(stranger: Browser) -> None:
    assert stranger.open("/log").path == "/sign-in?next=%2Flog"
    assert stranger.open("/log.csv").path == "/sign-in?next=%2Flog.csv"
    assert stranger.post("/log/check").status == 401
