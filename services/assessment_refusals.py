"""Every "no" around the clinic's own form."""

from __future__ import annotations

from collections.abc import Mapping

from services.languages import marked
from services.own_answers import OwnAnswer
from services.refusals import EditedMeanwhile, Refusal


class AnswerIncomplete(Refusal):
    """An answer lacks what it needs; `faults` says what, by field."""

    status = 422
    code = "answer_incomplete"
    heading = marked("This answer is not complete yet")
    text = marked("Something is missing, or a date cannot be right. Nothing was saved.")
    advice = marked("Go back and look at the marked fields.")

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = dict(faults)


class OwnAnswerEditedMeanwhile(EditedMeanwhile):
    """A colleague saved the same item first; `stored` is what stands there now."""

    def __init__(self, stored: OwnAnswer) -> None:
        super().__init__()
        self.stored = stored


class ProposalChanged(Refusal):
    """What is proposed is no longer what the person saw."""

    code = "proposal_changed"
    heading = marked("The proposal has changed in the meantime")
    text = marked("A vendor has answered, or the ledger was changed. Nothing was taken over.")
    advice = marked("Please read the new proposal and decide then.")


class YearNotOpen(Refusal):
    """There is no form to start for this year."""

    code = "year_not_open"
    heading = marked("The form of this year cannot be started")
    text = marked("A form can be started for this fiscal year and the one before.")
    advice = marked("Go back and choose one of these years.")


class AlreadyAnswered(Refusal):
    """The check has answers, which belong to the form that was asked."""

    code = "already_answered"
    heading = marked("This check is answered already")
    text = marked("Answers belong to the form with which they were given, so the form can no longer be changed.")
    advice = marked("Go on with this form. Next year begins with its own.")


class NoOtherForm(Refusal):
    """The check uses the form of its year already, or the year has none."""

    code = "no_other_form"
    heading = marked("There is no other form for this year")
    text = marked("The check uses the form that there is for this year.")
    advice = marked("Nothing needs to be done.")
