"""Reads a stranger's file in a process of its own, which has limits, no network, no secrets and an empty folder.

The file goes in as a descriptor and cells or answers come out as JSON, so that the web process never opens it.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from services.reading.checklists import Checklist, unpack_checklist
from services.reading.confinement import MAX_OUTPUT
from services.reading.filling import Entry, Filled, Said, pack_entry
from services.reading.grid import Sheet, Workbook, unpack_workbook
from services.reading.proposals import Proposal, pack_proposal, unpack_proposal
from services.reading.readings import Reading, unpack_reading
from services.reading.reasons import NotRead, NotReadReason
from services.reading.templates import Template, pack_template, unpack_template

WALL_SECONDS: Final = 20
_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from services.reading.child import main; main(*sys.argv[2:])"
)


class GivenForm(NamedTuple):
    """A form that somebody shows: its cells, packed as they are kept; the likeliest places; its kind by its titles."""

    workbook: dict[str, Any]
    proposals: list[Proposal]
    kind: str


class Trial(NamedTuple):
    """A form as pointed at: the places with what follows from them, its template, and what it would be read as."""

    chosen: Proposal
    template: Template
    reading: Reading
    numbers: list[str]
    """Every number in the column of numbers, also those that were left out."""


def read_workbook(path: Path, *, file_name: str = "") -> Workbook:
    """The cells of an XLSX, CSV or PDF file. Raises NotRead with its reason."""
    return unpack_workbook(run_reader("cells", path, file_name=file_name or path.name))


def read_disclosure(path: Path, *, templates: Iterable[Template], file_name: str = "", sheet: str = "") -> Reading:
    """The answers of a file by one of the templates, or what kind of file it seems to be. Raises NotRead.

    `sheet` names the one to read where the file holds several forms.
    """
    packed = [pack_template(template) for template in templates]
    return unpack_reading(run_reader("answers", path, file_name=file_name or path.name, templates=packed, sheet=sheet))


def propose_columns(path: Path, *, templates: Iterable[Template], file_name: str = "") -> list[Proposal]:
    """Where questions and answers seem to stand, per sheet, the likeliest first. Raises NotRead."""
    packed = [pack_template(template) for template in templates]
    found = run_reader("columns", path, file_name=file_name or path.name, templates=packed)
    return [unpack_proposal(one) for one in found]


def read_form(path: Path, *, templates: Iterable[Template], file_name: str = "") -> GivenForm:
    """The cells of a form, and the likeliest places of its parts. Raises NotRead."""
    packed = [pack_template(template) for template in templates]
    found = run_reader("form", path, file_name=file_name or path.name, templates=packed)
    return GivenForm(found["workbook"], [unpack_proposal(one) for one in found["proposals"]], found["kind"])


def try_form(sheet: dict[str, Any], chosen: Proposal, *, templates: Iterable[Template], source: str) -> Trial:
    """What a sheet would be read as with these places. Raises NotRead."""
    packed = [pack_template(template) for template in templates]
    with tempfile.NamedTemporaryFile() as empty:
        found = run_reader(
            "trial", Path(empty.name), sheet=sheet, chosen=pack_proposal(chosen), templates=packed, source=source
        )
    return Trial(
        unpack_proposal(found["chosen"]),
        unpack_template(found["template"]),
        unpack_reading(found["reading"]),
        found["numbers"],
    )


def read_checklist(path: Path, *, file_name: str = "") -> tuple[Checklist, Sheet] | None:
    """An official checklist and the cells of its sheet; None for a file that holds none. Raises NotRead."""
    found = run_reader("checklist", path, file_name=file_name or path.name)
    if found["checklist"] is None:
        return None
    return unpack_checklist(found["checklist"]), unpack_workbook(found["workbook"]).sheets[0]


def fill_workbook(path: Path, *, sheet: str, entries: Iterable[Entry]) -> Filled:
    """The workbook with these entries, and everything else in it as it was. Raises NotRead."""
    found = run_reader("fill", path, sheet=sheet, entries=[pack_entry(entry) for entry in entries])
    return Filled(base64.b64decode(found["content"]), tuple(found["left_out"]))


def write_disclosure(path: Path, *, template: Template, said: Iterable[Said]) -> Filled:
    """A workbook of a disclosure's form with these answers. Raises NotRead, also where it is of another form."""
    found = run_reader("write", path, template=pack_template(template), said=[asdict(one) for one in said])
    return Filled(base64.b64decode(found["content"]), tuple(found["left_out"]))


def describe_confinement() -> dict[str, Any]:
    """What a child on this machine could take away from itself; for `doctor`. Raises NotRead and OSError."""
    with tempfile.NamedTemporaryFile() as empty:
        told: dict[str, Any] = run_reader("confinement", Path(empty.name))
    return told


def run_reader(name: str, path: Path, **request: Any) -> Any:
    """The result of one reader of `child.py` for one file. Raises NotRead with its reason."""
    with (
        path.open("rb") as file,
        tempfile.TemporaryFile() as told,
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryDirectory(prefix="reading-") as folder,
    ):
        told.write(json.dumps(request, ensure_ascii=False).encode())
        told.seek(0)
        code = _run(name, file, told, answer, folder)
        answer.seek(0)
        content = answer.read(MAX_OUTPUT)
    if code:
        raise NotRead(_what_ended(code))
    try:
        said = json.loads(content)
    except ValueError:
        raise NotRead(NotReadReason.CRASHED) from None
    if "refused" in said:
        raise NotRead(said["refused"], said["detail"])
    return said["result"]


def _run(name: str, file: BinaryIO, told: BinaryIO, answer: BinaryIO, folder: str) -> int:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and program; no word of the file is in it.
        [sys.executable, "-I", "-X", "utf8", "-c", _PROGRAM, str(_ROOT), name, str(told.fileno())],
        stdin=file,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"LANG": "C.UTF-8"},
        pass_fds=(told.fileno(),),
        start_new_session=True,
    )
    try:
        return process.wait(WALL_SECONDS)
    except subprocess.TimeoutExpired:
        return -signal.SIGXCPU
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _what_ended(code: int) -> NotReadReason:
    if code == -signal.SIGXCPU:
        return NotReadReason.TOO_LONG
    # Nobody else sends this signal but a system that has run out of memory.
    return NotReadReason.TOO_MUCH_MEMORY if code == -signal.SIGKILL else NotReadReason.CRASHED
