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
