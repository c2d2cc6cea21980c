"""The official workbook, filled in: with the clinic's own answers, and with what a vendor handed in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from models import OfficialWorkbook, Stage
from services import assessments, official_filling, submissions
from services.refusals import NotFound
from services.revisions import read_answers
from web.access import ClinicDep, FiscalYearDep, SessionDep, SubmissionDep
from web.access_log import record_look
from web.downloads import XLSX, attachment_headers

router = APIRouter()


@router.get("/assessment/official.xlsx")
def download_official_assessment(
    request: Request, session: SessionDep, clinic: ClinicDep, fiscal_year: FiscalYearDep
) -> Response:
    """The clinic's own form of a year, where its edition was made of a workbook."""
    sheet = assessments.get_sheet(session, clinic_id=clinic.id, fiscal_year=fiscal_year)
    workbook = official_filling.find_official_workbook(
        session, clinic_id=clinic.id, edition_id=sheet.edition_id, form_id=sheet.form.id
    )
    if workbook is None:
        raise NotFound
    content = official_filling.fill_own(workbook, sheet)
    record_look(
        request, session, "assessment.exported", clinic_id=clinic.id, fiscal_year=fiscal_year, format="official"
    )
    return attach(workbook, content, clinic.name)


@router.get("/submissions/{submission_id}/official.xlsx")
def download_official_answers(
    request: Request, session: SessionDep, clinic: ClinicDep, submission: SubmissionDep
) -> Response:
    """What a vendor handed in last, in the official form for vendors."""
    revision = submissions.latest_revision(session, submission=submission)
    workbook = official_filling.find_official_workbook(
        session, clinic_id=clinic.id, edition_id=submission.edition_id, form_id=submission.asked["id"]
    )
    if revision is None or workbook is None:
        raise NotFound
    is_accepted = submission.stage is Stage.ACCEPTED
    content = official_filling.fill_for_vendor(workbook, read_answers(revision), is_accepted=is_accepted)
    vendor = submissions.get_vendor_of(session, submission=submission)
    subject = ("submission", submission.id)
    record_look(
        request,
        session,
        "submission.exported",
        clinic_id=clinic.id,
        subject=subject,
        submission_id=submission.id,
        table="official",
        format="xlsx",
    )
    return attach(workbook, content, vendor.name)


def attach(workbook: OfficialWorkbook, content: bytes, name: str) -> Response:
    """The filled workbook under its own name, with the name of whom it is about."""
    file_name = f"{workbook.file_name.removesuffix('.xlsx')}_{name}.xlsx"
    return Response(content, media_type=XLSX, headers=attachment_headers(file_name))
