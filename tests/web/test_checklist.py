"""The form: one page per section, saved as it is filled, by a script or by a button."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import select

from models import Answer, Clinic, Event, Submission
from models.database import Database
from services import clock
from tests import factories
from tests.browser import Browser, Page
from tests.naughty import NAUGHTY
from tests.people import Clerk, Engineer, Mailbox, submission_by_id
from tests.queries import recorded
from tests.stories import answer_everything


@pytest.fixture
def general(asked: Submission, vera: Engineer) -> Page:
    """The section with most items, opened by Vera."""
    vera.enters()
    return vera.open(f"/answer/{asked.id}/sections/general")


def stored(database: Database, key: str = "2-4") -> Answer | None:
    with database.open_reader() as session:
        return session.exec(select(Answer).where(Answer.item_key == key)).first()


def autosave(browser: Browser, asked: Submission, key: str = "2-4", version: int = 0, **fields: Any) -> Response:
    """One item, as the script sends it."""
    values = {f"{key}.{name}": value for name, value in fields.items()}
    return browser.client.post(
        f"/answer/{asked.id}/answers/{key}",
        data={**values, f"{key}.version": str(version), "item": key},
        headers={"Accept": "application/json", "Sec-Fetch-Site": "same-origin"},
    )


def value_of(page: Page, name: str) -> str:
    """What stands in a field."""
    [control] = page.tree.xpath(f"//*[@name='{name}'][not(@type='radio') or @checked]") or [None]
    if control is None:
        return ""
    return (control.text or "").strip() if control.tag == "textarea" else control.get("value", "")


def test_a_section_is_saved_by_its_button_and_leads_on(database: Database, general: Page) -> None:
    assert general.heading == "全般"
    keys = general.tree.xpath("//fieldset/@data-item")
    assert keys == [f"2-{number}" for number in range(2, 11)]
    page = general.submit(general.path, {f"{key}.answer": "yes" for key in keys})
    assert page.path.endswith("/sections/devices")
    answer = stored(database)
    assert answer is not None
    assert answer.checked_on == clock.today()
    assert answer.answered_by == "vera@vendor.example"
    assert page.says("9/13")


def test_nothing_chosen_stores_nothing(database: Database, general: Page, asked: Submission) -> None:
    general.submit(general.path)
    assert stored(database) is None
    assert submission_by_id(database, asked.id).started_at is None


def test_what_was_saved_stands_there_again(general: Page, vera: Engineer) -> None:
    target = (clock.today() + timedelta(days=9)).isoformat()
    sent = {
        "2-4.answer": "no",
        "2-4.target_on": target,
        "2-4.remark": "次の保守で\n対応します",
        "2-5.answer": "yes",
        "2-5.is_conditional": "true",
        "2-5.condition": "サーバに限る",
        "2-5.responsibility": "shared",
        "2-5.responsibility_note": "端末は医療機関",
        "2-5.second_value": "yes",
        "2-5.second_checked_on": clock.today().isoformat(),
    }
    general.submit(general.path, sent)
    page = vera.open(general.path)
    for name, value in sent.items():
        if name == "2-5.responsibility" or name == "2-5.second_value":
            assert page.tree.xpath(f"//select[@name='{name}']/option[@selected]/@value") == [value]
        else:
            assert value_of(page, name) == value, name
    assert page.tree.xpath("//input[@name='2-5.is_conditional']/@checked")


def test_a_wrong_date_is_told_at_its_field_and_the_rest_is_saved(database: Database, general: Page) -> None:
    page = general.submit(
        general.path,
        {"2-4.answer": "no", "2-4.target_on": "2031-01-01", "2-4.remark": "予定", "2-5.answer": "yes"},
    )
    assert page.status == 422
    [sentence] = page.tree.xpath("//p[@id='error-2-4.target_on']//text()[normalize-space()]")
    assert re.search(r"\d{4}年.+から2027年3月31日（水）までの日付を入れてください。", sentence)
    assert value_of(page, "2-4.target_on") == "2031-01-01", "What was typed stays."
    assert page.tree.xpath("//a[@href='#field-2-4.target_on']"), "The summary leads to the field."
    answer, other = stored(database), stored(database, "2-5")
    assert answer is not None
    assert other is not None
    assert (answer.value, answer.target_on, answer.remark) == ("no", None, "予定")
    fine = page.submit(general.path, {"2-4.target_on": clock.today().isoformat()})
    assert fine.path.endswith("/sections/devices")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("answer", "maybe"),
        ("target_on", "いつか"),
        ("checked_on", "2026-13-45"),
        ("responsibility", "nobody"),
        ("remark", "x" * 4001),
        ("condition", "x" * 2001),
        ("version", "-1"),
        ("remark", "a\0b"),
    ],
)
def test_what_cannot_be_read_is_told_and_everything_else_is_saved(
    asked: Submission, database: Database, general: Page, vera: Engineer, field: str, typed: str
) -> None:
    fields: dict[str, Any] = {"answer": "yes", "responsibility_note": "当社", field: typed}
    told = autosave(vera.browser, asked, **fields).json()
    assert list(told["errors"]) == [f"2-4.{field}"]
    assert told["errors"][f"2-4.{field}"]
    answer = stored(database)
    assert answer is not None
    assert answer.responsibility_note == "当社"


def test_the_script_saves_one_item_and_hears_how_far_it_is(
    asked: Submission, database: Database, general: Page, vera: Engineer
) -> None:
    told = autosave(vera.browser, asked, answer="yes", remark="権限表").json()
    assert {name: told[name] for name in ("version", "answered", "total", "errors")} == {
        "version": 1,
        "answered": 1,
        "total": 13,
        "errors": {},
    }
    assert re.fullmatch(r"\d\d:\d\d", told["time"])
    answer = stored(database)
    assert answer is not None
    assert told["saved_at"] == answer.saved_at.isoformat()
    assert autosave(vera.browser, asked, version=1, answer="yes", remark="権限表2").json()["version"] == 2


def test_choosing_no_is_saved_at_once_and_does_not_nag(asked: Submission, general: Page, vera: Engineer) -> None:
    """What is merely missing yet is told on the last page, not while one types."""
    assert autosave(vera.browser, asked, answer="no", target_on="", remark="").json()["errors"] == {}


def test_a_saved_item_leaves_one_event_without_its_words(
    asked: Submission, database: Database, general: Page, vera: Engineer
) -> None:
    autosave(vera.browser, asked, answer="no", remark="秘密の弱点")
    with database.open_reader() as session:
        [event] = session.exec(select(Event).where(Event.verb == "answer.saved")).all()
    assert (event.actor_kind, event.actor_name, event.submission_id) == ("vendor", "vera@vendor.example", asked.id)
    assert "秘密" not in str(event.model_dump())


def walter_comes_in(app: Any, asked: Submission, alice: Clerk, mailbox: Mailbox) -> Engineer:
    """A colleague of Vera's with a link of his own."""
    alice.invites(asked, "walter@vendor.example", "Walter")
    walter = Engineer(Browser(app), mailbox, "walter@vendor.example")
    walter.enters()
    return walter


