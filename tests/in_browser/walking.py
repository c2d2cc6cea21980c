"""Chromium for the journeys: started once, every visited page looked at by axe-core, nothing complained about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


class Walker:
    """One person's browser window; remembers complaints and pages already looked at."""

    def __init__(self, browser: Browser, base: str, *, language: str, width: int) -> None:
        self.base = base
        self.context: BrowserContext = browser.new_context(
            locale="ja-JP" if language == "ja" else "en-GB",
            viewport={"width": width, "height": 800},
            timezone_id="Asia/Tokyo",
        )
        self.page: Page = self.context.new_page()
        self.width = width
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        """Go to a path and look at the page."""
        self.page.goto(path if path.startswith("http") else self.base + path)
        self.look()
        return self.page

    def press(self, selector: str) -> Page:
        """Press a button that leads to another page, and look at that."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.look()
        return self.page

    def fill(self, values: dict[str, str]) -> None:
        """Type into fields by their names; selects and date fields as well."""
        for name, value in values.items():
            field = self.page.locator(f'main [name="{name}"]').first
            if field.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def choose(self, name: str, value: str) -> None:
        """Tick a radio button by its label, as a person does."""
        identity = self.page.locator(f'input[name="{name}"][value="{value}"]').get_attribute("id")
        self.page.locator(f'label[for="{identity}"]').first.click()

    def look(self) -> None:
        """axe-core finds nothing, nothing is wider than the window, nobody complained."""
        where = self.page.url.removeprefix(self.base)
        self.page.evaluate(AXE)
        found = self.page.evaluate("rules => axe.run(document, rules)", RULES)
        told = [
            f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert not told, f"{where} at {self.width}: " + "\n".join(told)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{where} is {overflow} px wider than {self.width}"
        assert not self.complaints, f"{where}: {self.complaints}"

    def close(self) -> None:
        self.context.close()
