"""The process that reads one file: limits first, then one named reader, then its result as JSON.

Started by `sandbox.py`. Imports are made by the reader that needs them: the time to start counts for every file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

from services.reading.confinement import MAX_OUTPUT, leave_network, limit_resources, shut_files
from services.reading.reasons import NotRead, NotReadReason

Request = Mapping[str, Any]


def read_cells(file: BinaryIO, request: Request) -> Any:
    """The file as a workbook of cells."""
    from services.reading.files import read_file
    from services.reading.grid import pack_workbook

    return pack_workbook(read_file(file, request["file_name"]))


def read_answers(file: BinaryIO, request: Request) -> Any:
    """The file's answers by one of the templates that came with the request."""
    from services.reading.files import read_file
    from services.reading.readings import pack_reading
    from services.reading.recognise import read_disclosure
    from services.reading.templates import unpack_template

    templates = [unpack_template(one) for one in request["templates"]]
    workbook = read_file(file, request["file_name"])
    return pack_reading(read_disclosure(workbook, templates, sheet=request["sheet"]))


def propose_columns(file: BinaryIO, request: Request) -> Any:
    """Where the questions and answers of a form seem to stand that no template fits."""
    from services.reading.files import read_file
    from services.reading.proposals import pack_proposal, propose
    from services.reading.templates import unpack_template

    templates = [unpack_template(one) for one in request["templates"]]
    return [pack_proposal(one) for one in propose(read_file(file, request["file_name"]), templates)]


def read_form(file: BinaryIO, request: Request) -> Any:
    """All at once: the cells of a form, where its parts seem to stand, and its kind by its titles."""
    from services.reading.files import read_file
    from services.reading.grid import pack_workbook
    from services.reading.proposals import pack_proposal, propose
    from services.reading.recognise import find_kind
    from services.reading.templates import unpack_template

    workbook = read_file(file, request["file_name"])
    templates = [unpack_template(one) for one in request["templates"]]
    found = [pack_proposal(one) for one in propose(workbook, templates)]
    return {"workbook": pack_workbook(workbook), "proposals": found, "kind": find_kind(workbook, templates)}


def try_form(_file: BinaryIO, request: Request) -> Any:
    """What a form would be read as, with the places that somebody points at; its cells come with the request."""
    from services.reading.templates import unpack_template
    from services.reading.trial import try_out

    hints = [unpack_template(one) for one in request["templates"]]
    return try_out(request["sheet"], request["chosen"], hints, source=request["source"])


def find_checklist(file: BinaryIO, request: Request) -> Any:
    """The cells of the file, and where the parts of an official checklist seem to stand in it."""
    from services.reading.checklists import find_checklist, pack_checklist, without_extras
    from services.reading.files import read_file
    from services.reading.grid import Workbook, pack_workbook

    workbook = read_file(file, request["file_name"])
    found = find_checklist(workbook)
    kept = [without_extras(sheet) for sheet in workbook.sheets if found and sheet.name == found.sheet]
    return {
        "checklist": pack_checklist(found) if found else None,
        "workbook": pack_workbook(Workbook(workbook.kind, kept)),
    }


def fill_in(file: BinaryIO, request: Request) -> Any:
    """The workbook with answers in its cells, as text that JSON can hold."""
    import base64

    from services.reading.files import read_file
    from services.reading.filling import Entry
    from services.reading.xlsx_filling import fill_in

    read_file(file, "form.xlsx")
    entries = [Entry(**one) for one in request["entries"]]
    filled = fill_in(file, sheet_name=request["sheet"], entries=entries)
    return {"content": base64.b64encode(filled.content).decode(), "left_out": filled.left_out}


def write_answers(file: BinaryIO, request: Request) -> Any:
    """A workbook of a disclosure's form with its answers in the cells."""
    import base64

    from services.reading.disclosure_filling import write_answers
    from services.reading.files import read_file
    from services.reading.filling import Said
    from services.reading.templates import unpack_template

    read_file(file, "form.xlsx")
    said = [Said(**one) for one in request["said"]]
    filled = write_answers(file, unpack_template(request["template"]), said)
    return {"content": base64.b64encode(filled.content).decode(), "left_out": filled.left_out}


def tell_confinement(_file: BinaryIO, request: Request) -> Any:
    """What the child could take away from itself."""
    from services.reading.confinement import describe

    return {"has_network": request["has_network"], "sees_files": request["sees_files"], **describe()}


READERS: Final[dict[str, Callable[[BinaryIO, Request], Any]]] = {
    "cells": read_cells,
    "answers": read_answers,
    "columns": propose_columns,
    "form": read_form,
    "trial": try_form,
    "checklist": find_checklist,
    "fill": fill_in,
    "write": write_answers,
    "confinement": tell_confinement,
}


def main(name: str, descriptor: str) -> None:
    """Read the file on standard input; the request comes on the descriptor."""
    limit_resources()
    has_network = not leave_network()
    sees_files = not shut_files()
    with open(int(descriptor), "rb") as told:  # noqa: PTH123 - a descriptor, not a path.
        request = {**json.load(told), "has_network": has_network, "sees_files": sees_files}
    answer = json.dumps(_answer(name, request), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(answer) >= MAX_OUTPUT:
        answer = json.dumps({"refused": NotReadReason.TOO_MUCH_CONTENT, "detail": ""}).encode()
    sys.stdout.buffer.write(answer)


def _answer(name: str, request: Request) -> dict[str, Any]:
    from services.file_refusals import FileRefused

    try:
        return {"result": READERS[name](sys.stdin.buffer, request)}
    except FileRefused as refused:
        return {"refused": refused.reason, "detail": ""}
    except NotRead as refused:
        return {"refused": refused.reason, "detail": refused.detail}
    except MemoryError:
        return {"refused": NotReadReason.TOO_MUCH_MEMORY, "detail": ""}
    except Exception as error:
        # Whatever a stranger's file makes of a reader ends here; the message could hold what the file says.
        return {"refused": NotReadReason.CRASHED, "detail": type(error).__name__}
