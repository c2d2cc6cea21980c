"""A clinic with a hundred vendors, each of which has answered everything, this year and last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from models import (
    Answer,
    AnswerValue,
    Channel,
    Clinic,
    Document,
    DocumentKind,
    Invitation,
    Member,
    Revision,
    Scope,
    Submission,
    System,
    Vendor,
    VendorSession,
)
from models.database import Database
from services import api_tokens, assessments, clock, editions, submitting
from services.answers import list_answers
from services.fiscal_years import last_day
from services.keys import digest_of, new_token
from services.revisions import count_noteworthy
from services.sessions import start_session
from tests import factories

VENDORS = 100


@dataclass(frozen=True)
class Filled:
    """What a benchmark needs to go in."""

    clinic_id: UUID
    member_token: str
    vendor_token: str
    api_token: str
    open_submissions: list[UUID]


def fill(database: Database, *, vendors: int = VENDORS, to_submit: int = 60) -> Filled:
    """Write the data; `to_submit` more vendors have answered everything but not yet handed it in."""
    token = new_token()
    with database.open_writer() as session:
        clinic = factories.make_clinic(session, "ベンチマーク総合病院")
        member = factories.make_member(session, clinic, name="計測 係")
        for number in range(vendors):
            vendor, system = make_company(session, clinic, f"計測システム{number:03d}株式会社")
            for year in (2025, 2026):
                submission = ask(session, clinic, vendor, system, member, year)
                answer(session, submission, no_of=number)
                hand_in(session, submission, vendor, is_accepted=number % 3 == 0)
        waiting = []
        for number in range(to_submit):
            vendor, system = make_company(session, clinic, f"未提出システム{number:03d}株式会社", is_archived=True)
            submission = ask(session, clinic, vendor, system, member, 2024)
            answer(session, submission, no_of=number)
            let_in(session, submission, token, member)
            waiting.append(submission.id)
        assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)
        member_token = start_session(session, member=member, browser="benchmark")
        _token, api_token = api_tokens.make_token(
            session, clinic_id=clinic.id, name="計測", scopes=[Scope.SUBMISSIONS_READ], days=1, made_by=member.id
        )
        session.commit()
    return Filled(clinic.id, member_token, token, api_token, waiting)


def make_company(session: Session, clinic: Clinic, name: str, *, is_archived: bool = False) -> tuple[Vendor, System]:
    vendor, _contact = factories.make_vendor(session, clinic, name=name)
    system = factories.make_system(session, clinic, vendor, name=f"{name}の電子カルテ")
    if is_archived:
        vendor.archived_at = system.archived_at = clock.now()
        session.add_all([vendor, system])
    return vendor, system


def ask(
    session: Session, clinic: Clinic, vendor: Vendor, system: System, member: Member, fiscal_year: int
) -> Submission:
    submission = factories.make_submission(
        session, clinic, vendor, [system], created_by=member.id, fiscal_year=fiscal_year
    )
    moment = clock.now() - timedelta(days=20)
    submission.sent_at = submission.opened_at = submission.started_at = submission.saved_at = moment
    session.add(submission)
    return submission


def answer(session: Session, submission: Submission, *, no_of: int) -> None:
    """はい everywhere, and いいえ on one item that differs from vendor to vendor."""
    items = editions.read_form(submission.asked).items
    for place, item in enumerate(items):
        is_no = place == no_of % len(items)
        session.add(
            Answer(
                clinic_id=submission.clinic_id,
                submission_id=submission.id,
                item_key=item.key,
                value=AnswerValue.NO if is_no else AnswerValue.YES,
                checked_on=clock.today(),
                target_on=last_day(submission.fiscal_year) if is_no else None,
                remark="次の保守で対応します。" if is_no else "",
                answered_by="support@vendor.example",
                saved_at=clock.now(),
            )
        )


def hand_in(session: Session, submission: Submission, vendor: Vendor, *, is_accepted: bool) -> None:
    """The frozen revision, with one SDS."""
    session.flush()
    moment = clock.now() - timedelta(days=3)
    document = Document(
        clinic_id=submission.clinic_id,
        vendor_id=vendor.id,
        submission_id=submission.id,
        kind=DocumentKind.SDS,
        product="電子カルテ",
        file_name="SDS.pdf",
        media_type="application/pdf",
        size=1000,
        sha256="0" * 64,
        storage_key=new_token(),
        uploaded_by="support@vendor.example",
        uploaded_at=moment,
        submitted_at=moment,
    )
    form = editions.read_form(submission.asked)
    frozen = submitting.freeze_answers(form, list_answers(session, submission=submission))
    counts = count_noteworthy(frozen)
    revision = Revision(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        number=1,
        no_count=counts.no,
        conditional_count=counts.conditional,
        answers=frozen,
        documents=[submitting.freeze_document(document)],
        sha256="0" * 64,
        responsible_name="緑川 誠",
        responsible_title="部長",
        submitted_by="support@vendor.example",
        submitted_at=moment,
    )
    submission.submitted_at = moment
    if is_accepted:
        submission.accepted_at = moment + timedelta(hours=1)
    session.add_all([document, revision, submission])


def let_in(session: Session, submission: Submission, token: str, member: Member) -> None:
    """A vendor's session for a submission that is not handed in yet."""
    moment = clock.now()
    invitation = Invitation(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        channel=Channel.MAIL,
        email="support@vendor.example",
        name="サポート窓口",
        token_hash=digest_of(new_token()),
        created_by=member.id,
        created_at=moment,
        expires_at=moment + timedelta(days=14),
    )
    session.add(invitation)
    session.flush()
    session.add(
        VendorSession(
            clinic_id=submission.clinic_id,
            submission_id=submission.id,
            invitation_id=invitation.id,
            token_hash=digest_of(token),
            person="support@vendor.example",
            created_at=moment,
            last_seen_at=moment,
        )
    )
    session.flush()
