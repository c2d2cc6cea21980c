"""Threads on pages of both sides: how an address names one, and what it is called."""

from __future__ import annotations

from services.edition_forms import Form
from services.languages import _, language
from services.links import WHOLE


def key_of(thread_key: str) -> str:
    """The key of an item, or the empty one for the whole."""
    return "" if thread_key == WHOLE else thread_key


def find_title(form: Form, item_key: str) -> str:
    """What a thread is about: the item as the form prints it, or the request as a whole."""
    item = form.find_item(item_key) if item_key else None
    return f"{item.number} {item.label.in_language(language.get())}" if item else _("The whole request")
