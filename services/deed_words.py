"""Deeds in words: one sentence for each verb of the log, and who did it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from models import ContactWay, Event, OutcomeKind, Role, Source
from services import formats, options
from services.languages import _, marked

SENTENCES: Final[Mapping[str, str]] = {
    "answer.form_downloaded": marked("The form was downloaded as a workbook: %(name)s"),
    "address.cleared": marked("Mails are sent to an address again: %(to)s"),
    "answer.file_read": marked("The vendor brought an answer file along: %(name)s"),
    "answer.file_taken": marked("The vendor took its answers along as a file: %(name)s"),
    "answer.saved": marked("An answer was saved: %(name)s"),
    "answer.taken_over": marked("Answers were taken from a workbook: %(name)s"),
    "assessment.answered": marked("Own check: an item was answered"),
    "assessment.evidence_linked": marked("Own check: an answer in a document became evidence of an item"),
    "assessment.evidence_unlinked": marked("Own check: an answer in a document is no longer evidence"),
    "assessment.form_changed": marked("Own check: it went over to this year's own form"),
    "assessment.exported": marked("Own check: the table was downloaded"),
    "assessment.gate_answered": marked("Own check: the first question was answered"),
    "assessment.inspection_planned": marked("Own check: the day of the inspection was set"),
    "assessment.printed": marked("Own check: the paper was opened to be printed"),
    "assessment.proposal_taken": marked("Own check: a proposal was taken over"),
    "assessment.started": marked("Own check: it was begun"),
    "assessment.viewed": marked("Own check: an item was read with the vendors' answers"),
    "clinic.changed": marked("The settings were changed"),
    "clinic.exported": marked("Everything of the institution was downloaded"),
    "clinic.export_failed": marked("The workbook with everything of the institution could not be made"),
    "clinic.export_ordered": marked("A workbook with everything of the institution was ordered"),
    "clinic.export_removed": marked("The workbook with everything of the institution was removed"),
    "group.exported": marked("The list of groups that see the progress was downloaded"),
    "token.exported": marked("The list of API tokens was downloaded"),
    "webhook.exported": marked("The list of notices to other systems was downloaded"),
    "submissions.table_exported": marked("A table over all requests was downloaded: %(name)s"),
    "clinic.created": marked("The institution was registered: %(name)s"),
    "contact_entry.added": marked("A contact was noted: %(name)s (%(way)s, %(happened_on)s)"),
    "contact_entry.corrected": marked("The note of a contact was corrected: %(name)s (%(way)s, %(happened_on)s)"),
    "contact.added": marked("A contact was added: %(name)s"),
    "contact.exported": marked("The list of contacts was downloaded"),
    "contact.archived": marked("A contact was archived: %(name)s"),
    "contact.changed": marked("A contact was changed: %(name)s"),
    "contact.made_main": marked("A contact became the main one: %(name)s"),
    "document.answer_settled": marked("An answer in a document was settled: %(name)s"),
    "document.answers_viewed": marked("The answers in a document were read: %(name)s"),
    "desk.code_asked": marked("A code for the list of all requests was asked for"),
    "desk.code_refused": marked("A wrong code for the list of all requests was entered"),
    "desk.entered": marked("A vendor opened its list of all requests with its code"),
    "desk.news_on": marked("A vendor wants to be told of new requests in the morning"),
    "desk.news_off": marked("A vendor no longer wants to be told of new requests in the morning"),
    "desk.answered": marked("The vendor wrote answers of another request into this one: %(name)s"),
    "desk.opened": marked("The vendor opened the request from its list of all requests: %(name)s"),
    "document.described": marked("A document was described: %(name)s"),
    "document.exported": marked("The list of documents was downloaded"),
    "document.downloaded": marked("A document was downloaded: %(name)s"),
    "document.read": marked("A document was read as data: %(name)s"),
    "document.removed": marked("A document was removed: %(name)s"),
    "document.review_planned": marked("It was noted when to look at a document again: %(name)s"),
    "document.sheet_chosen": marked("Another sheet of a document was chosen to be read: %(name)s"),
    "document.treatment_decided": marked("It was decided what to do about an answer in a document: %(name)s"),
    "document.uploaded": marked("A document arrived: %(name)s"),
    "import.taken": marked("A list was taken over: %(name)s"),
    "assessment.follow_ups_exported": marked("The follow-ups were downloaded"),
    "assessment.follow_ups_viewed": marked("The follow-ups were read"),
    "form.correspondence_saved": marked("A table for comparing two forms was saved: %(name)s"),
    "form.learned": marked("The portal learned a form: %(name)s"),
    "form.questions_set": marked("Areas and the like were set for questions of a form: %(name)s (%(count)s)"),
    "form.renamed": marked("A form was renamed: %(name)s"),
    "form.restored": marked("A form is used again: %(name)s"),
    "form.retired": marked("A form is no longer used: %(name)s"),
    "form.shown": marked("A file was shown to learn its form: %(name)s"),
    "group.agreed": marked("A group now sees the progress: %(name)s"),
    "group.consent_ended": marked("A group no longer sees the progress: %(name)s"),
    "group.created": marked("A group was made: %(name)s"),
    "group.person_added": marked("A person was let into a group: %(name)s"),
    "edition.begun": marked("A new edition of the checklist was begun (fiscal year %(fiscal_year)s)"),
    "edition.discarded": marked("The draft of an edition was thrown away (fiscal year %(fiscal_year)s)"),
    "edition.published": marked("An edition of the checklist was published (fiscal year %(fiscal_year)s)"),
    "edition.subjects_chosen": marked("What an edition takes over was chosen (fiscal year %(fiscal_year)s)"),
    "edition.workbook_added": marked("An official workbook was given: %(name)s"),
    "edition.workbook_corrected": marked(
        "How an official workbook is read was corrected (fiscal year %(fiscal_year)s)"
    ),
    "edition.workbook_removed": marked("An official workbook was removed from a draft: %(name)s"),
    "group.person_removed": marked("A person was taken out of a group: %(name)s"),
    "invitation.code_asked": marked("The link was opened and the code asked for: %(name)s"),
    "invitation.code_refused": marked("A wrong code was entered: %(name)s"),
    "invitation.code_sent": marked("A code was sent: %(name)s"),
    "invitation.copied": marked("A link was made to be handed over: %(name)s"),
    "invitation.handed_in_part": marked("A part was handed to a colleague at the vendor: %(name)s (%(to)s)"),
    "invitation.handed_over": marked("The form was handed to a colleague at the vendor: %(name)s (%(to)s)"),
    "invitation.letter_made": marked("A letter was made: %(name)s"),
    "invitation.reminded": marked("A reminder was sent: %(name)s (%(to)s)"),
    "invitation.reply_address": marked("The vendor said where it wants to be told of messages by mail"),
    "invitation.revoked": marked("A link was stopped: %(name)s (%(to)s)"),
    "invitation.sent": marked("A link was sent: %(name)s (%(to)s)"),
    "invitation.used": marked("The vendor came in with its code: %(name)s"),
    "invitation.wrong_recipient": marked("The recipient said that the request is not for them: %(name)s (%(to)s)"),
    "letters.downloaded": marked("The PDF of letters was downloaded (%(count)s)"),
    "letters.failed": marked("Letters could not be made (%(count)s)"),
    "letters.ordered": marked("Letters were ordered (%(count)s)"),
    "letters.removed": marked("The PDF of letters was removed (%(count)s)"),
    "log.checked": marked("The history was checked"),
    "log.exported": marked("The history was downloaded"),
    "mail.bounced": marked("A mail came back: %(to)s"),
    "mail.cancelled": marked("A mail was no longer needed and not sent: %(to)s"),
    "mail.exported": marked("The list of mails was downloaded"),
    "mail.delivered": marked("A mail was handed to the mail server: %(to)s"),
    "mail.failed": marked("A mail could not be sent: %(to)s"),
    "mail.retried": marked("A mail was tried once more: %(to)s"),
    "member.invitation_revoked": marked("A member's invitation was taken back: %(email)s"),
    "member.calendar_made": marked("An address for a calendar was made"),
    "member.calendar_stopped": marked("An address for a calendar was stopped"),
    "member.exported": marked("The list of members was downloaded"),
    "member.invited": marked("A member was invited: %(email)s (%(role)s)"),
    "member.joined": marked("A member joined: %(name)s (%(role)s)"),
    "member.left": marked("A member left: %(name)s (%(role)s)"),
    "member.address_asked": marked("Asked for another e-mail address"),
    "member.address_changed": marked("Changed their e-mail address"),
    "member.profile_changed": marked("Changed their own details"),
    "member.removed": marked("A member was removed: %(name)s"),
    "member.role_changed": marked("A role was changed: %(name)s (%(former)s → %(role)s)"),
    "note.added": marked("A note of one's own was written: %(name)s"),
    "password.changed": marked("Changed their password"),
    "password.refused": marked("A wrong present password was typed"),
    "password.reset": marked("Chose a new password through a mailed link"),
    "password.reset_asked": marked("A link to choose a new password was sent: %(name)s"),
    "portal.set_up": marked("The portal was set up"),
    "reminders.paused": marked("Reminders by schedule were paused: %(name)s"),
    "reminders.resumed": marked("Reminders by schedule go on: %(name)s"),
    "routine.changed": marked("The reminders by schedule were set"),
    "second_factor.codes_renewed": marked("Had new recovery codes made"),
    "second_factor.recovery_used": marked("A recovery code was used: %(name)s"),
    "second_factor.refused": marked("A wrong code was typed: %(name)s"),
    "second_factor.required": marked("The two-step sign-in is now required of all members"),
    "second_factor.not_required": marked("The two-step sign-in is no longer required"),
    "second_factor.reset": marked("The two-step sign-in of a member was reset: %(name)s (%(how)s)"),
    "second_factor.set_up": marked("Set up the two-step sign-in"),
    "second_factor.switched_off": marked("Switched the two-step sign-in off"),
    "sign_in.confirmed": marked("Confirmed who they are"),
    "record.printed": marked("The record of requests was opened to be printed"),
    "sign_in.ended": marked("Signed out"),
    "sign_in.failed": marked("A sign-in was refused: %(name)s"),
    "sign_in.others_ended": marked("Signed out in all other browsers"),
    "sign_in.succeeded": marked("Signed in: %(browser)s"),
    "submission.accepted": marked("The answers were accepted: %(name)s"),
    "submission.created": marked("A request was prepared: %(name)s"),
    "submission.declined": marked("The vendor declined: %(name)s (%(kind)s)"),
    "submission.due_changed": marked("The due date was changed: %(name)s (%(before)s → %(after)s)"),
    "submission.ended": marked("Noted how the request ended: %(name)s (%(kind)s)"),
    "submission.reopened": marked("Asked again after all: %(name)s (before: %(kind)s)"),
    "submission.exported": marked("A table of the request was downloaded: %(name)s"),
    "submission.returned": marked("The answers were returned: %(name)s"),
    "submission.submitted": marked("The vendor submitted its answers: %(name)s (no. %(number)s)"),
    "submission.viewed": marked("The answers were read: %(name)s"),
    "submission.withdrawn": marked("The request was withdrawn: %(name)s"),
    "submissions.exported": marked("The table of requests was downloaded"),
    "system.added": marked("A system was added: %(name)s"),
    "system.archived": marked("A system was archived: %(name)s"),
    "system.changed": marked("A system was changed: %(name)s"),
    "system.deleted": marked("A system was deleted: %(name)s"),
    "system.restored": marked("A system is in use again: %(name)s"),
    "systems.exported": marked("The ledger was downloaded"),
    "token.made": marked("An API token was made: %(name)s"),
    "token.revoked": marked("An API token was revoked: %(name)s"),
    "thread.closed": marked("A conversation was closed: %(name)s"),
    "thread.written": marked("A message was written: %(name)s"),
    "webhook.paused": marked("Notices to another system were paused: %(name)s"),
    "webhook.registered": marked("Notices to another system were set up: %(name)s"),
    "webhook.removed": marked("Notices to another system were removed: %(name)s"),
    "webhook.replayed": marked("A notice to another system was sent once more: %(name)s"),
    "webhook.resumed": marked("Notices to another system go on: %(name)s"),
    "webhook.tested": marked("A test was sent to another system: %(name)s"),
    "transcript.saved": marked("Answers were typed in for the vendor: %(name)s (%(source)s)"),
    "transcript.scan_removed": marked("A scan was taken off the typed-in answers: %(name)s"),
    "transcript.submitted": marked("Typed-in answers were entered: %(name)s (%(source)s, no. %(number)s)"),
    "vendor.added": marked("A vendor was added: %(name)s"),
    "vendor.archived": marked("A vendor was archived: %(name)s"),
    "vendor.changed": marked("A vendor was changed: %(name)s"),
    "vendor.deleted": marked("A vendor was deleted: %(name)s"),
    "vendor.restored": marked("A vendor is in use again: %(name)s"),
    "vendors.exported": marked("The list of vendors was downloaded"),
}

KIND_NAMES: Final[Mapping[str, str]] = {
    "requests": marked("Requests and answers"),
    "documents": marked("Documents"),
    "ledger": marked("Ledger and vendors"),
    "assessment": marked("Own check"),
    "mails": marked("Mails"),
    "members": marked("Members and signing in"),
    "clinic": marked("Settings and log"),
}


class _Details(dict[str, Any]):
    """What an event tells about itself; what it does not tell is left out of the sentence."""

    def __missing__(self, name: str) -> str:
        return ""


def sentence_of(event: Event, names: Mapping[str, str] | None = None) -> str:
    """What was done, in the language now spoken; `names` are those of services.deeds.name_subjects."""
    if event.verb not in SENTENCES:
        return event.verb
    known, details = names or {}, _Details(event.details)
    if not details["name"]:
        details["name"] = known.get(event.subject_id) or known.get(str(event.submission_id), "")
    for name in ("role", "former"):
        if details[name]:
            details[name] = options.name_of(Role(details[name]))
    for name, kind in (("kind", OutcomeKind), ("way", ContactWay), ("source", Source)):
        if details[name] in set(kind):
            details[name] = options.name_of(kind(details[name]))
    for name in ("before", "after", "happened_on"):
        if details[name]:
            details[name] = formats.format_date(date.fromisoformat(details[name]))
    told = _(SENTENCES[event.verb]) % details
    return told.replace(" ()", "").replace("（）", "").rstrip(": ：")


def who_of(event: Event) -> str:
    """Who did it, as a reader knows them."""
    if event.actor_kind == "system":
        return _("The portal") if not event.verb.startswith("sign_in.") else _("Not signed in")
    if event.actor_kind == "vendor":
        return _("%(name)s (vendor)", name=event.actor_name) if event.actor_name else _("Vendor")
    if event.actor_kind == "token":
        return _("%(name)s (API)", name=event.actor_name)
    return event.actor_name
