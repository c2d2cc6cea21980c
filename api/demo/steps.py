"""What the people of the sample data do, each by the product's own services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from api.demo.data import OWN_PLANS, OWN_YES, SampleVendor
from api.demo.files import sample_pdf
from models import (
    AnswerValue,
    Clinic,
    Member,
    Membership,
    Responsibility,
    Role,
    Submission,
    System,
    Vendor,
)
from services import (
    accounts,
    answers,
    assessments,
    clock,
    contacts,
    documents,
    editions,
    invitations,
    own_form,
    proposals,
    reviews,
    storage,
    submissions,
    submitting,
    systems,
    vendors,
)
from services.edition_forms import Item
from services.fiscal_years import fiscal_year_of, last_day
from services.history import Actor, act_as
from services.own_answers import Draft
from services.passwords import hash_password
from services.vendor_access import VendorViewer
from settings import Settings

PASSWORD: Final = "sample-data-only-2026"  # noqa: S105  # Printed on the terminal: the data set is for looking around.
EDITION: Final = "r7"


@dataclass(frozen=True, slots=True)
class Stand:
    """What the story needs at hand: a session, the settings, one clinic and its owner."""

    session: Session
    settings: Settings
    clinic: Clinic
    owner: Member


def act_as_owner(stand: Stand) -> None:
    """What follows is done by the clinic's owner."""
    act_as(stand.session, Actor("member", str(stand.owner.id), stand.owner.name))


def add_person(session: Session, clinic: Clinic, name: str, email: str, role: Role) -> Member:
    """A member with the printed password."""
    member = accounts.add_member(session, name=name, email=email, password_hash=hash_password(PASSWORD), language="ja")
    session.add(Membership(clinic_id=clinic.id, member_id=member.id, role=role, created_at=clock.now()))
    session.flush()
    return member


def add_vendor(stand: Stand, company: SampleVendor) -> tuple[Vendor, list[System]]:
    """A company in the ledger with its support desk and systems."""
    vendor = vendors.add_vendor(
        stand.session, clinic_id=stand.clinic.id, name=company.name, name_kana=company.kana, phone=company.phone
    )
    contacts.add_contact(stand.session, vendor=vendor, name="サポート窓口", email=company.email, phone=company.phone)
    owned = [
        systems.add_system(
            stand.session,
            clinic_id=stand.clinic.id,
            name=system.name,
            kind=system.kind,
            vendor_id=vendor.id,
            provision=system.provision,
            version=system.version,
            place=system.place,
            server_count=system.servers,
            pc_count=system.pcs,
            network_device_count=system.devices,
            has_remote_maintenance=system.remote,
            remote_maintenance_method=system.method,
            update_duty=system.duty,
            update_clause=system.clause,
        )
        for system in company.systems
    ]
    return vendor, owned


def ask(stand: Stand, vendor: Vendor, owned: list[System], fiscal_year: int, due_on: date) -> Submission:
    """One request, as the asking page makes it."""
    return submissions.create_submission(
        stand.session,
        clinic=stand.clinic,
        vendor=vendor,
        systems=owned,
        edition_id=EDITION,
        fiscal_year=fiscal_year,
        due_on=due_on,
        message="いつもお世話になっております。立入検査に向けて、ご回答をお願いいたします。",
        language="ja",
        created_by=stand.owner.id,
    )


def hand_out_link(stand: Stand, submission: Submission, company: SampleVendor) -> str:
    """A copied link with its code, to try the vendor's side with."""
    act_as_owner(stand)
    copied = invitations.copy_link(stand.session, submission=submission, name="サポート窓口", copied_by=stand.owner.id)
    return f"  {company.name}: {copied.link} (code {copied.code})"


def invite(stand: Stand, submission: Submission, company: SampleVendor) -> None:
    """The mailed link."""
    act_as_owner(stand)
    invitations.invite_vendor(
        stand.session, submission=submission, email=company.email, name="サポート窓口", invited_by=stand.owner.id
    )


def come_in(stand: Stand, submission: Submission, company: SampleVendor) -> VendorViewer:
    """The vendor opened the link and typed the code."""
    invitation = submissions.list_invitations(stand.session, submission=submission)[0]
    invitation.opened_at = submission.opened_at = clock.now()
    stand.session.add_all([invitation, submission])
    act_as(stand.session, Actor("vendor", str(invitation.id), company.email))
    return VendorViewer(
        session_id=invitation.id,
        invitation_id=invitation.id,
        person=company.email,
        language="ja",
        submission=submission,
        clinic=stand.clinic,
    )


