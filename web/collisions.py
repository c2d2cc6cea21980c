"""A form that somebody else saved first: what was typed stays, and beside each field stands what is stored now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.collisions import ChangedMeanwhile
from services.languages import _
from web.forms import Submitted


def show_collision(submitted: Submitted[Any], collision: ChangedMeanwhile, *, say: Callable[[str, Any], str]) -> None:
    """Tell beside each field what the other person saved; sending the form once more then replaces it.

    `say` gives the words for a field's stored value, as people read it.
    """
    typed = submitted.form
    for name, value in collision.stored.items():
        if getattr(typed, name) != value:
            words = say(name, value) or _("(empty)")
            submitted.errors[name] = _("Somebody else has saved this meanwhile: %(words)s", words=words)
    submitted.errors["form"] = _("Nothing of yours is saved yet. Compare, and save again to replace what was saved.")
    submitted.values["seen"] = collision.mark


def say_plainly(name: str, value: Any) -> str:
    """The words of a field that stores what people read."""
    return str(value or "")
