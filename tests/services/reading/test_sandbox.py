"""Whatever is in a file, it is read by a process that can do nothing else, and that ends in time."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import psutil
import pytest

from services.languages import speaking
from services.reading import child, sandbox
from services.reading.reasons import NotRead, NotReadReason
from services.reading.template_files import list_templates
from services.reading.words import sentence_for
from tests.services.measuring import measure
from tests.services.reading.books import parts_of, rows_of, text_cell, write_book, write_parts
from tests.services.reading.forms import read_path, write_mds2


def program(deed: str) -> str:
    """The child's program, with one more reader that does something no reader should."""
    return (
        "import sys; sys.path.insert(0, sys.argv[1]); from services.reading import child; "
        f"child.READERS['wild'] = lambda file, request: {deed}; child.main(*sys.argv[2:])"
    )


def test_a_workbook_comes_back_as_it_is(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"回答": [["1-1", "はい"]], "別": [["x"]]})
    workbook = sandbox.read_workbook(path)
    assert [sheet.name for sheet in workbook.sheets] == ["回答", "別"]
    assert workbook.sheets[0].cells[1, 2].text == "はい"


def test_answers_come_back_from_the_child_as_they_are(tmp_path: Path) -> None:
    path = write_mds2(tmp_path / "a.xlsx", {"ALOF-1": "Yes, optional"})
    assert sandbox.read_disclosure(path, templates=list_templates()) == read_path(path)


def test_a_stored_file_is_known_by_the_name_it_was_sent_under(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"Q": [["x"]]}).rename(tmp_path / "0123456789abcdef")
    assert sandbox.read_workbook(path, file_name="MDS.xlsx").sheets[0].text(1, 1) == "x"


def test_the_child_never_loads_the_database_or_the_web() -> None:
    loaded = measure(
        "import sys; from services.reading import child, files, xlsx, csv_file",
        "'|'.join(sorted({name.split('.')[0] for name in sys.modules}))",
    ).result.split("|")
    assert "services" in loaded
    assert not {"sqlalchemy", "sqlmodel", "pydantic", "fastapi", "starlette", "polib", "models", "web"} & set(loaded)


def test_the_child_has_no_secrets_no_network_and_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a-secret-that-nobody-should-see-here")
    path = tmp_path / "a.csv"
    path.write_text("x")
    told = sandbox.run_reader("confinement", path, file_name="a.csv")
    assert told["environment"] == ["LANG"]
    assert told["folder"] == []
    assert (told["memory"], told["seconds"], told["core"]) == (512 * 2**20, 10, 0)


def test_the_child_reaches_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x")
    if sandbox.run_reader("confinement", path)["has_network"]:
        pytest.skip("This system lets no process leave the network; doctor says so.")
    with socket.create_server(("127.0.0.1", 0)) as server:
        call = f"__import__('socket').create_connection(('127.0.0.1', {server.getsockname()[1]}), 2) and 0"
        monkeypatch.setattr(sandbox, "_PROGRAM", program(call))
        with pytest.raises(NotRead) as refused:
            sandbox.run_reader("wild", path)
    assert refused.value.reason == NotReadReason.CRASHED
    assert refused.value.detail in {"OSError", "PermissionError"}


def test_the_child_opens_no_file_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, secret = tmp_path / "a.csv", tmp_path / "secret.key"
    path.write_text("x")
    secret.write_text("x")
    if sandbox.run_reader("confinement", path)["sees_files"]:
        pytest.skip("This kernel has no Landlock; doctor says so.")
    for other in (secret, Path("/etc/passwd"), Path("/proc/1/environ"), path):
        monkeypatch.setattr(sandbox, "_PROGRAM", program(f"open({str(other)!r}).read() and 0"))
        with pytest.raises(NotRead) as refused:
            sandbox.run_reader("wild", path)
        assert refused.value.detail == "PermissionError", other
    monkeypatch.setattr(sandbox, "_PROGRAM", program("open('new', 'w') and 0"))
    with pytest.raises(NotRead) as refused:
        sandbox.run_reader("wild", path)
    assert refused.value.detail == "PermissionError"


@pytest.mark.parametrize("detail", ["content", "dimension"])
def test_a_bomb_ends_with_a_name_and_costs_this_process_nothing(tmp_path: Path, detail: str) -> None:
    if detail == "content":
        sheet = "<sheetData>" + f"<row>{'<c><v>1</v></c>' * 100}</row>" * 25_000 + "</sheetData>"
    else:
        sheet = '<dimension ref="A1:XFD1048576"/>' + rows_of(text_cell("XFD1048576", "x"))
    path = write_parts(tmp_path / "a.xlsx", parts_of(sheet))
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    if detail == "content":
        with pytest.raises(NotRead) as refused:
            sandbox.read_workbook(path)
        assert refused.value.reason == NotReadReason.TOO_MUCH_CONTENT
    else:
        assert len(sandbox.read_workbook(path).sheets[0].cells) == 1
    assert time.monotonic() - began < 10
    assert psutil.Process().memory_info().rss - before < 64 * 2**20


def test_a_reader_that_takes_everything_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x")
    for deed, reason in (
        ("bytearray(10**9)", NotReadReason.TOO_MUCH_MEMORY),
        ("__import__('time').sleep(60)", NotReadReason.TOO_LONG),
        ("__import__('os').abort()", NotReadReason.CRASHED),
        ("__import__('os').kill(__import__('os').getpid(), 24)", NotReadReason.TOO_LONG),
        ("'x' * (33 * 2**20)", NotReadReason.TOO_MUCH_CONTENT),
        ("__import__('sys').stdout.write('{') and __import__('os')._exit(0)", NotReadReason.CRASHED),
        ("1 / 0", NotReadReason.CRASHED),
    ):
        monkeypatch.setattr(sandbox, "WALL_SECONDS", 1 if "sleep" in deed else 20)
        monkeypatch.setattr(sandbox, "_PROGRAM", program(deed))
        with pytest.raises(NotRead) as refused:
            sandbox.run_reader("wild", path)
        assert refused.value.reason == reason, deed
    assert not [one for one in psutil.Process().children() if "services.reading.child" in str(one.cmdline())]


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    for language in ("ja", "en"):
        with speaking(language):
            sentences = [sentence_for(NotRead(reason)) for reason in NotReadReason]
        assert all(sentences)
        assert all(any("ぁ" <= letter <= "ん" for letter in one) for one in sentences) == (language == "ja")
    assert set(child.READERS) >= {"cells", "confinement"}
