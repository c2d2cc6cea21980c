"""A vendor's files: taken in within their quotas, guessed, described, taken back until they are submitted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session, select

from models import Clinic, Document, DocumentKind, Event, Submission
from services import clock, documents, submissions
from services.refusals import AlreadySubmitted, NotFound, QuotaFull, SubmissionWithdrawn
from services.storage import StoredFile
from services.vendor_refusals import TooManyFiles
from settings import get_settings
from tests import factories
from tests.people import Clerk

VERA = "vera@vendor.example"
Add = Callable[..., Document]


@pytest.fixture
def submission(session: Session, asked: Submission) -> Submission:
    return session.get_one(Submission, asked.id)


@pytest.fixture
def add(session: Session, submission: Submission) -> Add:
    """Take in a file that has arrived."""
    count = iter(range(1000))

    def take_in(name: str = "SDS.pdf", size: int = 1000, to: Submission | None = None) -> Document:
        stored = StoredFile(key=f"{next(count):048x}", size=size, sha256="a" * 64)
        return documents.add_document(
            session,
            submission=to or submission,
            stored=stored,
            file_name=name,
            media_type="application/pdf",
            person=VERA,
        )

    return take_in


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("KarteNova_SDS_v5.0_2026.pdf", DocumentKind.SDS),
        ("MDS_医療情報セキュリティ開示書.xlsx", DocumentKind.MDS),
        ("サービス事業者による医療情報セキュリティ開示書.xlsx", DocumentKind.SDS),
        ("製造業者による医療情報セキュリティ開示書.pdf", DocumentKind.MDS),
        ("MDS2_2019.xlsx", DocumentKind.MDS2),
        ("mds-2.pdf", DocumentKind.MDS2),
        ("ＭＤＳ（全角）.pdf", DocumentKind.MDS),
        ("ISMS認証登録証.pdf", DocumentKind.CERTIFICATE),
        ("ISO27001.png", DocumentKind.CERTIFICATE),
        ("保守契約書_第12条.pdf", DocumentKind.CONTRACT_CLAUSE),
        ("利用規約.pdf", DocumentKind.CONTRACT_CLAUSE),
        ("SLA.pdf", DocumentKind.CONTRACT_CLAUSE),
        ("構成図.png", DocumentKind.OTHER),
        ("lsds.pdf", DocumentKind.OTHER),
        ("slap.pdf", DocumentKind.OTHER),
    ],
)
def test_the_kind_is_guessed_from_the_name(name: str, kind: DocumentKind) -> None:
    assert documents.guess_kind(name) is kind


def test_a_file_is_taken_in_with_its_receipt_and_its_event(session: Session, submission: Submission, add: Add) -> None:
    document = add("../../KarteNova\u202e SDS.pdf", size=2048)
    assert document.file_name == "KarteNova SDS.pdf", "Paths and invisible letters are no part of a name."
    assert (document.kind, document.size, document.uploaded_by) == (DocumentKind.SDS, 2048, VERA)
    assert submission.started_at is not None
    event = session.exec(select(Event).where(Event.verb == "document.uploaded")).one()
    assert event.details == {"size": 2048, "sha256": "a" * 64}


def test_with_one_system_the_file_belongs_to_it_and_with_two_the_vendor_says(
    session: Session, clinic: Clinic, alice: Clerk, submission: Submission, add: Add
) -> None:
    [only] = submissions.list_covered_systems(session, submission=submission)
    assert add().system_id == only.id
    vendor, _ = factories.make_vendor(session, clinic)
    two = [factories.make_system(session, clinic, vendor) for _ in range(2)]
    wide = factories.make_submission(session, clinic, vendor, two, created_by=alice.member.id)
    document = add(to=wide)
    assert document.system_id is None
    documents.describe_document(
        session,
        submission=wide,
        document=document,
        kind=DocumentKind.MDS,
        product="KarteNova",
        version="3.1",
        issued_on=date(2026, 4, 1),
        system=two[1],
    )
    session.flush()
    session.refresh(document)
    assert (document.kind, document.product) == (DocumentKind.MDS, "KarteNova")
    assert document.system_id == two[1].id


def test_quotas_hold_per_submission_in_number_and_in_size(
    monkeypatch: pytest.MonkeyPatch, submission: Submission, add: Add
) -> None:
    limits(monkeypatch, submission_file_limit=2, submission_quota=5000)
    add(size=3000)
    with pytest.raises(QuotaFull):
        add(size=2001)
    add(size=2000)
    with pytest.raises(TooManyFiles) as refusal:
        add(size=0)
    assert "2" in str(refusal.value)


def test_quotas_hold_for_the_clinic_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, session: Session, clinic: Clinic, alice: Clerk, add: Add
) -> None:
    limits(monkeypatch, clinic_quota=5000)
    add(size=3000)
    vendor, _ = factories.make_vendor(session, clinic)
    other = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
    with pytest.raises(QuotaFull):
        add(size=2001, to=other)


def test_what_was_taken_back_makes_room(
    monkeypatch: pytest.MonkeyPatch, session: Session, submission: Submission, add: Add
) -> None:
    limits(monkeypatch, submission_quota=3000)
    document = add(size=3000)
    documents.remove_document(session, submission=submission, document=document)
    assert add(size=3000)
    assert len(documents.list_own_documents(session, submission=submission)) == 1
    assert document.storage_key not in documents.list_kept_keys(session)
    with pytest.raises(NotFound):
        documents.get_own_document(session, submission=submission, document_id=document.id)


def test_a_submitted_file_can_be_neither_changed_nor_taken_back(
    session: Session, submission: Submission, add: Add
) -> None:
    document = add()
    document.submitted_at = clock.now()
    with pytest.raises(AlreadySubmitted):
        documents.remove_document(session, submission=submission, document=document)
    with pytest.raises(AlreadySubmitted):
        documents.describe_document(
            session,
            submission=submission,
            document=document,
            kind=DocumentKind.OTHER,
            product="",
            version="",
            issued_on=None,
            system=None,
        )


def test_a_closed_request_takes_no_files(session: Session, submission: Submission, add: Add) -> None:
    submissions.withdraw_submission(session, submission=submission)
    with pytest.raises(SubmissionWithdrawn):
        add()


def test_files_of_another_submission_are_not_there(
    session: Session, clinic: Clinic, alice: Clerk, submission: Submission, add: Add
) -> None:
    vendor, _ = factories.make_vendor(session, clinic)
    other = factories.make_submission(session, clinic, vendor, created_by=alice.member.id)
    theirs = add(to=other)
    with pytest.raises(NotFound):
        documents.get_own_document(session, submission=submission, document_id=theirs.id)
    assert documents.list_own_documents(session, submission=submission) == []


def limits(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    """Smaller limits for one test."""
    for name, value in values.items():
        monkeypatch.setenv(f"PORTAL_{name.upper()}", str(value))
    get_settings.cache_clear()
