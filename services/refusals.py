"""Every "no" of the product: a status, what happened, what to do now."""

from __future__ import annotations

from typing import ClassVar

from services.languages import _, marked


class Refusal(Exception):
    """A rule says no; the web layer turns it into its page or its JSON."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "refused"
    heading: ClassVar[str] = marked("This cannot be done now")
    text: ClassVar[str] = marked("The state has changed in the meantime.")
    advice: ClassVar[str] = marked("Go back, reload the page and look at the current state.")

    def __init__(self, **values: object) -> None:
        super().__init__(self.code)
        self.values = values

    def say(self, sentence: str) -> str:
        """One of its sentences in the language now spoken."""
        return _(sentence, **self.values) if self.values else _(sentence)

    def __str__(self) -> str:
        return self.say(self.text)


class NotFound(Refusal):
    """Not there, or not yours: the two are told in the same bytes."""

    status = 404
    code = "not_found"
    heading = marked("This page does not exist")
    text = marked("The address may be mistyped, or what it showed is no longer here.")
    advice = marked("Check the address, or start again from the first page.")


class SignInNeeded(Refusal):
    """Nobody is signed in."""

    status = 401
    code = "sign_in_needed"
    heading = marked("Please sign in")
    text = marked("You are signed out, or your session has ended.")
    advice = marked("Sign in and you come back here.")


class ConfirmationNeeded(Refusal):
    """Signed in, but too long ago for a step that must not be taken from a browser left alone."""

    status = 403
    code = "confirmation_needed"
    heading = marked("Please confirm that it is you")
    text = marked("This step needs your password once more, so that nobody else takes it from an open browser.")
    advice = marked("Type your password and you go on where you were.")


class SecondFactorNeeded(Refusal):
    """The clinic, or the portal, wants a second factor before anything else."""

    status = 403
    code = "second_factor_needed"
    heading = marked("Please set up the two-step sign-in first")
    text = marked(
        "The two-step sign-in is required here before anything else can be opened. It takes about two minutes."
    )
    advice = marked("Set it up on your account pages, then come back.")


class CodeNeeded(SignInNeeded):
    """A vendor's session has ended; a new code brings it back."""

    code = "code_needed"
    heading = marked("Please confirm once more that it is you")
    text = marked("For your protection the session has ended. What you typed is kept.")
    advice = marked("Have a new code sent to your address and continue where you were.")

    def __init__(self, *, submission_id: object) -> None:
        super().__init__()
        self.submission_id = submission_id


class NotAllowed(Refusal):
    """Signed in, but the role does not reach this far."""

    status = 403
    code = "not_allowed"
    heading = marked("Your role does not allow this")
    text = marked("Your role at this clinic does not include this step.")
    advice = marked("Ask an owner of the clinic to do it or to change your role.")


class CrossOrigin(Refusal):
    """The request was sent from another site."""

    status = 403
    code = "cross_origin"
    heading = marked("The request came from another site")
    text = marked("For your protection, forms are only accepted from this portal's own pages.")
    advice = marked("Open the page here and send the form again.")


class InvitationUnknown(NotFound):
    """No invitation has this token."""

    code = "invitation_unknown"
    heading = marked("This link is not known")
    text = marked("The link may have been cut off when it was copied.")
    advice = marked("Copy the whole line from the mail, or ask the clinic for a new link.")


class InvitationExpired(Refusal):
    """The link's days are over."""

    status = 410
    code = "invitation_expired"
    heading = marked("This link has expired")
    text = marked("For security the link worked until %(until)s. What was entered so far is kept.")
    advice = marked("You can have a new link sent to the same address, or ask the clinic.")


class InvitationReplaced(Refusal):
    """A newer link was sent to the same address."""

    status = 410
    code = "invitation_replaced"
    heading = marked("This link was replaced by a newer one")
    text = marked("A newer mail from the clinic holds the link that works. What was entered so far is kept.")
    advice = marked("Open the link in the newest mail.")


class InvitationRevoked(Refusal):
    """The clinic took the link back."""

    status = 410
    code = "invitation_revoked"
    heading = marked("This link was taken back by the clinic")
    text = marked("The clinic has stopped this link. What was entered so far is kept.")
    advice = marked("If you think this is a mistake, please call the clinic.")


class SubmissionWithdrawn(Refusal):
    """The clinic no longer asks."""

    status = 410
    code = "submission_withdrawn"
    heading = marked("The clinic has withdrawn this request")
    text = marked("You need not answer any more.")
    advice = marked("What you typed is still on your screen if you want to copy it. You may close this page.")


class AlreadySubmitted(Refusal):
    """The form has been handed in."""

    code = "already_submitted"
    heading = marked("This form has already been submitted")
    text = marked("It was submitted and can no longer be changed, so that the clinic reads what you sent.")
    advice = marked("If something must be corrected, ask the clinic to return the form to you.")


class AlreadyDeclined(Refusal):
    """The vendor said no before."""

    code = "already_declined"
    heading = marked("This request has been declined")
    text = marked("Your company has told the clinic that it will not answer.")
    advice = marked("If you want to answer after all, ask the clinic for a new link.")


class NotSubmittable(Refusal):
    """Something is missing before submitting."""

    status = 422
    code = "not_submittable"
    heading = marked("Some items are not complete yet")
    text = marked("The form can be submitted when every item is answered.")
    advice = marked("The list shows what is missing; each line leads to its item.")


