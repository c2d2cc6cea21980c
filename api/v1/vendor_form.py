"""The vendor's form: read, answered item by item, submitted or declined."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import Field

from api.v1.access import AnsweringVendor, PartAnswering
from api.v1.answers import ItemAnswered
from api.v1.endpoint import make_router
from api.v1.shapes import BLANK_PASSES, Sent, Told
from api.v1.submission_shapes import SystemCovered
from models import Answer, AnswerValue, OutcomeKind, Responsibility, Stage
from services import answers, differences, editions, submissions, submitting
from services.answers import AnswerEditedMeanwhile, Given, Worksheet
from services.api_refusals import ContentInvalid, ItemsMissing, VersionOutdated
from services.differences import Difference
from services.edition_forms import Item
from services.languages import _, language
from services.refusals import NotFound, NotSubmittable
from services.vendor_access import VendorViewer
from web.access import SessionDep
from web.texts import Name, WebAddress

router = make_router("vendor")


class DifferenceSent(Sent):
    """What holds for one system of the sheet instead of the shared answer."""

    system_id: UUID
    value: AnswerValue
    condition: str = Field("", max_length=2000)
    target_on: date | None = None
    remark: str = Field("", max_length=4000)


class AnswerSent(Sent):
    """An answer; what is left out stays as it is."""

    version: int = Field(ge=0, le=2**31 - 1, description="The version that was read; 0 for a first answer.")
    value: AnswerValue | None = None
    is_conditional: bool = False
    condition: str = Field("", max_length=2000)
    checked_on: date | None = Field(None, description="Left out: today, in Japan.")
    target_on: date | None = Field(None, description="What a No needs: by when, inside the fiscal year.")
    remark: str = Field("", max_length=4000)
    second_value: AnswerValue | None = None
    second_checked_on: date | None = None
    responsibility: Responsibility | None = None
    responsibility_note: str = Field("", max_length=1000)
    differences: list[DifferenceSent] = Field(
        [], max_length=200, description="Systems for which something else holds; they replace those told before."
    )


class DraftItem(ItemAnswered):
    """One item as it stands in the draft."""

    help: str = Field("", description="What the item is about, in the language of Accept-Language.")
    is_open: bool = Field(True, description="After a return, only the items that came back are.")
    returned_with: str = Field("", description="What the clinic wrote when it returned the item.")
    version: int = 0
    saved_at: datetime | None = None


class GapTold(Told):
    """Something that stands in the way of submitting."""

    item_key: str
    sentence: str


class FormTold(Told):
    """What a clinic asks, and how far the answers are."""

    submission_id: UUID
    clinic_name: str
    clinic_phone: str
    contact_name: str
    message: str
    fiscal_year: int
    edition_id: str
    form_title: str
    stage: Stage
    due_on: date
    systems: list[SystemCovered] = Field(description="Which the sheet covers; with several, answers may differ.")
    answered: int
    item_count: int
    returned_with: str = Field(description="What the clinic wrote on the form as a whole when it returned it.")
    gaps: list[GapTold]
    items: list[DraftItem]


class FormSubmitted(Sent):
    """Who answers for it."""

    responsible_name: Annotated[Name, Field(max_length=100)]
    responsible_title: Annotated[Name, Field(max_length=100)]


class ReceiptTold(Told):
    """What was submitted."""

    submission_id: UUID
    number: int = Field(description="Which revision it is.")
    submitted_at: datetime
    sha256: str = Field(description="Over questions, answers and list of documents, in canonical JSON.")


class FormDeclined(Sent):
    """Why the vendor will not answer this form."""

    kind: Literal["declined", "outside_contract", "own_statement"] = "declined"
    reason: Annotated[Name, Field(max_length=2000)]
    link: Annotated[WebAddress, BLANK_PASSES] = Field("", description="Where the vendor's own statement can be read.")


@router.get("/vendor/submissions/{submission_id}")
def read_form(session: SessionDep, viewer: PartAnswering) -> FormTold:
    """The form with the draft; for somebody who was handed a part, that part."""
    submission, clinic = viewer.submission, viewer.clinic
    sheet = answers.read_worksheet(session, submission=submission, scope=viewer.scope)
    systems = submissions.list_covered_systems(session, submission=submission)
    return FormTold(
        submission_id=submission.id,
        clinic_name=clinic.name,
        clinic_phone=clinic.phone,
        contact_name=clinic.contact_name,
        message=submission.message,
        fiscal_year=submission.fiscal_year,
        edition_id=submission.edition_id,
        form_title=sheet.form.title.in_language(language.get()),
        stage=submission.stage,
        due_on=submission.due_on,
        systems=[SystemCovered.model_validate(system) for system in systems],
        answered=sheet.answered,
        item_count=sheet.total,
        returned_with=sheet.returned.words if sheet.returned else "",
        gaps=[GapTold(item_key=gap.item.key, sentence=str(gap)) for gap in sheet.gaps()],
        items=[tell_item(sheet, section.key, item) for section in sheet.form.sections for item in section.items],
    )


def tell_item(sheet: Worksheet, section_key: str, item: Item) -> DraftItem:
    """One item as it stands in the draft."""
    return DraftItem(
        item_key=item.key,
        number=item.number,
        section_key=section_key,
        label=item.label.in_language(language.get()),
        help=item.help.in_language(language.get()),
        is_open=sheet.is_open(item.key),
        returned_with=sheet.words.get(item.key, ""),
        **tell_answer(sheet.answers.get(item.key)),
    )


def tell_answer(answer: Answer | None) -> dict[str, object]:
    """What is stored of an answer."""
    if answer is None:
        return {}
    told = (*answers.FIELDS, "differences", "answered_by", "origin", "version", "saved_at")
    return {name: getattr(answer, name) for name in told}


@router.put("/vendor/submissions/{submission_id}/answers/{item_key}")
def save_answer(session: SessionDep, viewer: PartAnswering, item_key: str, sent: AnswerSent) -> DraftItem:
    """Save one answer whole or not at all; `edited_meanwhile` with the present one where a colleague was quicker."""
    item = editions.find_item(viewer.submission.asked, item_key, section_keys=viewer.scope)
    if item is None:
        raise NotFound
    given = read_given(session, viewer, item, sent)
    try:
        saved = answers.save_answer(
            session,
            submission=viewer.submission,
            item=item,
            given=given,
            version=sent.version,
            person=viewer.person,
        )
    except AnswerEditedMeanwhile as refusal:
        raise VersionOutdated(tell_answer(refusal.stored)) from refusal
    if saved.faults:
        raise ContentInvalid({f"#/{name}": sentence for name, sentence in saved.faults.items()})
    if sent.differences and (saved.answer is None or saved.answer.value is None):
        raise ContentInvalid({"#/value": _("Please answer for all systems together first.")})
    sheet = answers.read_worksheet(session, submission=viewer.submission, scope=viewer.scope)
    return tell_item(sheet, sheet.form.section_of(item_key).key, item)


def read_given(session: SessionDep, viewer: VendorViewer, item: Item, sent: AnswerSent) -> Given:
    """What was sent of an answer; raises ContentInvalid where what is said of single systems cannot be right."""
    given = cast("Given", sent.model_dump(exclude_unset=True, exclude={"version", "differences"}))
    if "differences" not in sent.model_fields_set:
        return given
    covered = submissions.list_covered_systems(session, submission=viewer.submission)
    names = differences.name_covered(covered)
    wanted: dict[UUID, Difference] = {}
    faults: dict[str, str] = {}
    for place, one in enumerate(sent.differences):
        if one.system_id not in names:
            faults[f"#/differences/{place}/system_id"] = _("Please choose one of the options.")
            continue
        said = differences.tidy(Difference(system_name=names[one.system_id], **one.model_dump()))
        found = differences.find_faults(viewer.submission, item, said)
        faults |= {f"#/differences/{place}/{name}": sentence for name, sentence in found.items()}
        wanted[one.system_id] = said
    if faults:
        raise ContentInvalid(faults)
    given["differences"] = [said.as_json() for said in wanted.values()]
    return given


@router.post("/vendor/submissions/{submission_id}/submit", status_code=201)
def submit_form(session: SessionDep, viewer: AnsweringVendor, sent: FormSubmitted) -> ReceiptTold:
    """Hand the form in; `not_submittable` names each item that lacks something, `already_submitted` the second time."""
    try:
        revision = submitting.submit(session, viewer=viewer, **sent.model_dump())
    except NotSubmittable as refusal:
        sheet = answers.read_worksheet(session, submission=viewer.submission)
        raise ItemsMissing([(gap.item.key, str(gap)) for gap in sheet.gaps()]) from refusal
    return ReceiptTold.model_validate(revision)


@router.post("/vendor/submissions/{submission_id}/decline", status_code=204)
def decline_request(session: SessionDep, viewer: AnsweringVendor, sent: FormDeclined) -> None:
    """Say that the vendor will not answer, and why, or where its own statement can be read."""
    submitting.decline(session, viewer=viewer, kind=OutcomeKind(sent.kind), reason=sent.reason, link=sent.link)
