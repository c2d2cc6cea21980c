"""Editions: the yearly checklists of the catalog, found, copied into what was asked, and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from models.clinics import ClinicKind
from services.edition_files import BrokenEdition, build_edition, read_editions
from services.edition_forms import (
    GATE,
    CarryOver,
    CarryOverTable,
    Certainty,
    Edition,
    Form,
    Item,
    Provenance,
    Scope,
    Section,
    Text,
    UnknownForm,
)
from services.languages import _, marked

__all__ = [
    "EDITIONS_FOLDER",
    "GATE",
    "BrokenEdition",
    "CarryOver",
    "Certainty",
    "Edition",
    "Form",
    "Item",
    "Provenance",
    "Scope",
    "Section",
    "Text",
    "UnknownEdition",
    "UnknownForm",
    "build_edition",
    "carried_into",
    "carry_over",
    "copy_form",
    "describe_provenance",
    "digest",
    "digest_of_items",
    "edition_for_fiscal_year",
    "find_item",
    "form_for_kind",
    "get_edition",
    "keys_to_propose",
    "latest_edition",
    "list_editions",
    "load_editions",
    "read_form",
    "targets_to_propose",
]

EDITIONS_FOLDER: Final = Path(__file__).resolve().parent.parent / "catalog" / "editions"

_TEXTS_OF_ITEM: Final = ("label", "help", "evidence", "changed")
_TEXTS_OF_FORM: Final = ("name", "title", "about", "edition_name")
_CERTAINTIES: Final[dict[Certainty, str]] = {
    "F": marked("Checked against the official form."),
    "D": marked("Taken from an official draft; to be checked against the official form."),
    "S": marked("Known second-hand; to be checked against the official form."),
    "R": marked("From recollection, unconfirmed; to be checked against the official form."),
}

_MOST_KEPT: Final = 64
_last_read: Final[dict[tuple[str, str, int], tuple[Mapping[str, Any], Form]]] = {}


class UnknownEdition(KeyError):
    """There is no edition with this id."""


def load_editions(folder: Path = EDITIONS_FOLDER) -> dict[str, Edition]:
    """All editions of a folder by id, oldest first; raises BrokenEdition with file, place and reason."""
    return read_editions(folder)


@lru_cache
def _catalog() -> Mapping[str, Edition]:
    return MappingProxyType(load_editions())


def list_editions() -> tuple[Edition, ...]:
    """All editions, newest first."""
    return tuple(_catalog().values())[::-1]


def latest_edition() -> Edition:
    """The edition of the latest fiscal year."""
    return list_editions()[0]


def get_edition(edition_id: str) -> Edition:
    """An edition by its id; raises UnknownEdition."""
    try:
        return _catalog()[edition_id]
    except KeyError:
        raise UnknownEdition(edition_id) from None


def edition_for_fiscal_year(fiscal_year: int) -> Edition:
    """The edition to use in a fiscal year: its own, else the latest one before it, else the oldest there is."""
    editions = list_editions()
    return next((edition for edition in editions if edition.fiscal_year <= fiscal_year), editions[-1])


def form_for_kind(edition: Edition, kind: str) -> Form:
    """The form with which an institution of this kind looks at itself; raises UnknownForm."""
    for form in edition.forms.values():
        if kind in form.kinds:
            return form
    raise UnknownForm(f"{edition.id} has no form for {kind!r}")


def describe_provenance(certainty: Certainty) -> str:
    """How sure we are of a row, as a sentence in the language now spoken."""
    return _(_CERTAINTIES[certainty])


def carry_over(edition: Edition) -> tuple[CarryOver, ...]:
    """Which items may take over a はい of which older rows; empty where the edition does not say."""
    return _lines_of(edition.carry_over)


def carried_into(form: Form) -> tuple[CarryOver, ...]:
    """The same for a copied form: from the copy of an imported one, from the catalog for all others."""
    if form.carry_over is not None or form.edition_id not in _catalog():
        return _lines_of(form.carry_over)
    return carry_over(get_edition(form.edition_id))


def _lines_of(table: CarryOverTable | None) -> tuple[CarryOver, ...]:
    if table is None:
        return ()
    return tuple(
        CarryOver(edition_id=table.edition, target=target, sources=sources) for target, sources in table.items.items()
    )


def keys_to_propose(edition: Edition, form: Form, *, said_yes: Collection[str]) -> tuple[str, ...]:
    """Keys of the form's items for which はい may be proposed, given the older items that were answered so."""
    return targets_to_propose(form, carry_over(edition), said_yes=said_yes)


