"""The fields of a checklist item on a page: read as far as they can be read, and filled with what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from models import Answer, AnswerValue, Responsibility
from services import answers, clock
from services.answers import Given
from services.edition_forms import Item
from web.forms import check, read_fields


class AnswerForm(BaseModel):
    """The fields of one item; on the page each bears the item's key before its name, as in `2-4.answer`."""

    answer: AnswerValue | None = None
    is_conditional: bool = False
    condition: str = Field("", max_length=2000)
    checked_on: date | None = None
    target_on: date | None = None
    remark: str = Field("", max_length=4000)
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    responsibility: Responsibility | None = None
    responsibility_note: str = Field("", max_length=1000)
    version: int = Field(0, ge=0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One item as it was sent: what can be saved, and what is wrong with the rest."""

    given: Given
    version: int
    errors: dict[str, str]


async def read_typed(request: Request) -> dict[str, str]:
    """Everything typed, by the name of its field."""
    form = await read_fields(request)
    return {name: text.replace("\r\n", "\n").strip() for name, text in form.items() if isinstance(text, str)}


TypedDep = Annotated[dict[str, str], Depends(read_typed)]


def read_item(typed: Mapping[str, str], item: Item) -> Reading:
    """The fields of one item; those that cannot be read are told, the others stand."""
    values = {name: typed[f"{item.key}.{name}"] for name in AnswerForm.model_fields if f"{item.key}.{name}" in typed}
    first = check(AnswerForm, values)
    form = first.form or check(AnswerForm, {name: values[name] for name in values.keys() - first.errors}).form
    read = {} if form is None else {name: getattr(form, name) for name in values.keys() - first.errors - {"version"}}
    if "answer" in values:
        # A box that is not ticked is not sent at all.
        read.setdefault("is_conditional", False)
        read["value"] = read.pop("answer", None)
    return Reading(cast("Given", read), form.version if form else 0, told(item, first.errors))


def told(item: Item, errors: Mapping[str, str]) -> dict[str, str]:
    """Sentences under the names of the page's fields."""
    return {f"{item.key}.{'answer' if name == 'value' else name}": sentence for name, sentence in errors.items()}


def values_of(item: Item, answer: Answer | None) -> dict[str, Any]:
    """What stands in the fields of an item; the day of the check is proposed while there is no answer."""
    stored = {name: getattr(answer, name) if answer else None for name in answers.FIELDS}
    stored["answer"] = stored.pop("value")
    stored["version"] = answer.version if answer else 0
    if stored["answer"] is None:
        stored["checked_on"] = clock.today()
    return {f"{item.key}.{name}": "" if value is None else value for name, value in stored.items()}
