"""The two-step sign-in: set up, asked for, replaced by paper, renewed, switched off; no half sign-in opens anything."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import select

from models import Member, MemberSession, PendingSignIn, Role, SecondFactor
from models.database import Database
from services import clock, members, passwords, recovery_codes, second_factors
from services.history import list_events
from services.sessions import CONFIRMED_FOR
from services.signing_in import CODE_AWAITED_FOR
from tests.authenticators import Authenticator, give_factor, viewer_of
from tests.browser import Browser, Page
from tests.people import Clerk, Mailbox, signed_in

EMAIL = "alice@clinic.example"
PASSWORD = "窓辺 horse 19 battery"
SET_UP = "/account/second-factor"
DOORS = tomllib.loads((Path(__file__).parent.parent / "doors.toml").read_text("utf-8")).values()
PUBLIC = {name for group in DOORS if group["outcomes"]["anonymous"] == "in" for name in group["routes"]}


@pytest.fixture
def akari(alice: Clerk, database: Database) -> Clerk:
    """Alice with a password that is known here."""
    with database.open_writer() as session:
        session.get_one(Member, alice.member.id).password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    return alice


@pytest.fixture
def authenticator(akari: Clerk, database: Database) -> Authenticator:
    return give_factor(database, akari.member)


def begin(browser: Browser, **more: str) -> Page:
    return browser.open("/sign-in").submit("/sign-in", {"email": EMAIL, "password": PASSWORD, **more})


def seed_on(page: Page) -> str:
    return "".join(page.tree.xpath("//*[@class='seed']//span/text()"))


def codes_on(page: Page) -> list[str]:
    return [str(text) for text in page.tree.xpath("//*[@class='codes']/li/text()")]


def set_up(clerk: Clerk) -> tuple[Authenticator, Page]:
    page = clerk.open(SET_UP).submit(f"{SET_UP}/begin")
    authenticator = Authenticator(seed_on(page))
    return authenticator, page.submit(f"{SET_UP}/finish", {"code": authenticator.code})


def test_a_member_sets_it_up_and_receives_ten_codes_this_one_time(
    akari: Clerk, app: FastAPI, database: Database, mailbox: Mailbox
) -> None:
    elsewhere = signed_in(app, database, akari.member, akari.clinic)
    token = akari.browser.client.cookies["member"]
    page = akari.open("/account").follow("設定する")
    assert page.heading == "2段階認証"
    authenticator, shown = set_up(akari)
    assert shown.heading == "予備コード"
    codes = codes_on(shown)
    assert len(set(codes)) == recovery_codes.COUNT
    assert akari.open(SET_UP).says("まだ使っていない予備コードは10個です")
    assert not any(code in akari.open(SET_UP).response.text for code in codes)
    assert authenticator.seed not in akari.open(SET_UP).response.text
    assert akari.browser.client.cookies["member"] != token
    assert elsewhere.open("/account").path.startswith("/sign-in")
    assert "認証アプリのコードもうかがいます" in mailbox.last(EMAIL, "second_factor").text
    with database.open_reader() as session:
        assert list_events(session, clinic_id=akari.clinic.id)[0].verb == "second_factor.set_up"


def test_the_picture_is_drawn_in_the_page_and_loads_nothing(alice: Clerk) -> None:
    page = alice.open(SET_UP).submit(f"{SET_UP}/begin")
    [picture] = page.tree.xpath("//*[local-name()='svg'][@role='img']")
    assert picture.get("aria-label") == "認証アプリ用のQRコード"
    assert not picture.xpath(".//@style | .//@href | .//*[local-name()='style']")
    assert len(seed_on(page)) == 32


def test_the_codes_are_saved_as_a_text_file(alice: Clerk) -> None:
    _authenticator, shown = set_up(alice)
    saved = shown.submit(f"{SET_UP}/recovery-codes.txt")
    assert saved.response.headers["content-disposition"].startswith("attachment")
    assert saved.response.headers["content-type"] == "text/plain; charset=utf-8"
    lines = saved.response.content.decode("utf-8-sig").split("\r\n")
    assert EMAIL in lines[0]
    assert lines[3:-1] == codes_on(shown)
    assert len(lines) == 4 + recovery_codes.COUNT


@pytest.mark.parametrize("codes", [[], ["x"], ["aaaaa-aaaaa"] * 11, ["aaaaa-aaaaa\r\nx"], ["=1+1"]])
def test_the_file_holds_nothing_but_codes(alice: Clerk, codes: list[str]) -> None:
    assert alice.post(f"{SET_UP}/recovery-codes.txt", {"code": codes}).status == 404


@pytest.mark.parametrize("code", ["", "000000", "abc"])
def test_a_wrong_code_leaves_the_set_up_open(alice: Clerk, database: Database, code: str) -> None:
    page = alice.open(SET_UP).submit(f"{SET_UP}/begin")
    again = page.submit(f"{SET_UP}/finish", {"code": code})
    assert again.status == 422
    assert again.tree.get_element_by_id("error-code").text_content().strip()
    assert seed_on(again) == seed_on(page)
    with database.open_reader() as session:
        assert session.get_one(SecondFactor, alice.member.id).confirmed_at is None
    assert Browser(alice.browser.client.app).open("/sign-in").status == 200  # type: ignore[arg-type]


def test_a_set_up_is_finished_once(alice: Clerk) -> None:
    authenticator, _shown = set_up(alice)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        assert alice.post(f"{SET_UP}/finish", {"code": authenticator.code}).status == 409
        assert alice.post(f"{SET_UP}/begin").status == 409


def test_signing_in_takes_two_steps_and_goes_where_one_was_going(
    stranger: Browser, akari: Clerk, authenticator: Authenticator, database: Database
) -> None:
    asked = stranger.open("/account/sessions").submit("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert asked.heading == "認証アプリのコードを入力してください"
    assert asked.path == "/sign-in/code?next=%2Faccount%2Fsessions"
    field = asked.tree.get_element_by_id("field-code")
    assert (field.get("autocomplete"), field.get("inputmode")) == ("one-time-code", "numeric")
    inside = asked.submit("/sign-in/code", {"code": authenticator.code})
    assert inside.path == "/account/sessions"
    with database.open_reader() as session:
        assert list_events(session, clinic_id=akari.clinic.id)[0].verb == "sign_in.succeeded"


def test_no_route_serves_a_half_signed_in_browser(
    app: FastAPI, stranger: Browser, akari: Clerk, authenticator: Authenticator, database: Database
) -> None:
    begin(stranger)
    step = stranger.client.cookies["step"]
    with database.open_reader() as session:
        before = len(session.exec(select(MemberSession)).all())
    stranger.client.cookies.set("member", step)
    for context in iter_route_contexts(app.routes):
        path, name = getattr(context, "path", ""), getattr(context, "name", "")
        # Programs are let in by tokens, never by a cookie; tests/api walks their doors.
        if "GET" in (getattr(context, "methods", None) or ()) and not re.search("{|^/api/", str(path)):
            response = stranger.client.get(str(path))
            leads_out = response.status_code in {401, 404, 410} or "/sign-in" in response.headers.get("location", "")
            assert leads_out or name in PUBLIC, name
            assert EMAIL not in response.text, name
            assert akari.clinic.name not in response.text, name
    assert stranger.post("/account/password", {"present_password": PASSWORD}).status == 401
    with database.open_reader() as session:
        assert len(session.exec(select(MemberSession)).all()) == before


def test_what_was_typed_comes_through_both_steps(
    akari: Clerk, authenticator: Authenticator, database: Database
) -> None:
    with database.open_writer() as session:
        for row in session.exec(select(MemberSession)):
            row.ended_at = clock.now()
        session.commit()
    refused = akari.post("/account", {"name": "山本 明里", "language": "ja"})
    asked = refused.submit("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert asked.heading == "認証アプリのコードを入力してください"
    wrong = asked.submit("/sign-in/code", {"code": "000000"})
    kept = wrong.submit("/sign-in/code", {"code": authenticator.code})
    assert kept.submit("/account").says("保存しました")


def test_a_recovery_code_lets_in_once_and_a_mail_tells(
    stranger: Browser, app: FastAPI, akari: Clerk, authenticator: Authenticator, mailbox: Mailbox
) -> None:
    code = authenticator.recovery[3]
    assert begin(stranger).submit("/sign-in/code", {"recovery_code": code, "code": ""}).path == "/dashboard"
    assert "予備コードでサインイン" in mailbox.last(EMAIL, "second_factor").text
    again = begin(Browser(app)).submit("/sign-in/code", {"recovery_code": code, "code": ""})
    assert again.status == 422
    assert again.tree.get_element_by_id("error-recovery_code").text_content().strip()
    assert again.tree.xpath("//details[@open]")


def test_the_question_ends_after_ten_minutes_and_with_another_password(
    stranger: Browser, app: FastAPI, akari: Clerk, authenticator: Authenticator, database: Database
) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        asked = begin(stranger, next="/account")
        now.shift(CODE_AWAITED_FOR)
        late = asked.submit("/sign-in/code", {"code": authenticator.code})
        assert late.status == 422
        assert late.says("もう一度パスワードから")
        assert dict(late.form("/sign-in").form_values())["next"] == "/account"
        second = begin(Browser(app))
        now.shift(timedelta(seconds=30))
        with database.open_writer() as session:
            session.get_one(Member, akari.member.id).password_changed_at = clock.now()
            session.commit()
        assert second.submit("/sign-in/code", {"code": authenticator.code}).status == 422
    assert Browser(app).open("/sign-in/code").path == "/sign-in"


def test_a_step_is_used_once(stranger: Browser, app: FastAPI, akari: Clerk, authenticator: Authenticator) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        asked = begin(stranger)
        step = stranger.client.cookies["step"]
        asked.submit("/sign-in/code", {"code": authenticator.code})
        assert "step" not in stranger.client.cookies
        now.shift(timedelta(minutes=1))
        thief = Browser(app)
        thief.client.cookies.set("step", step)
        assert thief.post("/sign-in/code", {"code": authenticator.code}).status == 422


def test_guessing_codes_has_to_wait_whatever_browser_it_comes_from(
    app: FastAPI, akari: Clerk, authenticator: Authenticator
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(5):
            assert begin(Browser(app)).submit("/sign-in/code", {"code": "000000"}).status == 422
        answer = begin(Browser(app)).submit("/sign-in/code", {"code": authenticator.code})
    assert answer.status == 429
    assert answer.response.headers["retry-after"] == "300"
    assert answer.says("5分")


def test_a_forgotten_password_does_not_replace_the_code(
    stranger: Browser, akari: Clerk, authenticator: Authenticator, mailbox: Mailbox
) -> None:
    stranger.post("/forgotten", {"email": EMAIL})
    link = "/reset/" + mailbox.last(EMAIL, "password_reset").text.split("/reset/")[1].split()[0]
    done = stranger.open(link).submit(link, {"password": "another lamp zebra 77"})
    asked = done.submit("/sign-in", {"email": EMAIL, "password": "another lamp zebra 77"})
    assert asked.heading == "認証アプリのコードを入力してください"
    assert stranger.open("/account").path.startswith("/sign-in")


def test_joining_another_clinic_with_the_password_still_asks_for_the_code(
    stranger: Browser, akari: Clerk, charlie: Clerk, authenticator: Authenticator, database: Database
) -> None:
    with database.open_writer() as session:
        viewer = viewer_of(session, charlie.member)
        invited = members.invite_member(
            session, clinic=charlie.clinic, viewer=viewer, email=EMAIL, name="山本 あかり", role=Role.VIEWER
        )
        session.commit()
    path = "/join/" + invited.link.rsplit("/", 1)[1]
    asked = stranger.open(path).submit(path, {"password": PASSWORD})
    assert asked.path == "/sign-in/code"
    assert stranger.open("/dashboard").path.startswith("/sign-in")
    inside = asked.submit("/sign-in/code", {"code": authenticator.code})
    assert inside.says(charlie.clinic.name)


def test_new_recovery_codes_replace_the_former_ones(
    akari: Clerk, authenticator: Authenticator, app: FastAPI, mailbox: Mailbox
) -> None:
    fresh = codes_on(akari.open(SET_UP).submit(f"{SET_UP}/recovery-codes"))
    assert len(fresh) == recovery_codes.COUNT
    assert mailbox.last(EMAIL, "second_factor")
    former = begin(Browser(app)).submit("/sign-in/code", {"recovery_code": authenticator.recovery[0], "code": ""})
    assert former.status == 422
    assert former.submit("/sign-in/code", {"recovery_code": fresh[0], "code": ""}).path == "/dashboard"


def test_it_is_switched_off_with_password_and_code_only(
    akari: Clerk, authenticator: Authenticator, app: FastAPI, database: Database, mailbox: Mailbox
) -> None:
    elsewhere = signed_in(app, database, akari.member, akari.clinic)
    page = akari.open(SET_UP)
    for values, field in (
        ({"password": "wrong", "code": authenticator.code}, "password"),
        ({"password": PASSWORD, "code": "000000"}, "code"),
        ({"password": PASSWORD, "code": ""}, "code"),
    ):
        wrong = page.submit(f"{SET_UP}/off", values)
        assert wrong.status == 422
        assert wrong.tree.get_element_by_id(f"error-{field}").text_content().strip()
    assert elsewhere.open("/account").status == 200
    off = page.submit(f"{SET_UP}/off", {"password": PASSWORD, "code": authenticator.recovery[0]})
    assert off.says("2段階認証をオフにしました")
    assert elsewhere.open("/account").path.startswith("/sign-in")
    assert "パスワードだけ" in mailbox.last(EMAIL, "second_factor").text
    assert begin(Browser(app)).path == "/dashboard"


def test_beside_it_a_password_may_have_eight_characters_which_do_not_stand_alone(
    akari: Clerk, authenticator: Authenticator, database: Database
) -> None:
    page = akari.open("/account")
    assert page.says("8文字以上")
    new = {"present_password": PASSWORD, "password": "Xq7 4kw", "password_again": "Xq7 4kw"}
    assert page.submit("/account/password", new).status == 422
    new |= {"password": "Xq7!4kwz", "password_again": "Xq7!4kwz"}
    assert page.submit("/account/password", new).says("パスワードを変更しました")
    kept = akari.open(SET_UP).submit(f"{SET_UP}/off", {"password": "Xq7!4kwz", "code": authenticator.code})
    assert kept.status == 422
    assert kept.says("13文字以上")
    long = {
        "present_password": "Xq7!4kwz",
        "password": "forest lamp zebra 78",
        "password_again": "forest lamp zebra 78",
    }
    akari.open("/account").submit("/account/password", long)
    values = {"password": "forest lamp zebra 78", "code": authenticator.recovery[0]}
    assert akari.open(SET_UP).submit(f"{SET_UP}/off", values).says("オフにしました")
    assert akari.open("/account").says("13文字以上")


def test_the_code_of_the_app_confirms_as_well_as_the_password(
    akari: Clerk, authenticator: Authenticator, database: Database
) -> None:
    with database.open_writer() as session:
        for row in session.exec(select(MemberSession)):
            row.confirmed_at = clock.now() - CONFIRMED_FOR - timedelta(seconds=1)
        session.commit()
    asked = akari.open(SET_UP).submit(f"{SET_UP}/recovery-codes")
    assert asked.status == 403
    assert asked.submit("/account/confirm", {"code": "000000"}).status == 422
    confirmed = asked.submit("/account/confirm", {"code": authenticator.code})
    assert codes_on(confirmed.submit(f"{SET_UP}/recovery-codes"))


def test_nothing_secret_travels_with_a_form_that_is_kept(akari: Clerk, database: Database) -> None:
    with database.open_writer() as session:
        for row in session.exec(select(MemberSession)):
            row.ended_at = clock.now()
        session.commit()
    values = {"password": PASSWORD, "code": "123456", "recovery_code": "k7qd2-m2xp9"}
    refused = akari.post(f"{SET_UP}/off", values)
    assert refused.status == 401
    assert not any(secret in refused.response.text for secret in values.values())
    assert "kept" not in json.dumps([list(form.fields) for form in refused.tree.forms])


def test_spent_questions_are_forgotten(database: Database, akari: Clerk, authenticator: Authenticator) -> None:
    from services.upkeep import forget_spent

    begin(Browser(akari.browser.client.app))  # type: ignore[arg-type]
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False), database.open_writer() as session:
        forget_spent(session)
        assert not session.exec(select(PendingSignIn)).all()
        assert second_factors.subject_of(akari.member.id)


def test_a_stranger_is_asked_to_sign_in(stranger: Browser, alice: Clerk) -> None:
    assert stranger.open(SET_UP).path.startswith("/sign-in?next=")
    for path in ("begin", "finish", "recovery-codes", "off", "recovery-codes.txt"):
        assert stranger.post(f"{SET_UP}/{path}", {"code": "000000"}).status == 401
    assert stranger.post("/sign-in/code", {"code": "000000"}).status == 422
