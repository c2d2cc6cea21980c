"""The clinic's office as tables to take away: mails, the log, tokens, webhooks, groups; never a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from models import Event, Scope, Webhook, WebhookDelivery
from services import clock
from services.api_tokens import TokenLine
from services.deed_words import sentence_of, who_of
from services.exports import Cell
from services.formats import format_moment
from services.groups import Consent
from services.languages import _, marked
from services.options import name_of
from services.outbox import MailState, OutboxLine
from services.reports.tables import Table, table_of
from services.webhook_outbox import TEST

MAIL_NAMES: Final[Mapping[str, str]] = {
    "invitation": marked("Request"),
    "reminder": marked("Reminder"),
    "access_code": marked("Code to open a request"),
    "receipt": marked("Receipt for the vendor"),
    "submitted": marked("Word that a vendor has answered"),
    "returned": marked("Returned with words"),
    "accepted": marked("Word that the answers are accepted"),
    "declined": marked("Word that a vendor declines"),
    "forwarded": marked("Handed on to a colleague at the vendor"),
    "given_back": marked("Given back by a colleague at the vendor"),
    "colleague_submitted": marked("Word to a former holder that a colleague has answered"),
    "messages_for_vendor": marked("Word of new messages for the vendor"),
    "messages_for_clinic": marked("Word of new messages for the institution"),
    "wrong_recipient": marked("Word that a request went to the wrong place"),
    "withdrawn": marked("Word that the request is withdrawn"),
    "weekly_digest": marked("Summary of the week"),
    "webhook_paused": marked("Word that another system takes no notices"),
    "member_invitation": marked("Invitation of a member"),
}
"""What each kind of mail is called."""

MAIL_STATES: Final[Mapping[MailState, str]] = {
    MailState.WAITING: marked("Waits for a mail server"),
    MailState.QUEUED: marked("On its way to the mail server"),
    MailState.RETRYING: marked("Will be tried again"),
    MailState.DELIVERED: marked("Accepted by the mail server"),
    MailState.BOUNCED: marked("Came back"),
    MailState.FAILED: marked("Could not be sent"),
    MailState.CANCELLED: marked("Not sent"),
}
"""What became of a mail."""

NOTICE_NAMES: Final[Mapping[str, str]] = {
    "submission.created": marked("A request was prepared"),
    "submission.reminded": marked("A reminder was sent"),
    "submission.opened": marked("The vendor came in for the first time"),
    "submission.submitted": marked("The vendor submitted its answers"),
    "submission.declined": marked("The vendor declined"),
    "submission.ended": marked("It was noted how a request ended"),
    "submission.reopened": marked("A vendor was asked again after all"),
    "submission.accepted": marked("The answers were accepted"),
    "submission.returned": marked("The answers were returned"),
    "submission.withdrawn": marked("The request was withdrawn"),
    "submission.due_changed": marked("The due date was changed"),
    "submission.contact_noted": marked("A call, mail, fax, letter or visit was noted"),
    "thread.written": marked("A message about an item was written"),
    "thread.closed": marked("A conversation was closed"),
    "document.uploaded": marked("A document arrived"),
    "assessment.changed": marked("The own check was changed"),
    TEST: marked("Test"),
}
"""What notices to other systems tell of."""


def mails_table(lines: Sequence[OutboxLine]) -> Table:
    """Mails and what became of each, one a row, without their text."""
    columns: dict[str, list[Cell]] = {
        _("Written at"): [format_moment(line.created_at) for line in lines],
        _("To"): [line.recipient for line in lines],
        _("Name"): [line.recipient_name for line in lines],
        _("Mail"): [_(MAIL_NAMES[line.kind]) for line in lines],
        _("State"): [_(MAIL_STATES[line.state]) for line in lines],
        _("When"): [_moment(line.at) for line in lines],
        _("Words"): [line.words for line in lines],
    }
    return table_of(_("Outbox"), columns)


def log_table(events: Sequence[Event], names: Mapping[str, str]) -> Table:
    """The log in full, one deed a row, with the seals by which it can be checked."""
    columns: dict[str, list[Cell]] = {
        _("Number"): [event.sequence for event in events],
        _("When"): [f"{clock.local(event.at):%Y-%m-%d %H:%M:%S}" for event in events],
        _("What"): [sentence_of(event, names) for event in events],
        _("Who"): [who_of(event) for event in events],
        _("Verb"): [event.verb for event in events],
        _("Seal"): [event.hash for event in events],
    }
    return table_of(_("History"), columns)


def tokens_table(lines: Sequence[TokenLine]) -> Table:
    """API tokens, one a row: how each begins, never the token."""
    columns: dict[str, list[Cell]] = {
        _("Name"): [line.name for line in lines],
        _("Begins with"): [line.beginning for line in lines],
        _("What it may do"): ["、".join(name_of(Scope(scope)) for scope in line.scopes) for line in lines],
        _("Made by"): [line.maker for line in lines],
        _("Made at"): [format_moment(line.created_at) for line in lines],
        _("Works until"): [format_moment(line.expires_at) for line in lines],
        _("Last used on"): [line.last_used_on.isoformat() if line.last_used_on else "" for line in lines],
        _("State"): [_state_of(line) for line in lines],
    }
    return table_of(_("API tokens"), columns)


def webhooks_table(webhooks: Sequence[Webhook]) -> Table:
    """Receivers of notices, one a row, without their secrets."""
    columns: dict[str, list[Cell]] = {
        _("Address"): [hook.url for hook in webhooks],
        _("Told of"): ["、".join(_(NOTICE_NAMES[event]) for event in hook.events) for hook in webhooks],
        _("Made at"): [format_moment(hook.created_at) for hook in webhooks],
        _("State"): [name_of(hook.pause) if hook.pause else _("In use") for hook in webhooks],
    }
    return table_of(_("Notices to other systems"), columns)


def deliveries_table(deliveries: Sequence[tuple[Webhook, WebhookDelivery]]) -> Table:
    """Single notices, one a row; what stood in them is in the history."""
    sent = [delivery for _hook, delivery in deliveries]
    columns: dict[str, list[Cell]] = {
        _("Address"): [hook.url for hook, _delivery in deliveries],
        _("Number"): [f"msg_{one.id.hex}" for one in sent],
        _("What of"): [_(NOTICE_NAMES.get(one.event, one.event)) for one in sent],
        _("Written at"): [format_moment(one.created_at) for one in sent],
        _("Tries"): [one.tries for one in sent],
        _("Received at"): [_moment(one.delivered_at) for one in sent],
        _("Given up at"): [_moment(one.failed_at) for one in sent],
        _("Answer of the receiver"): [one.status for one in sent],
        _("Why it did not arrive"): [_(one.last_error) if one.last_error else "" for one in sent],
    }
    return table_of(_("Notices sent"), columns)


def groups_table(consents: Sequence[Consent]) -> Table:
    """Groups that see the clinic's progress, one a row."""
    columns: dict[str, list[Cell]] = {
        _("Group"): [consent.group_name for consent in consents],
        _("Agreed by"): [consent.agreed_by for consent in consents],
        _("Agreed at"): [format_moment(consent.agreed_at) for consent in consents],
    }
    return table_of(_("Groups that see your progress"), columns)


def _state_of(line: TokenLine) -> str:
    if line.is_orphaned:
        return _("Its maker has left; it works no longer")
    return _("Expired") if line.is_expired else _("In use")


def _moment(moment: datetime | None) -> str:
    return format_moment(moment) if moment else ""
