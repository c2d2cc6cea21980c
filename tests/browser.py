"""A browser for tests: speaks HTTP to the application, reads its pages, and checks the rules of every page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from lxml import html
from lxml.html import FormElement, HtmlElement

BASE = "http://localhost:8000"
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass
class Page:
    """One answer of the application."""

    browser: Browser
    response: Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.url.raw_path.decode()

    @property
    def tree(self) -> HtmlElement:
        return html.fromstring(self.response.text)

    @property
    def text(self) -> str:
        """What a person reads, with white space folded."""
        return re.sub(r"\s+", " ", self.tree.text_content())

    @property
    def heading(self) -> str:
        return re.sub(r"\s+", " ", self.tree.xpath("string(//h1)")).strip()

    def says(self, sentence: str) -> bool:
        return sentence in self.text

    def offers(self, label: str) -> bool:
        """Whether a link or button with this label is there."""
        return any(label in re.sub(r"\s+", " ", node.text_content()) for node in self.tree.xpath("//a | //button"))

    def form(self, action: str) -> FormElement:
        """The form whose action ends like this."""
        found = [form for form in self.tree.forms if (form.action or "").split("?")[0].endswith(action)]
        assert found, f"no form with action …{action} on {self.path}: {[form.action for form in self.tree.forms]}"
        return found[0]

    def submit(self, action: str, values: Mapping[str, Any] | None = None, *, button: str = "") -> Page:
        """Send a form as a browser would: what stands in it, changed by `values` (None leaves a field out)."""
        form = self.form(action)
        sent: dict[str, list[str]] = {}
        areas = set(form.xpath(".//textarea/@name"))
        for name, value in form.form_values():
            # Browsers drop the line break that follows the opening tag; the parser keeps it.
            sent.setdefault(name, []).append(value.removeprefix("\n") if name in areas else value)
        for name, value in (values or {}).items():
            if value is None:
                sent.pop(name, None)
            else:
                sent[name] = [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]
        if button:
            name, _, value = button.partition("=")
            sent[name] = [value]
        address = form.action or self.path
        if (form.method or "GET").upper() == "GET":
            return self.browser.open(address, params=sent)
        return self.browser.post(address, sent)

    def follow(self, label: str) -> Page:
        """Press the link with this label."""
        for node in self.tree.xpath("//a[@href]"):
            if label in re.sub(r"\s+", " ", node.text_content()):
                return self.browser.open(node.get("href"))
        raise AssertionError(f"no link {label!r} on {self.path}")


class Browser:
    """Keeps cookies, follows redirects, and refuses pages that break the rules of the house."""

    def __init__(self, app: FastAPI, *, language: str = "ja") -> None:
        self.client = TestClient(app, base_url=BASE, follow_redirects=False, headers={"Accept-Language": language})
        self.checks = True

    def open(self, path: str, params: Mapping[str, Any] | None = None, **headers: str) -> Page:
        """GET an address and follow where it leads."""
        return self._arrive(self.client.get(path, params=params or None, headers=headers))

    def post(self, path: str, values: Mapping[str, Any] | None = None, **more: Any) -> Page:
        """POST a form from this very site and follow where it leads."""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE, **more.pop("headers", {})}
        return self._arrive(self.client.post(path, data=dict(values or {}), headers=headers, **more))

    def _arrive(self, response: Response) -> Page:
        for _ in range(5):
            if response.status_code not in REDIRECTS:
                break
            response = self.client.get(response.headers["location"])
        page = Page(self, response)
        if self.checks and response.headers.get("content-type", "").startswith("text/html"):
            check_page(page)
        return page


def check_page(page: Page) -> None:
    """The rules that every page keeps."""
    tree, place = page.tree, page.path
    headings = tree.xpath("//h1")
    assert len(headings) == 1, f"{place}: {len(headings)} h1"
    title = re.sub(r"\s+", " ", tree.xpath("string(//title)")).strip()
    assert page.heading, f"{place}: the h1 is empty"
    assert title.startswith(page.heading), f"{place}: title {title!r} does not begin with h1 {page.heading!r}"
    identities = tree.xpath("//@id")
    doubles = {identity for identity in identities if identities.count(identity) > 1}
    assert not doubles, f"{place}: ids used twice: {doubles}"
    labelled = set(tree.xpath("//label/@for"))
    for control in tree.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        has_label = control.get("id") in labelled or control.get("aria-label") or control.get("aria-labelledby")
        assert has_label or control.xpath("ancestor::label"), f"{place}: no label for {control.get('name')}"
    for form in tree.xpath("//form"):
        assert form.get("action"), f"{place}: a form without action"
    for button in tree.xpath("//button"):
        assert button.text_content().strip() or button.get("aria-label"), f"{place}: a button without words"
    for image in tree.xpath("//img"):
        assert image.get("alt") is not None, f"{place}: an image without alternative text"
    assert not tree.xpath("//@style"), f"{place}: inline style"
    assert not tree.xpath("//style"), f"{place}: style element"
    assert not tree.xpath("//script[not(@src)]"), f"{place}: inline script"
    assert not tree.xpath("//@*[starts-with(name(), 'on')]"), f"{place}: inline handler"
    for described in tree.xpath("//@aria-describedby"):
        known = set(identities)
        assert any(name in known for name in described.split()) or described.startswith("error-"), (
            f"{place}: aria-describedby={described!r} leads nowhere"
        )
    assert "default-src 'none'" in page.response.headers["content-security-policy"], place
    assert page.response.headers["x-content-type-options"] == "nosniff", place