def test_a_colleague_who_was_quicker_is_shown_beside_ones_own_words(
    app: Any, asked: Submission, alice: Clerk, mailbox: Mailbox, database: Database, general: Page, vera: Engineer
) -> None:
    walter = walter_comes_in(app, asked, alice, mailbox)
    autosave(walter.browser, asked, answer="no", remark="ウォルターの言葉")
    told = autosave(vera.browser, asked, answer="yes", remark="ヴェラの言葉")
    assert told.status_code == 409
    assert told.json()["version"] == 1
    assert "ウォルターの言葉" in told.json()["conflict_html"]
    assert "walter@vendor.example" in told.json()["conflict_html"]
    answer = stored(database)
    assert answer is not None
    assert answer.remark == "ウォルターの言葉"
    assert autosave(vera.browser, asked, version=1, answer="yes", remark="ヴェラの言葉").json()["version"] == 2


def test_the_button_does_not_overwrite_a_colleague_either(
    app: Any, asked: Submission, alice: Clerk, mailbox: Mailbox, database: Database, general: Page
) -> None:
    walter = walter_comes_in(app, asked, alice, mailbox)
    autosave(walter.browser, asked, answer="no", remark="ウォルターの言葉")
    page = general.submit(general.path, {"2-4.answer": "yes", "2-4.remark": "ヴェラの言葉", "2-5.answer": "yes"})
    assert page.status == 422
    assert page.says("ウォルターの言葉")
    assert value_of(page, "2-4.remark") == "ヴェラの言葉"
    assert stored(database, "2-5"), "The other items are saved."
    page = page.submit(general.path)
    assert page.path.endswith("/sections/devices")
    answer = stored(database)
    assert answer is not None
    assert (answer.remark, answer.version) == ("ヴェラの言葉", 2)


