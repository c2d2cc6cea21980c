"""Forms: read against a Pydantic class, shown again with what was typed and what is wrong, in sentences."""

from __future__ import annotations

import types
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData

from services.languages import _

F = TypeVar("F", bound=BaseModel)

MOST_FIELDS: Final = 5000
"""Fields of one form: two hundred vendors asked at once have more than the usual thousand."""


@dataclass(slots=True)
class Submitted(Generic[F]):
    """A form as it came: the values typed, the checked form where all is well, sentences where it is not."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    form: F | None = None


def blank(**values: Any) -> Submitted[Any]:
    """A form not yet sent, filled in beforehand with these values."""
    return Submitted(values={name: "" if value is None else value for name, value in values.items()})


async def read_fields(request: Request) -> FormData:
    """Everything the form sent; read once, however often it is asked for."""
    return await request.form(max_fields=MOST_FIELDS)


def read(model: type[F]) -> Callable[[Request], Awaitable[Submitted[F]]]:
    """A dependency that reads the request's form against the class."""

    async def read_form(request: Request) -> Submitted[F]:
        typed = await read_fields(request)
        values: dict[str, Any] = {}
        for name, info in model.model_fields.items():
            sent = [_plain(value) for value in typed.getlist(name) if isinstance(value, str)]
            if _is_list(info.annotation):
                values[name] = sent
            elif sent:
                values[name] = sent[-1]
        return check(model, values)

    return read_form


def check(model: type[F], values: dict[str, Any]) -> Submitted[F]:
    """Values against the class; blank fields count as not given."""
    errors = {
        name: _("This text holds a character that cannot be stored.") for name, text in values.items() if "\0" in text
    }
    given = {name: value for name, value in values.items() if value not in ("", []) and name not in errors}
    try:
        form = model.model_validate(given)
    except ValidationError as wrong:
        for detail in wrong.errors(include_url=False, include_input=False):
            name = str(detail["loc"][0]) if detail["loc"] else "form"
            is_choice = detail["type"] == "missing" and _is_choice(model.model_fields.get(name))
            errors.setdefault(name, _choice_sentence() if is_choice else sentence_for(detail))
        return Submitted(values=values, errors=errors)
    return Submitted(values=values, errors=errors, form=None if errors else form)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_list(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(_is_list(part) for part in typing.get_args(annotation))
    return origin in (list, set, tuple)


def _is_choice(info: FieldInfo | None) -> bool:
    """Whether a field is one of several options, which is chosen and not filled in."""
    annotation = info.annotation if info else None
    return typing.get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum))


def sentence_for(detail: ErrorDetails) -> str:
    """What is wrong with a field, as a sentence with the way out."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return _("Please fill this in.")
    if kind == "string_too_long":
        return _("Please use at most %(count)s characters.", count=context["max_length"])
    if kind == "string_too_short":
        if context["min_length"] == 1:
            return _("Please fill this in.")
        return _("Please use at least %(count)s characters.", count=context["min_length"])
    if kind.startswith("date"):
        return _("Please enter a date such as 2027-01-15.")
    if kind.startswith(("int", "greater", "less")):
        return _number_sentence(kind, context)
    if kind in {"enum", "literal_error", "bool_parsing", "uuid_parsing", "too_short"}:
        return _choice_sentence()
    if kind == "value_error" and "error" in context:
        return _email_sentence() if "email" in str(context["error"]) else _(str(context["error"]))
    return _email_sentence() if "email" in detail["msg"] else _("This is not valid here.")


def _number_sentence(kind: str, context: dict[str, Any]) -> str:
    if kind == "greater_than_equal":
        return _("Please enter a number from %(count)s upwards.", count=context["ge"])
    if kind == "less_than_equal":
        return _("Please enter a number up to %(count)s.", count=context["le"])
    return _("Please enter a whole number.")


def _choice_sentence() -> str:
    return _("Please choose one of the options.")


def _email_sentence() -> str:
    return _("Please enter an e-mail address such as name@example.jp.")