def targets_to_propose(form: Form, lines: Iterable[CarryOver], *, said_yes: Collection[str]) -> tuple[str, ...]:
    """The same by the lines that a copy tells."""
    return tuple(line.target for line in lines if form.find_item(line.target) and line.may_propose_yes(said_yes))


def copy_form(form: Form, edition: Edition) -> dict[str, Any]:
    """A copy of what is asked that JSON can hold and `read_form` reads back, whatever becomes of the catalog."""
    copy = form.model_dump(mode="json", exclude_defaults=True)
    if edition.is_imported:
        copy["note"] = edition.provenance.note.model_dump()
        copy |= {"carry_over": edition.carry_over.model_dump()} if edition.carry_over else {}
    return {**copy, "edition_title": edition.title.model_dump(), "item_count": form.item_count}


def read_form(copy: Mapping[str, Any]) -> Form:
    """The form of a copy. It was checked before it was copied, so that it is not checked again.

    A clinic's requests of a year hold equal copies, and each page reads one: the form of the last copy of each kind
    is kept, which costs a comparison.
    """
    kind = copy["edition_id"], copy["id"], copy["item_count"]
    before = _last_read.get(kind)
    if before is not None and before[0] == copy:
        return before[1]
    form = _build_form(copy)
    if len(_last_read) >= _MOST_KEPT:
        _last_read.clear()
    _last_read[kind] = deepcopy(dict(copy)), form
    return form


def _build_form(copy: Mapping[str, Any]) -> Form:
    texts = {name: _read_text(copy[name]) for name in _TEXTS_OF_FORM}
    scopes = {
        key: Scope.model_construct(name=_read_text(scope["name"]), meaning=_read_text(scope["meaning"]))
        for key, scope in copy["scopes"].items()
    }
    sections = tuple(
        Section.model_construct(
            key=section["key"],
            title=_read_text(section["title"]),
            items=tuple(_read_item(item) for item in section["items"]),
        )
        for section in copy["sections"]
    )
    return Form.model_construct(
        **{
            **copy,
            **texts,
            "kinds": tuple(ClinicKind(kind) for kind in copy["kinds"]),
            "scopes": MappingProxyType(scopes),
            "gate": _read_item(copy["gate"]) if "gate" in copy else None,
            "sections": sections,
            "note": _read_text(copy["note"]) if "note" in copy else None,
            "carry_over": _read_carry_over(copy["carry_over"]) if "carry_over" in copy else None,
        }
    )


def narrow_form(form: Form, section_keys: Collection[str]) -> Form:
    """The same form with these sections only."""
    parts = {name: getattr(form, name) for name in Form.model_fields}
    return Form.model_construct(**parts | {"sections": tuple(one for one in form.sections if one.key in section_keys)})


def find_item(copy: Mapping[str, Any], key: str, *, section_keys: Collection[str] | None = None) -> Item | None:
    """One item of a copy, or of some of its sections, without reading all the others; the gate is none."""
    for section in copy["sections"]:
        if section_keys is not None and section["key"] not in section_keys:
            continue
        for item in section["items"]:
            if item["key"] == key:
                return _read_item(item)
    return None


def digest_of_items(copy: Mapping[str, Any]) -> str:
    """SHA-256 of what a copy asks: edition, and key, number, scope and sentence of each item, in their order."""
    rows = [
        [item["key"], item.get("number", ""), item.get("scope", ""), item["label"]["ja"]]
        for section in copy["sections"]
        for item in section["items"]
    ]
    content = json.dumps([copy["edition_id"], rows], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _read_item(copy: Mapping[str, Any]) -> Item:
    texts = {name: _read_text(copy[name]) for name in _TEXTS_OF_ITEM if name in copy}
    guideline = tuple(_read_text(text) for text in copy.get("guideline", ()))
    return Item.model_construct(**{**copy, **texts, "guideline": guideline})


def _read_carry_over(copy: Mapping[str, Any]) -> CarryOverTable:
    items = {target: tuple(sources) for target, sources in copy["items"].items()}
    return CarryOverTable.model_construct(edition=copy["edition"], items=MappingProxyType(items))


def _read_text(copy: Mapping[str, str]) -> Text:
    return Text.model_construct(ja=copy["ja"], en=copy["en"])


def digest(edition: Edition) -> str:
    """SHA-256 of what an edition asks, however its file is laid out.

    Provenance is left out because it may be corrected after publication; nothing else may.
    """
    content = _without_provenance(edition.model_dump(mode="json", exclude_defaults=True))
    for form in content["forms"].values():
        for repeated in ("id", "edition_id", "edition_name", "fiscal_year", "scopes"):
            del form[repeated]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _without_provenance(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _without_provenance(value) for name, value in content.items() if name != "provenance"}
    if isinstance(content, list):
        return [_without_provenance(value) for value in content]
    return content
