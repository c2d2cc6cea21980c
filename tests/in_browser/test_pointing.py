"""Pointing at a form with script: each change shows at once what would be read, and a role moves with the choice."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, Route, expect

from tests.in_browser.walking import chromium
from tests.web import gallery

pytestmark = pytest.mark.browser

OPTIONS = '<option value="">—</option><option value="answer">A</option><option value="remark">R</option>'
FORM = """<!doctype html><html lang="en"><head><title>Form</title></head><body>
<form method="post" action="/pointed" data-points="/pointed">
<table><thead><tr>
<th><select id="role-3" name="role.3" data-once="number question answer">{options}</select></th>
<th><select id="role-4" name="role.4" data-once="number question answer">{options}</select></th>
</tr></thead></table>
<div id="result" data-part><p>{told}</p><label>Word
<select id="meaning-1" name="meaning">{options}</select></label></div>
<section data-titles><label>Name <input id="name" name="name"></label></section>
</form><script type="module" src="{script}"></script></body></html>"""


@pytest.fixture
def tab() -> Iterator[Page]:
    with gallery.served() as home, chromium() as browser:
        page = browser.new_page()

        def serve(route: Route) -> None:
            asked = parse_qs(urlparse(route.request.url).query, keep_blank_values=True)
            told = " ".join(f"{name}={values[-1]}" for name, values in sorted(asked.items()) if "role" in name)
            html = FORM.format(options=OPTIONS, told=told or "nothing", script=f"{home}/static/app.js")
            route.fulfill(body=html, content_type="text/html")

        page.route("**/pointed*", serve)
        page.goto(f"{home}/pointed")
        yield page


def test_a_choice_is_tried_out_at_once_and_moves_what_only_one_column_can_be(tab: Page) -> None:
    tab.select_option("#role-3", "answer")
    expect(tab.locator("#result")).to_contain_text("role.3=answer role.4=")
    tab.select_option("#role-4", "answer")
    expect(tab.locator("#result")).to_contain_text("role.3= role.4=answer")
    expect(tab.locator("#role-3")).to_have_value("")
    tab.select_option("#role-3", "remark")
    tab.select_option("#role-4", "remark")
    expect(tab.locator("#result")).to_contain_text("role.3=remark role.4=remark")
    assert "role.4=remark" in tab.url, "an unfinished state has an address"


def test_the_keyboard_stays_where_it_was_and_a_name_asks_for_nothing(tab: Page) -> None:
    tab.focus("#meaning-1")
    tab.select_option("#meaning-1", "remark")
    tab.wait_for_url("**meaning=remark**")
    expect(tab.locator("#meaning-1")).to_be_focused()
    before = tab.url
    tab.fill("#name", "SDS")
    tab.locator("#name").blur()
    assert tab.url == before
