"""Why a form cannot be learned: refusals of its own pages."""

from __future__ import annotations

from services.languages import marked
from services.refusals import Refusal


class FormKnown(Refusal):
    """A form in use asks the same questions."""

    code = "form_known"
    heading = marked("This form is known already")
    text = marked("The portal already reads this form, under the name “%(name)s”.")
    advice = marked("Nothing needs to be done. To change how it is read, open that form and correct it.")

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
