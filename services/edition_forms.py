"""What an edition of the checklist is made of: forms, sections and items, in both languages and unchangeable."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from models.clinics import ClinicKind

GATE: Final = "gate"
NO_ITEM: Final = "none"

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=40)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

# How sure we are of a row: seen in a final official document, seen in an official draft, second-hand, recollection.
Certainty = Literal["F", "D", "S", "R"]

# How the portal proposes an answer: from vendors' word on remote maintenance, from documents received, or from
# vendors' answers to the same item.
Rule = Literal["remote_maintenance", "documents", "vendors"]


class UnknownForm(KeyError):
    """The edition has no such form."""


class Piece(BaseModel):
    """Anything read from an edition file: unchangeable, and without names we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Piece):
    """A sentence in both languages."""

    ja: Words
    en: Words

    def in_language(self, language: str) -> str:
        """The sentence in one language; Japanese is the default."""
        return self.en if language.startswith("en") else self.ja


class Scope(Piece):
    """What an item looks at, such as servers or network devices."""

    name: Text
    meaning: Text


class Item(Piece):
    """One row of a form. `key` is ours and stable; `number` is the one printed on the official form."""

    key: Key
    number: str = ""
    scope: str = ""
    label: Text
    help: Text
    evidence: Text
    provenance: Certainty
    guideline: tuple[Text, ...] = ()
    rule: Rule | None = None
    plan_counts_until: int | None = Field(None, description="A plan by this fiscal year counts as はい.")
    empty_without_vendors: bool = Field(False, description="May stay empty when there is no contract with any vendor.")
    new: bool = False
    reference_only: bool = False
    changed: Text | None = Field(None, description="What differs from the edition before, for people who carry over.")
    institution_item: str | None = Field(None, description="Key of the institution's item, where it is not this key.")

    @property
    def linked_key(self) -> str | None:
        """Key of the institution's item on the same subject; None where the data says that there is none."""
        return None if self.institution_item == NO_ITEM else self.institution_item or self.key


class Section(Piece):
    """Items that are answered together on one page."""

    key: Key
    title: Text
    items: tuple[Item, ...] = Field(min_length=1)


Scopes = Annotated[
    Mapping[str, Scope], AfterValidator(MappingProxyType), PlainSerializer(dict, return_type=dict[str, Scope])
]


Sources = Annotated[tuple[str, ...], Field(min_length=1)]


class CarryOverTable(Piece):
    """Which items of which older edition went into which item."""

    edition: Key
    items: Annotated[
        Mapping[str, Sources],
        AfterValidator(MappingProxyType),
        PlainSerializer(dict, return_type=dict[str, Sources]),
    ]


class Form(Piece):
    """One form of an edition, with what a reader of a copy needs to know about the edition."""

    id: Key
    edition_id: Key
    edition_name: Text
    fiscal_year: int
    answered_by: Literal["institution", "vendor"]
    kinds: tuple[ClinicKind, ...]
    name: Text
    title: Text
    about: Text
    scopes: Scopes
    gate: Item | None = None
    sections: tuple[Section, ...] = Field(min_length=1)
    carry_over: CarryOverTable | None = Field(None, description="In a copy of an imported form: what it takes over.")
    note: Text | None = Field(None, description="In a copy of an imported form: where it comes from.")

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in order, without the gate."""
        return tuple(item for section in self.sections for item in section.items)

    @property
    def item_count(self) -> int:
        """Items to answer, without the gate."""
        return len(self.items)

    @cached_property
    def _by_key(self) -> dict[str, Item]:
        return {item.key: item for item in (*self.items, *([self.gate] if self.gate else []))}

    def find_item(self, key: str) -> Item | None:
        """The item with this key (the gate included), or None."""
        return self._by_key.get(key)

    def section_of(self, key: str) -> Section:
        """The section that holds an item; raises KeyError for the gate and for unknown keys."""
        for section in self.sections:
            if any(item.key == key for item in section.items):
                return section
        raise KeyError(key)

    def scope_of(self, item: Item) -> Scope | None:
        """What the item looks at; None for the gate."""
        return self.scopes.get(item.scope)

    def items_linked_to(self, key: str) -> tuple[Item, ...]:
        """The items of this vendor form on the same subject as an item of the institution's form."""
        return tuple(item for item in self.items if item.linked_key == key)


class Provenance(Piece):
    """How far an edition was compared with the official form, told to people."""

    status: Text
    note: Text


class CarryOver(Piece):
    """An item that may take over a はい of the edition before, as a proposal to confirm."""

    edition_id: str
    target: str
    sources: Sources

    def may_propose_yes(self, said_yes: Collection[str]) -> bool:
        """Whether every row that went into this item is among those that were answered はい."""
        return all(source in said_yes for source in self.sources)


Forms = Annotated[
    Mapping[Key, Form], AfterValidator(MappingProxyType), PlainSerializer(dict, return_type=dict[str, Form])
]


class Edition(Piece):
    """One fiscal year's checklist."""

    id: Key
    fiscal_year: int = Field(ge=2000, le=2999)
    name: Text
    title: Text
    issued: Text
    guideline_version: str
    provenance: Provenance
    scopes: Scopes
    forms: Forms
    carry_over: CarryOverTable | None = None
    is_imported: bool = False

    def form(self, form_id: str) -> Form:
        """A form by its id; raises UnknownForm."""
        try:
            return self.forms[form_id]
        except KeyError:
            raise UnknownForm(f"{self.id} has no form {form_id!r}") from None

    @property
    def vendor_form(self) -> Form:
        """The form that vendors answer; every edition has one."""
        return next(form for form in self.forms.values() if form.answered_by == "vendor")

    def institution_forms(self) -> Iterator[Form]:
        """The forms that institutions answer about themselves."""
        return (form for form in self.forms.values() if form.answered_by == "institution")
