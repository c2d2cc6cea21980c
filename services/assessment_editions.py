"""An own check that was begun before the year's own form was there, and how it goes over to that form."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Assessment, AssessmentAnswer, Clinic
from services import editions
from services.assessment_refusals import AlreadyAnswered, NoOtherForm
from services.assessments import Sheet
from services.history import record
from services.imported_editions import edition_for_year
from services.refusals import refuse_if


def waits_for_own_form(sheet: Sheet) -> bool:
    """Whether the year's own form was imported after the check was begun with another year's."""
    return sheet.has_imported_form and sheet.form.fiscal_year != sheet.fiscal_year


def adopt_edition(session: Session, *, clinic: Clinic, assessment: Assessment) -> None:
    """Go over to the year's own form while nothing is answered. Raises AlreadyAnswered and NoOtherForm."""
    session.refresh(assessment, with_for_update=True)
    edition = edition_for_year(session, clinic_id=clinic.id, fiscal_year=assessment.fiscal_year)
    refuse_if(edition.fiscal_year != assessment.fiscal_year or edition.id == assessment.edition_id, NoOtherForm())
    refuse_if(has_answers(session, assessment=assessment), AlreadyAnswered())
    assessment.edition_id = edition.id
    assessment.asked = editions.copy_form(editions.form_for_kind(edition, clinic.kind), edition)
    session.add(assessment)
    session.flush()
    record(
        session,
        "assessment.form_changed",
        clinic_id=clinic.id,
        subject=("assessment", assessment.id),
        fiscal_year=assessment.fiscal_year,
        edition=edition.id,
    )


def has_answers(session: Session, *, assessment: Assessment) -> bool:
    """Whether any item was answered; the first question, which all forms have, is none."""
    mine = sa.exists().where(
        col(AssessmentAnswer.clinic_id) == assessment.clinic_id,
        col(AssessmentAnswer.assessment_id) == assessment.id,
        col(AssessmentAnswer.item_key) != editions.GATE,
    )
    return bool(session.execute(sa.select(mine)).scalar_one())
