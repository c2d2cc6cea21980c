"""What app.js adds to the pages, seen in Chromium: saving, files with progress, dialogs, and the way without it."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect, sync_playwright

from tests.web import gallery

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
NO_ANSWER_YET = "No connection"


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    with gallery.served() as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*OPTIONS, "--disable-component-update"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1000, "height": 800})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    yield page
    page.close()
    assert complaints == []


class Server:
    """Answers /save as the portal does, or as told, and remembers what came."""

    def __init__(self, page: Page) -> None:
        self.came: list[dict[str, list[str]]] = []
        self.is_reachable = True
        self.status = 200
        self.told: dict[str, object] = {}
        page.route("**/save", self.answer)

    def answer(self, route: Route) -> None:
        if not self.is_reachable:
            route.abort("internetdisconnected")
            return
        self.came.append(parse_qs(route.request.post_data or "", keep_blank_values=True))
        version = 4 + len(self.came)
        saved = {"time": "14:33", "version": version, "answered": 7, "total": 13, "errors": {}}
        route.fulfill(status=self.status, json=(saved | self.told) if self.status == 200 else self.told)


def test_a_changed_item_is_saved_by_itself_with_the_newest_version(tab: Page, home: str) -> None:
    server = Server(tab)
    tab.goto(f"{home}/en/checklist")
    tab.locator('[id="field-2-6.answer"]').check()
    expect(tab.locator("[data-save-state]")).to_have_text("Saved at 14:33")
    expect(tab.locator(".form-status span[data-answered]")).to_have_text("7")
    assert server.came[0] == {
        "2-6.answer": ["yes"],
        "2-6.target_on": [""],
        "2-6.remark": [""],
        "item": ["2-6"],
        "version": ["4"],
    }
    tab.locator('[id="field-2-5.remark"]').fill("In spring")
    expect(tab.locator("[name=version]")).to_have_value("6")
    assert server.came[1]["version"] == ["5"]
    assert server.came[1]["2-5.remark"] == ["In spring"]


def test_what_was_typed_without_a_connection_is_saved_when_it_is_back(tab: Page, home: str) -> None:
    server = Server(tab)
    tab.goto(f"{home}/en/checklist")
    server.is_reachable = False
    tab.locator('[id="field-2-5.remark"]').fill("Typed in the lift")
    expect(tab.locator("[data-save-state]")).to_contain_text(NO_ANSWER_YET)
    assert asks_before_leaving(tab)
    server.is_reachable = True
    tab.evaluate("dispatchEvent(new Event('online'))")
    expect(tab.locator("[data-save-state]")).to_have_text("Saved at 14:33")
    assert server.came[-1]["2-5.remark"] == ["Typed in the lift"]
    assert not asks_before_leaving(tab)


def asks_before_leaving(tab: Page) -> bool:
    return not tab.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))")


def test_a_field_that_is_not_right_says_so_beside_it_and_forgets_it_when_mended(tab: Page, home: str) -> None:
    server = Server(tab)
    server.told = {"errors": {"2-5.target_on": "Please choose a day inside the fiscal year."}}
    tab.goto(f"{home}/en/checklist")
    date = tab.locator('[id="field-2-5.target_on"]')
    date.fill("2028-01-01")
    expect(tab.locator('[id="error-2-5.target_on"]')).to_have_text("Please choose a day inside the fiscal year.")
    expect(date).to_have_attribute("aria-invalid", "true")
    expect(tab.locator("[data-save-state]")).to_contain_text("Not saved yet")
    server.told = {}
    date.fill("2027-02-01")
    expect(tab.locator('[id="error-2-5.target_on"]')).to_be_hidden()
    expect(date).not_to_have_attribute("aria-invalid", "true")


def test_signing_out_while_writing_loses_nothing(tab: Page, home: str) -> None:
    server = Server(tab)
    server.status, server.told = 401, {"sentence": "Please sign in again. What you typed is kept."}
    tab.goto(f"{home}/en/checklist")
    tab.locator('[id="field-2-6.answer-no"]').check()
    tab.locator('[id="field-2-6.remark"]').fill("Waiting for the maker")
    expect(tab.locator("[data-save-state]")).to_have_text("Please sign in again. What you typed is kept.")
    expect(tab.locator('[id="field-2-6.remark"]')).to_have_value("Waiting for the maker")
    server.status, server.told = 200, {}
    tab.goto(f"{home}/en/welcome")
    tab.goto(f"{home}/en/checklist")
    expect(tab.locator("[data-save-state]")).to_have_text("Saved at 14:33")
    expect(tab.locator('[id="field-2-6.remark"]')).to_have_value("Waiting for the maker")
    assert server.came[-1]["2-6.answer"] == ["no"]


def test_a_change_made_elsewhere_stops_saving_and_keeps_the_words(tab: Page, home: str) -> None:
    server = Server(tab)
    server.status, server.told = 409, {"sentence": "A colleague has changed this."}
    tab.goto(f"{home}/en/checklist")
    tab.locator('[id="field-2-5.remark"]').fill("Mine")
    expect(tab.locator("[data-save-state]")).to_have_text("A colleague has changed this.")
    tab.locator('[id="field-2-5.remark"]').fill("Mine too")
    tab.wait_for_timeout(900)
    assert len(server.came) == 1
    expect(tab.locator('[id="field-2-5.remark"]')).to_have_value("Mine too")


def test_a_colleagues_words_are_shown_and_the_next_change_keeps_ones_own(tab: Page, home: str) -> None:
    server = Server(tab)
    theirs = "<p data-conflict>Somebody else wrote: in summer</p>"
    server.status, server.told = 409, {"sentence": "Changed meanwhile.", "version": 9, "conflict_html": theirs}
    tab.goto(f"{home}/en/checklist")
    remark = tab.locator('[id="field-2-5.remark"]')
    remark.fill("In spring")
    expect(tab.locator("[data-conflict]")).to_have_text("Somebody else wrote: in summer")
    expect(tab.locator("[data-save-state]")).to_have_text("Changed meanwhile.")
    expect(remark).to_have_value("In spring")
    server.status, server.told = 200, {}
    remark.fill("In spring, as agreed")
    expect(tab.locator("[data-conflict]")).to_have_count(0)
    assert server.came[-1]["version"] == ["9"]


@pytest.mark.parametrize("with_script", [True, False])
def test_no_opens_what_it_needs_with_and_without_script(chromium: Browser, home: str, with_script: bool) -> None:
    tab = chromium.new_page(java_script_enabled=with_script)
    tab.route("**/save", lambda route: route.fulfill(json={"version": 5, "time": "", "answered": 7}))
    tab.goto(f"{home}/en/checklist")
    needs = tab.locator('[id="field-2-6.target_on"]')
    expect(needs).to_be_hidden()
    tab.locator('[id="field-2-6.answer"]').focus()
    tab.keyboard.press("ArrowRight")
    expect(needs).to_be_visible()
    tab.keyboard.press("ArrowLeft")
    expect(needs).to_be_hidden()
    tab.close()


def file_of(name: str, content: bytes = b"%PDF") -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def test_files_are_sent_one_by_one_and_each_tells_its_end(tab: Page, home: str) -> None:
    sent: list[bytes] = []

    def take(route: Route) -> None:
        body = route.request.post_data_buffer or b""
        sent.append(body)
        if b"bad.pdf" in body:
            route.fulfill(status=415, json={"sentence": "This file cannot be taken."})
        else:
            route.fulfill(json={"name": "good.pdf", "row_html": '<li class="file">good.pdf has arrived</li>'})

    tab.route("**/upload", take)
    tab.goto(f"{home}/en/components")
    tab.evaluate("document.querySelector('[data-upload]').dataset.maxBytes = '1000'")
    tab.locator("input[name=files]").set_input_files(
        [file_of("good.pdf"), file_of("bad.pdf"), file_of("huge.pdf", b"x" * 1001)]
    )
    expect(tab.locator("#documents")).to_contain_text("good.pdf has arrived")
    expect(tab.locator(".upload__row", has_text="bad.pdf")).to_contain_text("This file cannot be taken.")
    expect(tab.locator(".upload__row", has_text="huge.pdf")).to_contain_text("larger than")
    assert [name for name in (b"good.pdf", b"bad.pdf", b"huge.pdf") if any(name in body for body in sent)] == [
        b"good.pdf",
        b"bad.pdf",
    ]


def test_an_upload_can_be_cancelled_and_the_next_one_goes_on(tab: Page, home: str) -> None:
    tab.route(
        "**/upload",
        lambda route: (
            None
            if b"slow.pdf" in (route.request.post_data_buffer or b"")
            else route.fulfill(json={"row_html": "<li>next.pdf has arrived</li>"})
        ),
    )
    tab.goto(f"{home}/en/components")
    tab.locator("input[name=files]").set_input_files([file_of("slow.pdf"), file_of("next.pdf")])
    tab.get_by_role("button", name="Cancel: slow.pdf").click()
    expect(tab.locator(".upload__row", has_text="slow.pdf")).to_contain_text("Cancelled")
    expect(tab.locator("#documents")).to_contain_text("next.pdf has arrived")


@pytest.mark.parametrize("with_script", [True, False])
def test_a_destructive_deed_asks_first_with_and_without_script(chromium: Browser, home: str, with_script: bool) -> None:
    tab = chromium.new_page(java_script_enabled=with_script)
    tab.goto(f"{home}/en/components")
    dialog = tab.locator("#withdraw")
    expect(dialog).to_be_hidden()
    tab.locator('a[href="#withdraw"]').focus()
    tab.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_text("Cancel").click()
    expect(dialog).to_be_hidden()
    tab.close()


def test_a_form_is_sent_once_however_often_it_is_pressed(tab: Page, home: str) -> None:
    posts: list[str] = []

    def take(route: Route) -> None:
        posts.append(route.request.url)
        route.fulfill(status=204)

    tab.route("**/vendors", take)
    tab.goto(f"{home}/en/form")
    tab.evaluate(
        "() => { const button = document.querySelector('.actions .button--primary'); button.click(); button.click(); }"
    )
    expect(tab.locator(".actions .button--primary")).to_be_disabled()
    tab.wait_for_timeout(300)
    assert len(posts) == 1


def test_the_year_of_the_era_follows_the_typing(tab: Page, home: str) -> None:
    tab.goto(f"{home}/en/form")
    tab.locator("#field-due_on").fill("2029-05-01")
    expect(tab.locator(".field__era")).to_have_text("Reiwa 11")


def test_choosing_all_and_showing_the_password(tab: Page, home: str) -> None:
    tab.goto(f"{home}/en/components")
    head = tab.locator("[data-select-all]")
    expect(head).to_have_js_property("indeterminate", True)
    head.check()
    expect(tab.locator("input[name=vendor]:checked")).to_have_count(2)
    tab.locator("input[name=vendor]").first.uncheck()
    expect(head).to_have_js_property("indeterminate", True)
    tab.goto(f"{home}/en/form")
    tab.locator("[data-shows]").click()
    expect(tab.locator("#field-password")).to_have_attribute("type", "text")
    expect(tab.locator("[data-shows]")).to_have_attribute("aria-pressed", "true")


def test_a_filter_sends_itself_with_a_short_address(tab: Page, home: str) -> None:
    tab.route(re.compile(r"/dashboard\?"), lambda route: route.fulfill(content_type="text/html", body="filtered"))
    tab.goto(f"{home}/en/dashboard")
    tab.locator("#filter-stage").select_option("overdue")
    tab.wait_for_url("**/dashboard?stage=overdue")


def test_the_page_takes_the_reader_to_what_is_wrong(tab: Page, home: str) -> None:
    tab.goto(f"{home}/en/form")
    expect(tab.locator(".error-summary")).to_be_focused()
    tab.locator(".error-summary a").first.click()
    expect(tab.locator("#field-email")).to_be_focused()


@pytest.mark.parametrize("name", gallery.PAGES)
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", [320, 768, 1024])
def test_no_page_is_wider_than_its_screen(chromium: Browser, home: str, name: str, language: str, width: int) -> None:
    tab = chromium.new_page(viewport={"width": width, "height": 640})
    tab.goto(f"{home}/{language}/{name}")
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.close()


@pytest.mark.parametrize("name", gallery.PAGES)
def test_everything_to_press_is_large_enough(chromium: Browser, home: str, name: str) -> None:
    tab = chromium.new_page(viewport={"width": 360, "height": 720})
    tab.goto(f"{home}/ja/{name}")
    small = tab.evaluate(
        """controls => [...document.querySelectorAll(controls)]
            .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
            .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 43.5)).map(([html]) => html)""",
        "button, .button, .rail__entry, .tabs__entry, .input, .choice label, .option label, summary",
    )
    assert small == []
    tab.close()
