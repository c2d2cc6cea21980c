"""Signing in and out, the language, and the clinic looked at."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from sqlmodel import select

from api.main import create_app
from models import Clinic, Member, MemberSession, Membership, Role
from models.database import Database
from services import clock, passwords, throttles
from services.history import list_events
from settings import get_settings
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, Mailbox, signed_in

EMAIL = "akari@clinic.example"
PASSWORD = "窓辺 horse 19 battery"
WINDOWS_CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.fixture
def akari(database: Database, clinic: Clinic) -> Member:
    with database.open_writer() as session:
        member = factories.make_member(session, clinic, name="山本 あかり", email=EMAIL)
        member.password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    return member


def sign_in(browser: Browser, email: str = EMAIL, password: str = PASSWORD, **more: str) -> Page:
    return browser.open("/sign-in").submit("/sign-in", {"email": email, "password": password, **more})


def test_a_member_signs_in_and_out(stranger: Browser, akari: Member, database: Database, clinic: Clinic) -> None:
    assert stranger.open("/").path == "/sign-in"
    inside = sign_in(stranger)
    assert inside.status == 200
    assert inside.says(clinic.name)
    assert stranger.open("/sign-in").path == inside.path
    out = inside.submit("/sign-out")
    assert out.path == "/sign-in"
    assert out.says("サインアウトしました")
    assert stranger.open("/account").path.startswith("/sign-in?next=")
    with database.open_reader() as session:
        verbs = [event.verb for event in list_events(session, clinic_id=clinic.id, verb="sign_in")]
    assert verbs == ["sign_in.ended", "sign_in.succeeded"]


def test_the_page_is_ready_for_password_managers(stranger: Browser) -> None:
    page = stranger.open("/sign-in")
    assert page.tree.get_element_by_id("field-email").get("autocomplete") == "username"
    password = page.tree.get_element_by_id("field-password")
    assert (password.get("type"), password.get("autocomplete")) == ("password", "current-password")


@pytest.mark.parametrize("email", [EMAIL, "nobody@clinic.example", "not an address"])
def test_every_refusal_reads_the_same(stranger: Browser, akari: Member, email: str) -> None:
    answer = sign_in(stranger, email=email, password="wrong")
    assert answer.status == 422
    assert answer.says("メールアドレスまたはパスワードが違います。")
    assert answer.tree.get_element_by_id("field-email").get("value") == email
    assert "wrong" not in answer.response.text


def test_an_empty_form_is_asked_to_be_filled_in(stranger: Browser) -> None:
    answer = sign_in(stranger, email="", password="")
    assert answer.status == 422
    assert answer.tree.get_element_by_id("error-password").text_content().strip()


def test_the_session_is_new_and_its_cookie_is_closed_to_scripts(
    app: FastAPI, akari: Member, clinic: Clinic, database: Database
) -> None:
    attacker = "chosen-by-somebody-else"
    browser = Browser(app)
    browser.client.cookies.set("member", attacker)
    response = browser.client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    cookies = [value for name, value in response.headers.multi_items() if name == "set-cookie"]
    session_cookie = next(value for value in cookies if value.startswith("member="))
    assert attacker not in session_cookie
    for value in cookies:
        assert {"httponly", "path=/", "samesite=lax"} <= {part.strip().lower() for part in value.split(";")}


def test_signing_in_again_ends_the_session_before(stranger: Browser, akari: Member, database: Database) -> None:
    sign_in(stranger)
    stranger.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    with database.open_reader() as session:
        ended = [row.ended_at is not None for row in session.exec(select(MemberSession)).all()]
    assert sorted(ended) == [False, True]


def test_signing_in_leads_back_to_where_one_was_going(stranger: Browser, akari: Member) -> None:
    asked = stranger.open("/account/sessions")
    assert asked.path.startswith("/sign-in?next=")
    assert asked.submit("/sign-in", {"email": EMAIL, "password": PASSWORD}).path == "/account/sessions"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "/\tevil.example",
        "javascript:alert(1)",
        "evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "\\\\evil.example",
    ],
)
def test_signing_in_leads_to_no_other_site(stranger: Browser, akari: Member, elsewhere: str) -> None:
    response = stranger.client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD, "next": elsewhere})
    assert response.status_code == 303
    assert response.headers["location"] == "/dashboard"
    shown = Browser(stranger.client.app).open("/sign-in", params={"next": elsewhere})  # type: ignore[arg-type]
    assert not shown.tree.xpath("//input[@name='next']")


def test_wrong_tries_have_to_wait_and_the_right_password_works_afterwards(stranger: Browser, akari: Member) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        for _ in range(throttles.FREE_TRIES):
            assert sign_in(stranger, password="wrong").status == 422
        answer = sign_in(stranger)
        assert answer.status == 429
        assert answer.response.headers["retry-after"] == "30"
        assert answer.says("短い時間に何度も")
        assert answer.tree.get_element_by_id("field-email").get("value") == EMAIL
        now.shift(timedelta(seconds=31))
        assert sign_in(stranger).status == 200


def test_a_forwarded_address_that_nobody_vouches_for_changes_nothing(stranger: Browser, akari: Member) -> None:
    statuses = [
        stranger.client.post(
            "/sign-in",
            data={"email": f"guess{number}@clinic.example", "password": "x"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        ).status_code
        for number in range(12)
    ]
    assert statuses == [422] * 10 + [429] * 2


def test_a_browser_is_told_once_and_named(app: FastAPI, akari: Member, mailbox: Mailbox) -> None:
    browser = Browser(app)
    browser.client.headers["User-Agent"] = WINDOWS_CHROME
    sign_in(browser)
    assert "Chrome (Windows)" in mailbox.last(EMAIL, "new_sign_in").text
    browser.open("/account").submit("/sign-out")
    sign_in(browser)
    assert len(mailbox.all(EMAIL, "new_sign_in")) == 1
    sign_in(Browser(app))
    assert len(mailbox.all(EMAIL, "new_sign_in")) == 2


def test_two_people_share_a_browser_and_both_are_known(
    stranger: Browser, akari: Member, clinic: Clinic, database: Database, mailbox: Mailbox
) -> None:
    with database.open_writer() as session:
        other = factories.make_member(session, clinic, email="bob2@clinic.example")
        other.password_hash = passwords.hash_password(PASSWORD)
        session.commit()
    for _ in range(2):
        for email in (EMAIL, "bob2@clinic.example"):
            sign_in(stranger, email=email).submit("/sign-out")
    assert len(mailbox.all(kind="new_sign_in")) == 2


def test_signing_out_clears_what_the_browser_kept(alice: Clerk) -> None:
    response = alice.browser.client.post("/sign-out")
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    dropped = [value for name, value in response.headers.multi_items() if name == "set-cookie"]
    assert any(value.startswith('member=""') and "Max-Age=0" in value for value in dropped)
    assert alice.browser.open("/sign-out").status == 405
    assert alice.browser.post("/sign-out").path == "/sign-in"


def test_the_language_is_switched_and_remembered(alice: Clerk, database: Database, stranger: Browser) -> None:
    page = alice.open("/account")
    switched = page.submit("/language", button="language=en")
    assert (switched.path, switched.heading) == ("/account", "Your account")
    with database.open_reader() as session:
        assert session.get_one(Member, alice.member.id).language == "en"
    assert stranger.open("/sign-in").submit("/language", button="language=en").heading == "Sign in"
    assert stranger.open("/sign-in").heading == "Sign in"


@pytest.mark.parametrize("values", [{"language": "fr", "back": "/"}, {"back": "/"}, {}])
def test_an_unknown_language_is_not_found(stranger: Browser, values: dict[str, str]) -> None:
    assert stranger.post("/language", values).status == 404


def test_the_language_switch_leads_to_no_other_site(stranger: Browser) -> None:
    response = stranger.client.post("/language", data={"language": "en", "back": "//evil.example"})
    assert response.headers["location"] == "/"


def test_a_fresh_browser_speaks_the_members_language(stranger: Browser, akari: Member, database: Database) -> None:
    with database.open_writer() as session:
        session.get_one(Member, akari.id).language = "en"
        session.commit()
    sign_in(stranger)
    assert stranger.open("/account").heading == "Your account"


def test_a_member_of_two_clinics_switches_between_them(
    app: FastAPI, alice: Clerk, other_clinic: Clinic, database: Database
) -> None:
    with database.open_writer() as session:
        member = session.get_one(Member, alice.member.id)
        session.add(
            Membership(clinic_id=other_clinic.id, member_id=member.id, role=Role.VIEWER, created_at=clock.now())
        )
        session.commit()
    page = alice.open("/account")
    switched = page.submit("/clinics/switch", {"clinic_id": str(other_clinic.id)})
    assert switched.says(other_clinic.name)
    assert alice.open("/members").status == 403
    again = signed_in(app, database, alice.member, other_clinic)
    assert again.open("/members").status == 403


def test_nobody_switches_to_a_clinic_without_a_role_there(alice: Clerk, other_clinic: Clinic) -> None:
    foreign = alice.post("/clinics/switch", {"clinic_id": str(other_clinic.id)})
    unknown = alice.post("/clinics/switch", {"clinic_id": "7f3b3f7e-0000-4000-8000-000000000000"})
    assert foreign.status == unknown.status == 404
    assert alice.post("/clinics/switch", {"clinic_id": "x"}).status == 404


# Signed out while writing


def ended(database: Database, clerk: Clerk) -> None:
    with database.open_writer() as session:
        for row in session.exec(select(MemberSession).where(MemberSession.member_id == clerk.member.id)):
            row.ended_at = clock.now()
        session.commit()


@pytest.fixture
def writer(app: FastAPI, akari: Member, database: Database, clinic: Clinic) -> Clerk:
    return signed_in(app, database, akari, clinic)


def test_what_was_typed_survives_a_session_that_ended(writer: Clerk, database: Database, clinic: Clinic) -> None:
    form = writer.open("/settings")
    ended(database, writer)
    address = '東京都港区1-2-3 "みなと" <ビル> & 二階'
    refused = form.submit("/settings", {"address": address, "phone": "03-1111-2222"})
    assert refused.status == 401
    assert refused.says("入力した内容は残っています")
    with database.open_reader() as session:
        assert session.get_one(Clinic, clinic.id).address == ""
    wrong = refused.submit("/sign-in", {"email": EMAIL, "password": "wrong"})
    assert wrong.status == 422
    kept = wrong.submit("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert kept.heading == "入力した内容は残っています"
    assert kept.says("みなと")
    saved = kept.submit("/settings")
    assert saved.says("設定を保存しました")
    with database.open_reader() as session:
        found = session.get_one(Clinic, clinic.id)
    assert (found.address, found.phone) == (address, "03-1111-2222")


def test_many_lines_and_strange_texts_come_through_unchanged(writer: Clerk, database: Database) -> None:
    ended(database, writer)
    texts = ["一行目\n二行目", "  blanks  ", "</textarea><script>", "𠮷野家 \u200b null", "'\"&%00", "\\u0041", "{}[]"]
    refused = writer.post("/settings", {f"field{number}": text for number, text in enumerate(texts)})
    kept = refused.submit("/sign-in", {"email": EMAIL, "password": PASSWORD})
    fields = dict(kept.form("/settings").form_values())
    assert [fields[f"field{number}"] for number in range(len(texts))] == texts


def test_passwords_are_never_kept(writer: Clerk, database: Database) -> None:
    ended(database, writer)
    refused = writer.post(
        "/account/password", {"present_password": PASSWORD, "password": "new secret!", "key": "k-e-y"}
    )
    assert refused.status == 401
    assert "new secret!" not in refused.response.text
    assert PASSWORD not in refused.response.text
    assert "k-e-y" not in refused.response.text


def test_a_text_too_long_to_travel_is_shown_to_be_copied(writer: Clerk, database: Database) -> None:
    ended(database, writer)
    refused = writer.post("/settings", {"address": "あ" * 80_000})
    assert refused.status == 401
    assert refused.says("下の欄からコピー")
    assert not refused.tree.xpath("//input[@name='kept']")
    assert len(refused.tree.xpath("string(//textarea)").strip()) == 80_000


@pytest.mark.parametrize(
    "packed",
    [
        "x",
        "[]",
        "null",
        json.dumps(["https://evil.example/", [["a", "b"]], False]),
        json.dumps(["//evil.example", [["a", "b"]], False]),
        json.dumps(["/settings", [["a"]], False]),
        json.dumps(["/settings", "ab", False]),
        "[" * 10_000,
    ],
)
def test_what_is_no_kept_form_of_ours_is_ignored(stranger: Browser, akari: Member, packed: str) -> None:
    answer = stranger.post("/sign-in", {"email": EMAIL, "password": PASSWORD, "kept": packed})
    assert answer.path == "/dashboard"


def test_a_form_with_nothing_in_it_is_just_asked_to_sign_in(writer: Clerk, database: Database) -> None:
    ended(database, writer)
    refused = writer.post("/settings", {})
    assert refused.status == 401
    assert not refused.says("入力した内容")


def test_on_https_all_cookies_bear_the_host_prefix(
    database: Database, akari: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example.jp")
    get_settings.cache_clear()
    browser = Browser(create_app(get_settings(), database))
    response = browser.client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    cookies = [value for name, value in response.headers.multi_items() if name == "set-cookie"]
    assert {value.partition("=")[0] for value in cookies} == {"__Host-member", "__Host-known", "__Host-language"}
    assert all("Secure" in value for value in cookies)


def test_a_stranger_is_asked_to_sign_in(stranger: Browser, alice: Clerk) -> None:
    assert stranger.open("/dashboard").path.startswith("/sign-in?next=")
    assert stranger.post("/clinics/switch", {"clinic_id": str(alice.clinic.id)}).status == 401
