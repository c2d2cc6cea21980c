"""Every "no" around importing an edition."""

from __future__ import annotations

from services.languages import marked
from services.refusals import Refusal


class NoChecklist(Refusal):
    """A workbook in which nothing looks like the official checklist."""

    status = 422
    code = "no_checklist"
    heading = marked("This workbook does not look like the official checklist")
    text = marked("In %(file)s there is no sheet with numbered items as the official checklist has them.")
    advice = marked(
        "Check whether it is the right file: the official one is an Excel workbook (.xlsx) of the ministry."
    )


class FormUnknown(Refusal):
    """A checklist that does not say whose form or which year's it is, and nobody has said it."""

    status = 422
    code = "form_unknown"
    heading = marked("Please say what this workbook is")
    text = marked("%(file)s does not say clearly for which fiscal year it is, or whose form. Nothing was imported.")
    advice = marked("Choose the year and the form below, and give the file again.")


class FormThere(Refusal):
    """The same form of the same year lies in the draft already."""

    code = "form_there"
    heading = marked("This form is there already")
    text = marked("The edition that is being prepared for this year has this form already.")
    advice = marked("Remove that workbook first if this one is to take its place.")


class EditionPublished(Refusal):
    """A published edition never changes."""

    code = "edition_published"
    heading = marked("This edition is published")
    text = marked("A published edition never changes, because people ask and answer with it.")
    advice = marked("Import the corrected workbooks once more: that makes the next revision.")


class EditionIncomplete(Refusal):
    """Something still needs a person before the edition can be used."""

    status = 422
    code = "edition_incomplete"
    heading = marked("The edition is not ready yet")
    text = marked("Something still needs you before it can be published.")
    advice = marked("Look at what is marked on the page of the edition.")


class CannotBeFilled(Refusal):
    """The official workbook could not be filled in."""

    status = 422
    code = "cannot_be_filled"
    heading = marked("The workbook cannot be filled in")
    text = marked("The official workbook could not be written to. Your answers are safe in the portal.")
    advice = marked("Take the table of the same page instead, or tell the operator of the portal.")
