"""The components by themselves: complete, labelled, unique in their ids, quick, and free of inline style and script."""

import re
import time
from html.parser import HTMLParser

import pytest

from tests.web import gallery

VOID = {"input", "meta", "link", "br", "hr", "img"}


class Page(HTMLParser):
    """The elements of a page with their attributes, and whatever is closed in the wrong order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.misplaced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misplaced.append(tag)

    def values(self, attribute: str) -> list[str]:
        return [found for _, attributes in self.elements if (found := attributes.get(attribute))]


@pytest.fixture(params=gallery.PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["ja", "en"])
def text(request: pytest.FixtureRequest, name: str) -> str:
    return gallery.render(name, request.param)


def test_a_page_is_well_formed_and_its_title_begins_with_its_only_heading(text: str) -> None:
    page = Page(text)
    assert (page.misplaced, page.open) == ([], [])
    [heading] = re.findall(r"<h1>(.*?)</h1>", text)
    assert re.findall(r"<title>(.*?)</title>", text)[0].startswith(f"{heading} — ")


def test_ids_are_unique_and_every_reference_finds_its_own(text: str) -> None:
    page = Page(text)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    referring = ("for", "aria-describedby", "aria-labelledby", "data-opens", "data-list", "data-era-of", "data-shows")
    wanted = {one for attribute in referring for value in page.values(attribute) for one in value.split()}
    wanted |= {value[1:] for value in page.values("href") if value.startswith("#")} | set(page.values("popovertarget"))
    assert wanted - set(ids) == set()


def test_every_control_has_a_label_and_every_form_an_address(text: str) -> None:
    page = Page(text)
    labelled = set(page.values("for"))
    for tag, attributes in page.elements:
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden":
            assert attributes.get("aria-label") or attributes.get("id") in labelled, attributes
        if tag == "form":
            assert attributes.get("action"), attributes
            assert attributes.get("method") in ("get", "post"), attributes


def test_nothing_is_inline(text: str) -> None:
    page = Page(text)
    assert [tag for tag, attributes in page.elements if "style" in attributes] == []
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    assert [
        tag for tag, attributes in page.elements if tag == "style" or (tag == "script" and not attributes.get("src"))
    ] == []
    assert "built-in method" not in text


def test_what_was_typed_comes_back_escaped_beside_its_error() -> None:
    typed = gallery.Submitted({"email": '"><b>x'}, {"email": "Please look at <this>."})
    macros = gallery.environment("en").get_template("components/fields.html").module
    field = macros.email_field(typed, "email", "E-mail")  # type: ignore[attr-defined]
    assert 'value="&#34;&gt;&lt;b&gt;x"' in field
    assert "Please look at &lt;this&gt;." in field
    assert 'aria-invalid="true"' in field


def test_a_field_without_an_error_keeps_a_hidden_place_for_one() -> None:
    macros = gallery.environment("en").get_template("components/fields.html").module
    field = macros.text_field(gallery.Submitted(), "name", "Name", required=False)  # type: ignore[attr-defined]
    assert re.search(r'<p class="field__error" id="error-name" hidden>', field)
    assert "(optional)" in field
    assert "aria-invalid" not in field


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2027-01-15", ">Reiwa 9<"), ("", "></output>"), ("2018-12-31", "></output>"), ("soon", "></output>")],
)
def test_a_date_says_the_year_of_its_era(typed: str, said: str) -> None:
    macros = gallery.environment("en").get_template("components/fields.html").module
    assert said in macros.date_field(gallery.Submitted({"due_on": typed}), "due_on", "Due")  # type: ignore[attr-defined]


def test_the_parts_of_the_chart_follow_one_another_without_gap() -> None:
    macros = gallery.environment("en").get_template("components/charts.html").module
    chart = macros.stage_bar([("accepted", 7), ("draft", 0), ("overdue", 2)], "9", 9)  # type: ignore[attr-defined]
    assert re.findall(r'stage-bar__part--(\w+)" x="(\d+)" y="0" width="(\d+)"', chart) == [
        ("accepted", "0", "7"),
        ("overdue", "7", "2"),
    ]
    assert "Accepted <strong>7</strong>" in chart


def test_an_icon_is_never_taken_for_a_method_of_its_dictionary() -> None:
    shapes = gallery.environment("en").get_template("components/icons.html").module.svg  # type: ignore[attr-defined]
    assert set(shapes) & set(dir(dict)) == set()


def test_each_stage_has_a_word_and_a_shape_of_its_own() -> None:
    macros = gallery.environment("en").get_template("components/status.html").module
    chips = macros.chips.values()  # type: ignore[attr-defined]
    assert len({re.sub(r"<svg.*?</svg>|<[^>]+>", "", chip) for chip in chips}) == len(macros.STAGES)  # type: ignore[attr-defined]
    assert len({re.findall(r"<svg.*?</svg>", chip)[0] for chip in chips}) == len(macros.STAGES)  # type: ignore[attr-defined]


def test_a_hundred_rows_are_drawn_in_a_few_milliseconds() -> None:
    template = gallery.environment("ja").get_template("dashboard.html")
    context = gallery.context() | {"rows": gallery.rows(100)}
    template.render(context)

    def seconds() -> float:
        start = time.perf_counter()
        template.render(context)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(40)) < 0.006
