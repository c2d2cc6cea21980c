"""The year asked for and the form used: two things, and what is said where they differ."""

from __future__ import annotations

from models import Submission
from services.editions import Edition, Form
from services.fiscal_years import name_of
from services.languages import _, language


def explain_year(*, fiscal_year: int, edition: Edition) -> str:
    """What a reader must know where the year has no form of its own (yet); empty where it has."""
    return _explain(fiscal_year, edition.fiscal_year, edition.name.in_language(language.get()))


def explain_year_of(submission: Submission) -> str:
    """The same for a request, from its own copy of the form."""
    asked = submission.asked
    return _explain(submission.fiscal_year, asked["fiscal_year"], asked["edition_name"][language.get()])


def explain_year_of_form(*, fiscal_year: int, form: Form) -> str:
    """The same for the clinic's own form, from its copy."""
    return _explain(fiscal_year, form.fiscal_year, form.edition_name.in_language(language.get()))


def _explain(fiscal_year: int, form_year: int, edition_name: str) -> str:
    if form_year == fiscal_year:
        return ""
    if form_year < fiscal_year:
        return _(
            "For %(year)s the form of the %(edition)s is used, because the official form of that year is not in the "
            "portal yet. It has to be imported once it is published.",
            year=name_of(fiscal_year),
            edition=edition_name,
        )
    return _(
        "For %(year)s the form of the %(edition)s is used, which was made for a later year.",
        year=name_of(fiscal_year),
        edition=edition_name,
    )
