"""Evidence: links that a person makes, that never move, and that cannot lead into another clinic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select
from time_machine import travel

from models import Assessment, Clinic, Document, Evidence, EvidenceKind, Member, Revision, Submission
from services import assessments, clock
from services.evidence import Target, link_evidence, list_links, list_outdated, list_targets, targets_of
from services.refusals import NotFound
from tests import factories


@dataclass
class Desk:
    """A clinic with its form and one vendor that has answered."""

    session: Session
    clinic: Clinic
    member: Member
    assessment: Assessment
    submission: Submission
    revision: Revision
    document: Document

    def links(self, *targets: Target, item: str = "2-4") -> bool:
        return link_evidence(
            self.session, assessment=self.assessment, item_key=item, targets=targets, linked_by=self.member.id
        )

    def outdated(self, item: str = "2-4") -> frozenset[UUID]:
        found = list_outdated(self.session, clinic_id=self.clinic.id, assessment_id=self.assessment.id)
        return found.get(item, frozenset())

    def revises(self) -> Revision:
        return factories.submit_answers(self.session, self.submission)


def make_desk(session: Session, name: str = "みどり") -> Desk:
    clinic = factories.make_clinic(session)
    member = factories.make_member(session, clinic)
    assessment = assessments.start_assessment(session, clinic=clinic, fiscal_year=assessments.years_to_start()[0])
    vendor, _ = factories.make_vendor(session, clinic, name=name)
    submission = factories.make_submission(session, clinic, vendor, created_by=member.id)
    revision = factories.submit_answers(session, submission)
    document = factories.hand_over(session, submission, file_name="SDS.pdf")
    return Desk(session, clinic, member, assessment, submission, revision, document)


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


def on(revision: Revision) -> Target:
    return Target(EvidenceKind.VENDOR_ANSWER, revision_id=revision.id)


def test_links_are_told_with_vendor_version_and_file(desk: Desk) -> None:
    assert desk.links(*targets_of([desk.revision.id], [desk.document.id], " 規程 第3条 "))
    links = list_links(desk.session, clinic_id=desk.clinic.id, assessment_id=desk.assessment.id)["2-4"]
    told = {(link.kind, link.vendor_name, link.revision_number, link.file_name, link.note) for link in links}
    assert told == {
        (EvidenceKind.VENDOR_ANSWER, "みどり", 1, "", ""),
        (EvidenceKind.DOCUMENT, "みどり", None, "SDS.pdf", ""),
        (EvidenceKind.NOTE, "", None, "", "規程 第3条"),
    }
    assert {link.submission_id for link in links} == {desk.submission.id, None}


def test_links_that_stay_keep_their_moment_and_the_others_go(desk: Desk) -> None:
    desk.links(on(desk.revision), Target(EvidenceKind.NOTE, note="前のメモ"))
    before = desk.session.exec(select(Evidence).where(Evidence.kind == EvidenceKind.VENDOR_ANSWER)).one()
    first_linked_at, identity = before.linked_at, before.id
    with travel(clock.now() + timedelta(days=3)):
        assert desk.links(on(desk.revision), Target(EvidenceKind.NOTE, note="新しいメモ"))
    after = desk.session.exec(select(Evidence).where(Evidence.kind == EvidenceKind.VENDOR_ANSWER)).one()
    assert (after.id, after.linked_at) == (identity, first_linked_at)
    assert {target.note for target in list_targets(desk.session, assessment=desk.assessment, item_key="2-4")} == {
        "",
        "新しいメモ",
    }
    assert not desk.links(on(desk.revision), Target(EvidenceKind.NOTE, note="新しいメモ"))


def test_items_do_not_share_links(desk: Desk) -> None:
    desk.links(on(desk.revision), item="2-4")
    desk.links(item="2-5")
    assert list_targets(desk.session, assessment=desk.assessment, item_key="2-4") == {on(desk.revision)}
    only = list_links(desk.session, clinic_id=desk.clinic.id, assessment_id=desk.assessment.id, item_key="2-5")
    assert only == {}


def test_a_link_stays_at_the_frozen_revision_and_the_newer_one_is_told(desk: Desk) -> None:
    desk.links(on(desk.revision))
    assert desk.outdated() == frozenset()
    newer = desk.revises()
    assert desk.outdated() == {desk.revision.id}
    assert list_targets(desk.session, assessment=desk.assessment, item_key="2-4") == {on(desk.revision)}
    desk.links(on(desk.revision), on(newer))
    assert desk.outdated() == frozenset(), "the newest is linked beside it"
    desk.revises()
    assert desk.outdated() == {newer.id}


def test_a_newer_one_linked_elsewhere_does_not_count_here(desk: Desk) -> None:
    desk.links(on(desk.revision), item="2-4")
    newer = desk.revises()
    desk.links(on(newer), item="2-5")
    assert desk.outdated("2-4") == {desk.revision.id}
    assert desk.outdated("2-5") == frozenset()


def test_what_belongs_to_another_clinic_or_to_nobody_cannot_be_linked(desk: Desk, session: Session) -> None:
    other = make_desk(session, "よその会社")
    draft = factories.hand_over(session, desk.submission, submitted_at=None)
    for target in (
        on(other.revision),
        Target(EvidenceKind.DOCUMENT, document_id=other.document.id),
        Target(EvidenceKind.DOCUMENT, document_id=draft.id),
        Target(EvidenceKind.VENDOR_ANSWER, revision_id=uuid4()),
    ):
        with pytest.raises(NotFound):
            desk.links(on(desk.revision), target)
    assert list_targets(session, assessment=desk.assessment, item_key="2-4") == set()


def test_another_clinics_links_are_not_listed(desk: Desk, session: Session) -> None:
    desk.links(on(desk.revision))
    other = factories.make_clinic(session)
    assert list_links(session, clinic_id=other.id, assessment_id=desk.assessment.id) == {}
    desk.revises()
    assert list_outdated(session, clinic_id=other.id, assessment_id=desk.assessment.id) == {}
