"""Edition files: read from TOML, checked against each other, and refused with file, place and reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.edition_forms import GATE, NO_ITEM, Edition, Form, Item

Problem = tuple[str, str]


class BrokenEdition(ValueError):
    """An edition that cannot be used; says which file, where in it, and why."""

    def __init__(self, file: str, place: str, reason: str) -> None:
        super().__init__(f"{file}: {place}: {reason}")
        self.file = file
        self.place = place
        self.reason = reason


def read_editions(folder: Path) -> dict[str, Edition]:
    """All editions of a folder by id, oldest first; raises BrokenEdition."""
    editions = sorted((_read_file(path) for path in folder.glob("*.toml")), key=lambda one: (one.fiscal_year, one.id))
    if not editions:
        raise BrokenEdition(folder.name, "folder", "holds no edition")
    by_id = {edition.id: edition for edition in editions}
    for edition in editions:
        for place, reason in _problems_between(edition, by_id):
            raise BrokenEdition(f"{edition.id}.toml", place, reason)
    return by_id


def build_edition(content: Mapping[str, Any], *, file: str) -> Edition:
    """An edition from what a file says; raises BrokenEdition. `file` names the source in refusals."""
    try:
        edition = Edition.model_validate(_complete(content))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BrokenEdition(file, _place(first["loc"]), _reason(first["type"], first["msg"])) from None
    for place, reason in _problems_within(edition):
        raise BrokenEdition(file, place, reason)
    return edition


def _read_file(path: Path) -> Edition:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenEdition(path.name, f"byte {error.start}", "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        raise BrokenEdition(path.name, place.rstrip(")"), reason) from None
    edition = build_edition(content, file=path.name)
    if edition.id != path.stem:
        raise BrokenEdition(path.name, "id", f"must be {path.stem!r}, the name of the file")
    return edition


def _place(location: tuple[int | str, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    # A mapping's bad key is reported with a marker that is no part of the file.
    return steps.removeprefix(".").replace(".[key]", "")


def _reason(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a name that an edition file uses"
        case "string_too_short":
            return "must not be empty"
        case _:
            return message


def _complete(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says, with what it says once for many written out; wrong types are left for the check to refuse."""
    forms = content.get("forms")
    if not isinstance(forms, dict):
        return dict(content)
    return {**content, "forms": {form_id: _complete_form(form_id, form, content) for form_id, form in forms.items()}}


def _complete_form(form_id: str, form: Any, content: Mapping[str, Any]) -> Any:
    if not isinstance(form, dict):
        return form
    usual = {"provenance": form["provenance"]} if "provenance" in form else {}
    completed = {name: value for name, value in form.items() if name != "provenance"}
    completed |= {"id": form_id, "edition_id": content.get("id"), "edition_name": content.get("name")}
    completed |= {"fiscal_year": content.get("fiscal_year"), "scopes": content.get("scopes")}
    if isinstance(gate := form.get("gate"), dict):
        completed["gate"] = usual | gate
    if isinstance(sections := form.get("sections"), list):
        completed["sections"] = [_complete_section(section, usual) for section in sections]
    return completed


def _complete_section(section: Any, usual: dict[str, Any]) -> Any:
    if not isinstance(section, dict) or not isinstance(items := section.get("items"), list):
        return section
    return {**section, "items": [usual | item if isinstance(item, dict) else item for item in items]}


def _problems_within(edition: Edition) -> Iterator[Problem]:
    """What is wrong with an edition although each of its words is right."""
    vendor_forms = [form.id for form in edition.forms.values() if form.answered_by == "vendor"]
    if len(vendor_forms) != 1:
        yield "forms", f"must hold exactly one form answered by vendors, not {len(vendor_forms)}"
        return
    served: dict[str, str] = {}
    for form in edition.forms.values():
        place = f"forms.{form.id}"
        if bool(form.kinds) == (form.answered_by == "vendor"):
            yield f"{place}.kinds", "must be empty for the vendor form and name kinds of institutions for the others"
        for kind in form.kinds:
            if kind in served:
                yield f"{place}.kinds", f"{kind.value} is already served by the form {served[kind]!r}"
            served[kind] = form.id
        yield from _problems_in_form(form, place)
    yield from _broken_links(edition)
    yield from _problems_with_targets(edition)


def _problems_in_form(form: Form, place: str) -> Iterator[Problem]:
    if form.gate and form.gate.key != GATE:
        yield f"{place}.gate.key", f"must be {GATE!r}"
    if len({section.key for section in form.sections}) != len(form.sections):
        yield f"{place}.sections", "two sections have the same key"
    keys: set[str] = {GATE}
    rows: set[tuple[str, str]] = set()
    for item_place, item in _placed_items(form):
        if item.key in keys:
            yield f"{item_place}.key", f"{item.key!r} is already the key of another item"
        if not item.number.strip():
            yield f"{item_place}.number", "must not be empty"
        if item.scope not in form.scopes:
            yield f"{item_place}.scope", f"{item.scope!r} is not among the scopes of this file"
        if (item.number, item.scope) in rows:
            yield f"{item_place}.number", f"{item.number!r} stands twice under the scope {item.scope!r}"
        keys.add(item.key)
        rows.add((item.number, item.scope))


def _broken_links(edition: Edition) -> Iterator[Problem]:
    for place, item in _placed_items(edition.vendor_form):
        for form in edition.institution_forms():
            if item.linked_key is not None and not form.find_item(item.linked_key):
                reason = f"{item.linked_key!r} is no item of the form {form.id!r}; if there is none, say {NO_ITEM!r}"
                yield f"{place}.institution_item", reason


def _problems_with_targets(edition: Edition) -> Iterator[Problem]:
    targets = edition.carry_over.items if edition.carry_over else {}
    for target in targets:
        found = [item for form in edition.forms.values() if (item := form.find_item(target))]
        if not found:
            yield f"carry_over.items.{target}", "is no item of this edition"
        if any(item.new for item in found):
            yield f"carry_over.items.{target}", "is new in this edition, so nothing can be carried over to it"


def _problems_between(edition: Edition, editions: Mapping[str, Edition]) -> Iterator[Problem]:
    """What is wrong between an edition and the one it carries answers over from."""
    if not edition.carry_over:
        return
    older = editions.get(edition.carry_over.edition)
    if not older:
        yield "carry_over.edition", f"{edition.carry_over.edition!r} is not among the editions"
        return
    if (older.fiscal_year, older.id) >= (edition.fiscal_year, edition.id):
        yield "carry_over.edition", f"{older.id!r} is not older than this edition"
    for target, sources in edition.carry_over.items.items():
        for index, source in enumerate(sources):
            if not any(form.find_item(source) for form in older.forms.values()):
                yield f"carry_over.items.{target}[{index}]", f"{source!r} is no item of {older.id!r}"


def _placed_items(form: Form) -> Iterator[tuple[str, Item]]:
    for number, section in enumerate(form.sections):
        for index, item in enumerate(section.items):
            yield f"forms.{form.id}.sections[{number}].items[{index}]", item
