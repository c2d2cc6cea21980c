"""Why a vendor cannot go on at the door or with a file: refusals of its own pages."""

from __future__ import annotations

from services.languages import marked
from services.refusals import CodeExpired, InvitationUnknown, NotFound, QuotaFull, Refusal, WrongCode


class WrongCopiedCode(WrongCode):
    """The code that the clinic told by telephone does not fit."""

    text = marked("These are not the digits that the clinic told you. You can try %(left)s more times.")
    advice = marked("Compare them with your note, or call the clinic.")


class CopiedCodeSpent(CodeExpired):
    """The code that the clinic told by telephone was tried too often."""

    code = "copied_code_spent"
    heading = marked("This link is locked")
    text = marked("The code was typed wrongly five times, so the link was locked for your protection.")
    advice = marked("Please call the clinic and ask for a new link with a new code. What was entered so far is kept.")


class WrongPrintedCode(WrongCode):
    """The code that was typed from a letter does not fit."""

    text = marked("These are not the six digits printed on the letter. You can try %(left)s more times.")
    advice = marked("Compare them with the letter, or call the clinic.")


class NumberUnknown(InvitationUnknown):
    """No letter bears this number."""

    status = 422
    code = "number_unknown"
    heading = marked("This invitation number is not known")
    text = marked("No letter bears this invitation number.")
    advice = marked("Compare the three groups of four signs with the letter. If a newer letter came, use its number.")


class LinkFirst(NotFound):
    """This browser has not come in by a link; told alike whether or not there is anything at the address."""

    code = "link_first"
    heading = marked("Please open the link in the mail first")
    text = marked("This page opens only in a browser in which a link and its code were used.")
    advice = marked("Open the link from the clinic's mail once more. What was entered so far is kept.")


class OnlyAPart(Refusal):
    """A colleague who was handed sections asks for something that belongs to the whole form."""

    status = 403
    code = "only_a_part"
    heading = marked("You were handed a part of this form")
    text = marked("This page belongs to the whole form. Your colleague handed you only a part of it.")
    advice = marked("Go back to your part, or ask your colleague to hand you the whole form.")


class ForwardedToSelf(Refusal):
    """Handing something to oneself."""

    status = 422
    code = "forwarded_to_self"
    heading = marked("This is your own address")
    text = marked("The form is with you already.")
    advice = marked("Enter the address of a colleague.")


class HoldsItAlready(Refusal):
    """A part for somebody who has all of it."""

    status = 422
    code = "holds_it_already"
    heading = marked("This person has the whole form already")
    text = marked("%(person)s has the whole form and can answer every part of it.")
    advice = marked("Tell them which part you mean, or choose somebody else.")


class ForwardedTooOften(Refusal):
    """So many colleagues in a day that it is no work any more."""

    status = 429
    code = "forwarded_too_often"
    heading = marked("The form was handed on very often today")
    text = marked("It can be handed on %(cap)s times a day. Nothing was sent.")
    advice = marked("Try again tomorrow, or call the clinic. What was entered so far is kept.")


class TooManyFiles(QuotaFull):
    """The number of files is too large."""

    code = "too_many_files"
    text = marked("One request may have at most %(limit)s files.")


class UploadBroken(Refusal):
    """The body of an upload ended too early or is no form."""

    status = 400
    code = "upload_broken"
    heading = marked("The upload broke off")
    text = marked("The files did not arrive completely, so none of them was kept.")
    advice = marked("Check the connection and send them once more. Everything saved before is safe.")


class DeskCodeNeeded(Refusal):
    """Nobody is signed in to the overview of all requests, or the session has ended."""

    status = 401
    code = "desk_code_needed"
    heading = marked("Please confirm your address")
    text = marked("This page shows all requests to one address, so it opens only after a code from that mailbox.")
    advice = marked("Have a code sent to the address at which clinics ask you.")


class NothingToTransfer(Refusal):
    """There is nothing that could be written into other requests."""

    code = "nothing_to_transfer"
    heading = marked("There is nothing to pass on")
    text = marked("The request asks something else, or the answers chosen are not complete yet.")
    advice = marked("Choose requests of the same form, and one among them whose answers are complete.")


class TooManyAtOnce(Refusal):
    """More requests than one press may change."""

    code = "too_many_at_once"
    heading = marked("That is too many at once")
    text = marked("At most %(limit)s requests can be handled in one step.")
    advice = marked("Choose fewer, and do the others afterwards.")


class PlanOutdated(Refusal):
    """Somebody wrote in one of the requests after the page was read."""

    code = "plan_outdated"
    heading = marked("Something has changed in the meantime")
    text = marked("An answer was changed after this page was shown, so nothing was written.")
    advice = marked("Look at the list once more and confirm again.")