class WrongCode(Refusal):
    """The code does not fit."""

    status = 422
    code = "wrong_code"
    heading = marked("The code is not right")
    text = marked("This is not the code of the newest mail. You can try %(left)s more times.")
    advice = marked("Look for the newest mail, also among spam, or have a new code sent.")


class CodeExpired(Refusal):
    """The code is too old, used, or was tried too often."""

    status = 422
    code = "code_expired"
    heading = marked("This code no longer works")
    text = marked("A code works for ten minutes, once, and for five tries.")
    advice = marked("Have a new code sent.")


class TooManyTries(Refusal):
    """Tried too often; it works again after a while."""

    status = 429
    code = "too_many_tries"
    heading = marked("Too many tries")
    text = marked("There were too many tries in a short time.")
    advice = marked("Wait %(minutes)s minutes and try again. Nothing is lost.")

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(minutes=max(1, -(-retry_after // 60)))
        self.retry_after = retry_after


class EditedMeanwhile(Refusal):
    """Somebody else saved the same thing first."""

    code = "edited_meanwhile"
    heading = marked("Somebody else has changed this in the meantime")
    text = marked("Both texts are shown so that none is lost.")
    advice = marked("Choose which one is to stay.")


class StillInUse(Refusal):
    """History hangs on it."""

    code = "still_in_use"
    heading = marked("This is still needed")
    text = marked("Other records refer to it, so it cannot be removed.")
    advice = marked("Archive it instead; then it no longer appears in lists.")


class NameTaken(Refusal):
    """Another one of the same clinic has this name."""

    status = 422
    code = "name_taken"
    heading = marked("This name is already in use")
    text = marked("There is already an entry with this name.")
    advice = marked("Use another name, or open the existing entry.")


class ArchivedNameTaken(NameTaken):
    """An entry that was put away has this name."""

    text = marked("An archived entry already has this name.")
    advice = marked("Restore the archived entry, or use another name.")


class ContactUnreachable(Refusal):
    """A contact with neither e-mail address nor telephone number."""

    status = 422
    code = "contact_unreachable"
    heading = marked("There is no way to reach this contact yet")
    text = marked("Please enter an e-mail address or a telephone number; one of the two is enough.")
    advice = marked("Go back and add one of the two.")


class CapReached(Refusal):
    """The day's number of invitations is used up."""

    status = 429
    code = "cap_reached"
    heading = marked("Today's number of invitations is used up")
    text = marked("At most %(cap)s invitations can be sent in a day. None of these was sent.")
    advice = marked("Send the rest tomorrow, or choose fewer vendors.")


class FileTooLarge(Refusal):
    """Bigger than an upload may be."""

    status = 413
    code = "file_too_large"
    heading = marked("The file is too large")
    text = marked("A file may have at most %(limit)s. Nothing else was lost.")
    advice = marked("Make the file smaller, for example by saving it as PDF without pictures, or split it.")


class TextTooLarge(Refusal):
    """Bigger than a form may be."""

    status = 413
    code = "text_too_large"
    heading = marked("Too much was sent at once")
    text = marked("The form is larger than this page accepts.")
    advice = marked("Go back and shorten the text.")


class WrongFile(Refusal):
    """Not a kind of file that is taken, or damaged; the reason is a sentence already."""

    status = 415
    code = "wrong_file"
    heading = marked("This file cannot be taken")
    text = marked("%(reason)s")
    advice = marked("PDF, XLSX, PNG and JPEG files are accepted.")


class QuotaFull(Refusal):
    """The sum of files is too large."""

    status = 413
    code = "quota_full"
    heading = marked("There is no room for more files here")
    text = marked("The files of one request may have %(limit)s together.")
    advice = marked("Remove files that are not needed, or ask the clinic how to hand over the rest.")


class DiskFull(Refusal):
    """The server has no room."""

    status = 507
    code = "disk_full"
    heading = marked("The portal has no room for files at the moment")
    text = marked("There is no room left for files, so this one was not taken. Everything saved before is safe.")
    advice = marked("Please try again later; the operator has to make room.")


class StorageUnavailable(Refusal):
    """The folder of files cannot be written to or read from."""

    status = 503
    code = "storage_unavailable"
    heading = marked("Files cannot be kept or opened at the moment")
    text = marked("The file was not taken. Everything that was saved before is safe.")
    advice = marked("Please try again in a few minutes; if it stays like this, tell the operator of the portal.")


class FileInfected(Refusal):
    """A scanner found something in the file; it is never given out."""

    status = 403
    code = "file_infected"
    heading = marked("A virus was found in this file")
    text = marked("The file is locked so that it can do no harm. Nobody can open it.")
    advice = marked("Ask the vendor to check its computer and to send the document again.")


class SetUpAlready(Refusal):
    """The first-run page is closed for good."""

    status = 410
    code = "set_up_already"
    heading = marked("The portal is already set up")
    text = marked("The first set-up has been done.")
    advice = marked("Sign in, or ask the owner of your clinic to invite you.")


class LinkSpent(Refusal):
    """A member's invitation or another mailed link does not work any more."""

    status = 410
    code = "link_spent"
    heading = marked("This link does not work any more")
    text = marked("It was used, taken back, or its time is over.")
    advice = marked("Ask the person who sent it for a new one.")


def refuse_if(condition: bool, refusal: Refusal) -> None:
    """Raise the refusal where the condition holds."""
    if condition:
        raise refusal
