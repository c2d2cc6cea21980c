"""What bodies have in common: how they are read and written, and lists with their cursors."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from services.api_refusals import ContentInvalid
from services.languages import _, marked

Line = TypeVar("Line")
Shape = TypeVar("Shape")

MOST: int = 200
"""How many lines one answer of a list holds at most."""


class Sent(BaseModel):
    """A body that a program sends: nothing unknown in it, nothing that cannot be stored."""

    # Built at once: the framework looks into what a body is checked by when it adds the endpoint.
    model_config = ConfigDict(extra="forbid", defer_build=False)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, values: Any) -> Any:
        _refuse_unstorable(values)
        return values


class Change(Sent):
    """Particulars that are to change; what is left out stays."""

    mark: str = Field(
        "", max_length=16, description="The `mark` that was read; left out, the change is made whatever stands there."
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """What is to be written."""
        return self.model_dump(exclude_unset=True, exclude={"mark"})

    @classmethod
    def particulars(cls) -> set[str]:
        """The names that a mark stands for."""
        return cls.model_fields.keys() - {"mark"}


class Told(BaseModel):
    """A body that the API answers with."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class Marked(Told):
    """Something that two may change at once."""

    mark: str = Field(description="Stands for what is told here; send it along with a change.")


class Listed(Told, Generic[Shape]):
    """A piece of a list; `next_cursor` leads on, and is null at the end."""

    items: list[Shape]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` to receive what comes next.")


Cursor = Annotated[
    str, Query(max_length=600, description="Where to go on: `next_cursor` of the answer before. Leave it out at first.")
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many items at most.")]


def _refuse_unstorable(value: Any) -> None:
    """Raise ValueError for characters that no database takes: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        if "\0" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
            raise ValueError(marked("This text holds a character that cannot be stored."))
    elif isinstance(value, Mapping):
        for part in value.values():
            _refuse_unstorable(part)
    elif isinstance(value, list):
        for part in value:
            _refuse_unstorable(part)


def cut_list(
    lines: Iterable[Line], *, place_of: Callable[[Line], tuple[str, ...]], cursor: str, limit: int
) -> tuple[list[Line], str | None]:
    """The lines after the cursor, in the order of their places, and the cursor of what comes next.

    A place is unique and stays, so that a list that changes between two calls neither repeats a line nor loses one.
    """
    after = _read_cursor(cursor) if cursor else ()
    placed = sorted(((place_of(line), line) for line in lines), key=lambda pair: pair[0])
    rest = [pair for pair in placed if pair[0] > after] if after else placed
    onwards = _write_cursor(rest[limit - 1][0]) if len(rest) > limit else None
    return [line for _place, line in rest[:limit]], onwards


def _write_cursor(place: tuple[str, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[str, ...]:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, list) or not all(isinstance(part, str) for part in place):
        raise ContentInvalid({"query:cursor": _("This cursor is not one of ours. Begin the list anew.")})
    return tuple(place)


def _let_blank_pass(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    return value if value == "" else check(value)


BLANK_PASSES = WrapValidator(_let_blank_pass)
"""An empty text empties the field, whatever else the field asks of a text."""
