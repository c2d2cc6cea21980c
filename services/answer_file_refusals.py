"""Why an answer file is not taken: one plain sentence for each reason."""

from __future__ import annotations

from services.languages import marked
from services.refusals import Refusal


class AnswerFileRefused(Refusal):
    """The file is not taken; nothing of it is kept."""

    status = 422
    code = "answer_file_refused"
    heading = marked("This file cannot be used")


class NoAnswerFile(AnswerFileRefused):
    """It is something else, or damaged."""

    code = "no_answer_file"
    text = marked("This is not an answer file, or it was damaged on the way.")
    advice = marked("Choose the file ending in .answers.json as the other portal gave it to you.")


class FileTooLong(AnswerFileRefused):
    """Larger than any answer file."""

    code = "answer_file_too_long"
    text = marked("The file is too large: an answer file has at most %(limit)s KB.")
    advice = marked("Choose the file ending in .answers.json as the other portal gave it to you.")


class FileOfOtherVersion(AnswerFileRefused):
    """A later format."""

    code = "answer_file_of_other_version"
    text = marked("The file has a newer format than this portal can read.")
    advice = marked("Please answer the items here, or tell the operator of this portal.")


class FileAltered(AnswerFileRefused):
    """The signature does not fit."""

    code = "answer_file_altered"
    text = marked("The file was changed after it was signed, so nothing of it was taken.")
    advice = marked("Download it from the other portal once more and do not edit it.")


class FileOfOtherForm(AnswerFileRefused):
    """It answers another form."""

    code = "answer_file_of_other_form"
    text = marked("The file answers another form (%(edition)s) than the one asked here.")
    advice = marked("Please answer the items here. The other file stays valid for its own form.")
