"""Why a table is not taken in."""

from __future__ import annotations

from services.languages import marked
from services.refusals import Refusal


class TableRefused(Refusal):
    """What was given cannot be read as a table; the sentence says why and what to do."""

    status = 422
    code = "table_refused"
    heading = marked("This table cannot be read")

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(**values)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.say(self.sentence)


class ImportOutdated(Refusal):
    """What would happen has changed since it was looked at."""

    code = "import_outdated"
    heading = marked("Something has changed in the meantime")
    text = marked("Somebody changed vendors or systems while you were looking, so nothing was taken over.")
    advice = marked("Look at the rows again and press once more.")


class ImportTaken(Refusal):
    """The same table was taken over before."""

    code = "import_taken"
    heading = marked("This table has already been taken over")
    text = marked("It was taken over before, and nothing was entered a second time.")
    advice = marked("If you have a newer table, start a new import.")


class ImportIncomplete(Refusal):
    """No column gives the name."""

    code = "import_incomplete"
    heading = marked("It is not clear yet which column is which")
    text = marked("No column is chosen for the name, so nothing was taken over.")
    advice = marked("Choose what each column holds, and press once more.")