def write_answers(
    stand: Stand,
    submission: Submission,
    company: SampleVendor,
    *,
    no: tuple[str, ...],
    conditional: tuple[str, ...],
    limit: int | None = None,
) -> None:
    """The vendor's answers, item by item."""
    for item in editions.read_form(submission.asked).items[:limit]:
        given = compose(item, submission, is_no=item.key in no, is_conditional=item.key in conditional)
        answers.save_answer(
            stand.session, submission=submission, item=item, given=given, version=0, person=company.email
        )


def compose(item: Item, submission: Submission, *, is_no: bool, is_conditional: bool) -> answers.Given:
    """One plausible answer."""
    given = answers.Given(
        value=AnswerValue.NO if is_no else AnswerValue.YES,
        checked_on=clock.today(),
        responsibility=Responsibility.SHARED if item.key in {"2-4", "2-9"} else Responsibility.VENDOR,
    )
    if is_no:
        target = min(clock.today() + timedelta(days=75), last_day(submission.fiscal_year))
        given |= {"target_on": target, "remark": "次回の定期保守で対応します。それまでは作業を立ち会いで行います。"}
    elif is_conditional:
        given |= {"is_conditional": True, "condition": "当社が設置したサーバに限ります。"}
    elif item.plan_counts_until:
        given |= {"remark": "次期バージョンで対応する計画です。"}
    return given


def upload_documents(stand: Stand, submission: Submission, company: SampleVendor) -> None:
    """Small PDF files in place of real disclosures."""
    for kind, name in company.documents:
        with storage.receive(stand.settings.files_folder, limit=stand.settings.upload_limit, reserve=0) as incoming:
            incoming.write(sample_pdf(f"{company.email} {kind.value.upper()} sample"))
            stored = incoming.keep()
        document = documents.add_document(
            stand.session,
            submission=submission,
            stored=stored,
            file_name=name,
            media_type="application/pdf",
            person=company.email,
        )
        product = next((system.name for system in company.systems if system.name.split()[0] in name), "")
        document.kind, document.product, document.issued_on = kind, product, clock.today() - timedelta(days=90)
        stand.session.add(document)
    stand.session.flush()


def hand_in(stand: Stand, viewer: VendorViewer, company: SampleVendor) -> None:
    """The vendor submits."""
    act_as(stand.session, Actor("vendor", str(viewer.session_id), company.email))
    submitting.submit(
        stand.session, viewer=viewer, responsible_name="緑川 誠", responsible_title="カスタマーサポート部 部長"
    )


def accept(stand: Stand, submission: Submission) -> None:
    """The clinic accepts."""
    act_as_owner(stand)
    reviews.accept_submission(
        stand.session, clinic=stand.clinic, submission=submission, revision_number=1, reviewed_by=stand.owner.id
    )


def send_back(stand: Stand, submission: Submission) -> None:
    """The clinic returns the form with words."""
    act_as_owner(stand)
    reviews.return_submission(
        stand.session,
        clinic=stand.clinic,
        submission=submission,
        revision_number=1,
        remarks={
            "2-9": "USBメモリの制限について、当院の機器も含むか教えてください。",
            "2-3": "SDSがまだ届いていません。",
        },
        words="2点だけご確認をお願いします。",
        due_on=None,
        reviewed_by=stand.owner.id,
    )


def begin_own_form(stand: Stand) -> None:
    """The clinic has begun its own form: some items from its own knowledge, one by taking a proposal over."""
    session, owner, today = stand.session, stand.owner, clock.today()
    form = assessments.start_assessment(session, clinic=stand.clinic, fiscal_year=fiscal_year_of(today))
    end = last_day(form.fiscal_year)
    assessments.answer_gate(session, assessment=form, value=AnswerValue.YES, answered_by=owner.id)
    assessments.plan_inspection(session, assessment=form, inspection_on=min(today + timedelta(days=75), end))
    drafts = {key: Draft(value=AnswerValue.YES, checked_on=today, remark=remark) for key, remark in OWN_YES.items()}
    for key, remark in OWN_PLANS.items():
        drafts[key] = Draft(AnswerValue.NO, today, min(today + timedelta(days=90), end), remark, "事務長 佐藤")
    sheet = assessments.get_sheet(session, clinic_id=stand.clinic.id, fiscal_year=form.fiscal_year)
    for key, draft in drafts.items():
        item = sheet.get_item(key)
        assessments.answer_item(
            session, assessment=form, item=item, draft=draft, targets=[], version=0, answered_by=owner.id
        )
    proposal = own_form.read_overview(session, sheet=sheet).rows["2-5"].proposal
    if proposal is not None and proposal.value is not None:
        proposals.take_proposal(
            session,
            assessment=form,
            item_key="2-5",
            seen=proposal.digest,
            version=0,
            taken_by=owner.id,
            owner_name=owner.name,
        )
