"""Scheduled reminders in words: when the next one goes to whom, or why none does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.formats import format_date
from services.languages import _, marked
from services.scheduled_reminders import Plan, Silence

_SILENCES: Final[Mapping[Silence, str]] = {
    Silence.OFF: marked("None: reminders by schedule are switched off in the settings. You can remind by hand."),
    Silence.PAUSED: marked("Paused for this request. You can remind by hand."),
    Silence.NO_ADDRESS: marked(
        "None by mail, because no mail went to this vendor. The weekly digest tells you instead."
    ),
    Silence.UNDELIVERED: marked("None, because the last mail to %(email)s did not arrive. Please correct the address."),
    Silence.NO_SERVER: marked("None, because no mail server is set. Please hand over the link yourself."),
    Silence.OVER: marked("None is left of those in the settings. You can remind by hand."),
}


def describe_plan(plan: Plan | None) -> str:
    """When the portal reminds this vendor next; empty where nothing is awaited from it."""
    if plan is None:
        return ""
    if plan.silence is not None:
        return _(_SILENCES[plan.silence], email=plan.email)
    assert plan.at is not None, "a plan without a moment is over"
    return _("%(day)s in the morning, to %(email)s", day=format_date(plan.at), email=plan.email)