def test_a_stale_tab_after_submitting_is_told_and_changes_nothing(
    asked: Submission, database: Database, general: Page, vera: Engineer
) -> None:
    answer_everything(vera, asked)
    told = autosave(vera.browser, asked, version=1, answer="no")
    assert told.status_code == 409
    assert "提出済み" in told.json()["sentence"]
    refused = general.submit(general.path, {"2-4.answer": "no"})
    assert refused.status == 409
    assert refused.heading == "この回答は提出済みです"
    answer = stored(database)
    assert answer is not None
    assert answer.value == "yes"


def test_an_item_or_a_section_that_was_not_asked_is_404(asked: Submission, general: Page, vera: Engineer) -> None:
    for key in ("9-9", "gate", "2-1"):
        assert autosave(vera.browser, asked, key=key, answer="yes").status_code == 404
    assert vera.open(f"/answer/{asked.id}/sections/no-such").status == 404


@pytest.mark.parametrize("words", NAUGHTY)
def test_naughty_words_come_back_as_they_were(general: Page, vera: Engineer, words: str) -> None:
    general.submit(general.path, {"2-4.answer": "no", "2-4.remark": words, "2-4.target_on": clock.today().isoformat()})
    page = vera.open(general.path)
    assert value_of(page, "2-4.remark") == words.strip()


def test_a_plan_for_two_factors_counts_as_a_yes_with_its_date(database: Database, general: Page) -> None:
    assert general.says("令和9年度（2027年度）中に取り入れる予定も「はい」と答えられます")
    general.submit(general.path, {"2-10.answer": "yes", "2-10.target_on": "2028-03-31"})
    answer = stored(database, "2-10")
    assert answer is not None
    assert str(answer.target_on) == "2028-03-31"


def test_each_item_explains_itself(general: Page) -> None:
    for item in general.tree.xpath("//fieldset[@data-item]"):
        text = item.xpath("string(.//details[contains(@class,'help')])")
        assert "証拠になるもの：" in text
        assert "正式な様式" in text, "How sure we are of the row is told."


def test_two_requests_in_one_browser_are_answered_side_by_side(
    asked: Submission, clinic: Clinic, alice: Clerk, database: Database, vera: Engineer
) -> None:
    vera.enters()
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clinic)
        second = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
        session.commit()
    alice.invites(second, vera.email)
    vera.enters()
    for each in (asked, second, asked):
        page = vera.open(f"/answer/{each.id}/sections/organisation")
        page.submit(page.path, {"1-1.answer": "yes", "1-1.remark": str(each.id)})
    with database.open_reader() as session:
        answers = session.exec(select(Answer).where(Answer.item_key == "1-1")).all()
    assert {(answer.submission_id, answer.remark) for answer in answers} == {
        (each.id, str(each.id)) for each in (asked, second)
    }


def test_the_number_of_statements_is_small_and_constant(
    asked: Submission, database: Database, general: Page, vera: Engineer
) -> None:
    def statements(do: Any) -> int:
        with recorded(database) as sent:
            do()
        return len([statement for statement in sent if not statement.startswith("BEGIN")])

    assert statements(lambda: autosave(vera.browser, asked, answer="yes")) <= 9
    empty = statements(lambda: vera.open(general.path))
    keys = general.tree.xpath("//fieldset/@data-item")
    fields: Mapping[str, str] = {f"{key}.answer": "yes" for key in keys if key != "2-4"}
    vera.open(general.path).submit(general.path, fields)
    assert statements(lambda: vera.open(general.path)) == empty <= 4


def test_a_stranger_gets_404(asked: Submission, general: Page, stranger: Browser) -> None:
    assert stranger.open(general.path).status == 404
    assert stranger.post(general.path, {"2-4.answer": "yes"}).status == 404
    assert autosave(stranger, asked, answer="yes").status_code == 404
