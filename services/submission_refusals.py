"""Every "no" around asking, reminding and reviewing."""

from __future__ import annotations

from services.languages import marked
from services.refusals import Refusal


class DueDatePassed(Refusal):
    """A due date that leaves no time."""

    status = 422
    code = "due_date_passed"
    heading = marked("The due date must be in the future")
    text = marked("The vendor needs at least until tomorrow.")
    advice = marked("Please choose a later day.")


class NotWaiting(Refusal):
    """Reminding somebody who owes nothing."""

    code = "not_waiting"
    heading = marked("There is nothing to remind of")
    text = marked("The vendor has answered in the meantime, or the request is closed.")
    advice = marked("Go back and look at the current state.")


class RemindedJustNow(Refusal):
    """Two reminders within minutes."""

    code = "reminded_just_now"
    heading = marked("A reminder has just been sent")
    text = marked("The last reminder left only a few minutes ago. It was not sent a second time.")
    advice = marked("Give the vendor some time, or call them.")


class NoAddress(Refusal):
    """Nothing was ever mailed, and the vendor's main contact has no address."""

    status = 422
    code = "no_address"
    heading = marked("There is no e-mail address for this vendor yet")
    text = marked("A reminder needs an address to go to.")
    advice = marked("Send the request to an address first, or copy a link and hand it over by telephone.")


class AddressBounced(Refusal):
    """A mail to this address came back, and nobody has said that it works now."""

    code = "address_bounced"
    heading = marked("Mails to this address came back")
    text = marked("The last mail to %(email)s came back on %(day)s. The mail server's words: %(words)s")
    advice = marked(
        "Please ask the vendor for the right address. If this one is right, send the request there once more."
    )


class TooManyLetters(Refusal):
    """More letters at once than one PDF should hold."""

    status = 422
    code = "too_many_letters"
    heading = marked("Too many letters at once")
    text = marked("At most %(limit)s letters can be made together. None was made.")
    advice = marked("Please choose fewer, and make the others afterwards.")


class NotReviewable(Refusal):
    """Nothing is waiting for the clinic's verdict."""

    code = "not_reviewable"
    heading = marked("There is nothing to review now")
    text = marked("Somebody has reviewed this already, the vendor has not answered yet, or the request is closed.")
    advice = marked("Go back and look at the current state.")


class NewerRevision(Refusal):
    """The vendor handed in again while the clinic was reading."""

    code = "newer_revision"
    heading = marked("The vendor has submitted again in the meantime")
    text = marked("You were reading version %(shown)s; version %(newest)s has arrived. Nothing was recorded.")
    advice = marked("Please read the newest version and decide then. Your words are still in the form if you go back.")


class NothingToSay(Refusal):
    """Returning without a word."""

    status = 422
    code = "nothing_to_say"
    heading = marked("Please write what should be changed")
    text = marked("To return the answers, write at least one word at an item or for the form as a whole.")
    advice = marked("The vendor reads exactly what you write.")


class TooManyMessages(Refusal):
    """So many messages in a day that a call is better."""

    status = 429
    code = "too_many_messages"
    heading = marked("Very much has been written today")
    text = marked("At most %(cap)s messages can be sent in a day. This one was not sent.")
    advice = marked("Your words are still in the field. Send them tomorrow, or call.")


class NotChangeable(Refusal):
    """The request is accepted, declined or withdrawn."""

    code = "not_changeable"
    heading = marked("This request is closed")
    text = marked("It was accepted, declined or withdrawn, and is kept as it is.")
    advice = marked("If you need an answer after all, ask the vendor once more.")
