"""Papers are set within limits, and what people wrote is never run and never told to a log."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from services.reports import typesetting
from services.reports.typesetting import PaperNotMade, render_pdf

MOMENT = datetime(2026, 12, 24, 5, 32, tzinfo=UTC)
SHOWING = '#set document(title: "t")\n#set text(font: "Noto Sans CJK JP")\n#json(bytes(sys.inputs.data)).words'


def render(folder: Path, template: str, words: str = "", *, seconds: int = 20) -> bytes:
    path = folder / "paper.typ"
    path.write_text(template)
    return render_pdf(path, {"words": words}, made_at=MOMENT, seconds=seconds)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize(
    "words", ["#panic()", "*bold* _x_ $y$ @ref <label> = h", "\\u{41} // /* */", '"], [', "#sys.inputs", "みどり、𠮷"]
)
def test_what_people_write_is_shown_and_never_run(tmp_path: Path, words: str) -> None:
    assert text_of(render(tmp_path, SHOWING, words)).strip() == words


def test_the_same_data_and_moment_give_the_same_bytes(tmp_path: Path) -> None:
    assert render(tmp_path, SHOWING, "a") == render(tmp_path, SHOWING, "a")
    assert render(tmp_path, SHOWING, "a") != render(tmp_path, SHOWING, "b")


def test_a_paper_can_be_read_aloud_and_archived(tmp_path: Path) -> None:
    pdf = render(tmp_path, SHOWING, "a")
    assert b"pdfuaid:part" in pdf
    assert b"pdfaid:part" in pdf


@pytest.mark.parametrize("words", ["印鑑😀", "外字\ue000", "a\x00b\x07c", "\ud800 half"])
def test_letters_that_no_font_has_do_not_stop_a_paper(tmp_path: Path, words: str) -> None:
    assert render(tmp_path, SHOWING, words).startswith(b"%PDF-1.7")


def test_a_paper_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(PaperNotMade):
        render(tmp_path, "#for i in range(30000) { for j in range(30000) { let k = calc.fact(15) } }", seconds=1)
    assert time.monotonic() - start < 5


def test_a_paper_that_takes_too_much_memory_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(PaperNotMade):
        render(tmp_path, '#("x" * 2000000000).len()')


@pytest.mark.parametrize(
    "template",
    [
        '#import "@preview/example:0.1.0": *',
        '#read("/etc/passwd")',
        '#read("../../../../../../../../etc/passwd")',
    ],
)
def test_a_template_reaches_neither_the_network_nor_other_files(tmp_path: Path, template: str) -> None:
    with pytest.raises(PaperNotMade):
        render(tmp_path, template, seconds=10)


@pytest.mark.parametrize("template", ["#panic(sys.inputs.data)", "#assert(false, message: sys.inputs.data)"])
def test_a_failure_does_not_tell_what_stood_in_the_paper(tmp_path: Path, template: str) -> None:
    with pytest.raises(PaperNotMade) as failure:
        render(tmp_path, template, "canary")
    assert "paper.typ" in str(failure.value)
    assert "canary" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_our_templates_use_no_packages() -> None:
    templates = list(Path(typesetting.__file__).parent.glob("*.typ"))
    assert templates
    assert not any("@preview" in path.read_text() or "@local" in path.read_text() for path in templates)
