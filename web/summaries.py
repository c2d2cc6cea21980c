"""Error summaries: each sentence begins with the label of its field, which the page writes further down."""

from __future__ import annotations

import re
from typing import Final

from services.languages import _

# What components/errors.html leaves in front of a sentence.
_PLACE: Final = re.compile(r'<span data-label-of="([^"]*)"></span>')
# What components/fields.html and components/checklist.html write: the number of an item, the label of a field.
_NAMES: Final = re.compile(
    r'<span class="item__number">(?P<number>[^<]*)<'
    r'|<(?:label|legend) class="(?:field|option)__label" (?:for="field-|id="label-)(?P<name>[^"]*)">(?P<label>[^<]*)'
)


def name_fields(text: str) -> str:
    """The page with labels in front of the sentences of its error summary; pages without one stay as they are."""
    if "data-label-of" not in text:
        return text
    labels = _labels_of(text)
    return _PLACE.sub(lambda place: _heading_of(place[1], labels), text)


def _labels_of(text: str) -> dict[str, str]:
    """Labels by the name of the field; those of an item's fields (`2-4.remark`) begin with the item's number."""
    labels: dict[str, str] = {}
    number = ""
    for found in _NAMES.finditer(text):
        name = found["name"]
        if name is None:
            number = found["number"].strip()
        elif "." in name:
            labels.setdefault(f"{name.partition('.')[0]}.", number)
            labels.setdefault(name, f"{number} {found['label'].strip()}".strip())
        else:
            labels.setdefault(name, found["label"].strip())
    return labels


def _heading_of(name: str, labels: dict[str, str]) -> str:
    """The beginning of the line; an item's answer has no label of its own, so that its number stands for it."""
    label = labels.get(name) or labels.get(f"{name.partition('.')[0]}.", "")
    return _("%(label)s: ", label=label) if label else ""
