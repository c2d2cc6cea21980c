"""Progress: where each request stands, told from what happened and from nothing that a vendor has not submitted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from models import (
    Answer,
    AnswerValue,
    Clinic,
    DocumentKind,
    Mail,
    Member,
    Stage,
    Submission,
    System,
    SystemKind,
    Vendor,
)
from services import activity, clock, invitations, progress, reviews, submissions
from services.link_states import LinkState
from services.progress import Line
from services.progress_filters import Due, Wanted, narrow_down
from settings import get_settings
from tests import factories

Place = tuple[Clinic, Vendor, Member, System]


@pytest.fixture
def place(session: Session) -> Place:
    clinic = factories.make_clinic(session)
    vendor, _ = factories.make_vendor(session, clinic, name="みどり電子カルテ")
    return clinic, vendor, factories.make_member(session, clinic), factories.make_system(session, clinic, vendor)


@pytest.fixture
def submission(session: Session, place: Place) -> Submission:
    clinic, vendor, member, system = place
    return factories.make_submission(session, clinic, vendor, [system], created_by=member.id)


def line_of(session: Session, submission: Submission) -> Line:
    session.flush()
    [line] = progress.list_progress(session, clinic_id=submission.clinic_id, fiscal_year=submission.fiscal_year)
    return line


def said(session: Session, submission: Submission) -> str:
    line = line_of(session, submission)
    return activity.describe_activity(line, clock.today()).what


def mail_link(session: Session, submission: Submission) -> Mail:
    invitation = invitations.invite_vendor(
        session, submission=submission, email="vera@vendor.example", name="ベラ", invited_by=submission.created_by
    )
    return session.exec(select(Mail).where(Mail.invitation_id == invitation.id)).one()


def give(session: Session, submission: Submission, key: str, value: AnswerValue) -> Answer:
    answer = Answer(
        clinic_id=submission.clinic_id,
        submission_id=submission.id,
        item_key=key,
        value=value,
        saved_at=clock.now(),
    )
    submission.started_at = submission.saved_at = clock.now()
    session.add_all([answer, submission])
    session.flush()
    return answer


def test_a_request_is_one_line_with_its_vendor_and_all_its_systems(session: Session, place: Place) -> None:
    clinic, vendor, member, _ = place
    network = factories.make_system(session, clinic, vendor, name="あんしんVPN", kind=SystemKind.NETWORK)
    chart = factories.make_system(session, clinic, vendor, name="カルテ")
    submission = factories.make_submission(session, clinic, vendor, [chart, network], created_by=member.id)
    line = line_of(session, submission)
    assert (line.vendor_name, line.systems) == ("みどり電子カルテ", ["あんしんVPN", "カルテ"])
    assert set(line.kinds) == {SystemKind.NETWORK, SystemKind.ELECTRONIC_CHART}
    assert (line.stage, line.answered, line.item_count, line.no_count) == (Stage.DRAFT, 0, 13, None)


def test_what_is_not_submitted_is_counted_but_a_no_in_it_is_not_told(session: Session, submission: Submission) -> None:
    give(session, submission, "2-4", AnswerValue.NO)
    give(session, submission, "2-5", AnswerValue.YES)
    line = line_of(session, submission)
    assert (line.answered, line.stage) == (2, Stage.IN_PROGRESS)
    assert (line.no_count, line.conditional_count) == (None, None)


def test_what_is_submitted_is_told_with_its_nos_and_conditions(session: Session, submission: Submission) -> None:
    given: dict[str, dict[str, object]] = {
        "2-4": {"value": AnswerValue.NO},
        "2-5": {"value": AnswerValue.NO, "second_value": AnswerValue.YES},
        "2-6": {"is_conditional": True, "condition": "夜間のみ"},
    }
    factories.submit_answers(session, submission, given)
    line = line_of(session, submission)
    assert (line.stage, line.answered, line.item_count) == (Stage.SUBMITTED, 13, 13)
    assert (line.no_count, line.conditional_count) == (1, 1), "the second check of 2-5 found it done"


def test_after_a_return_only_what_came_back_counts_and_the_last_version_stays_told(
    session: Session, place: Place, submission: Submission
) -> None:
    clinic, _, member, _ = place
    factories.submit_answers(session, submission, {"2-4": {"value": AnswerValue.NO}})
    reviews.return_submission(
        session,
        clinic=clinic,
        submission=submission,
        revision_number=1,
        remarks={"2-4": "いつ直りますか", "2-5": "誰が見ますか"},
        words="",
        due_on=None,
        reviewed_by=member.id,
    )
    assert (line_of(session, submission).answered, line_of(session, submission).item_count) == (0, 2)
    give(session, submission, "2-4", AnswerValue.YES)
    line = line_of(session, submission)
    assert (line.stage, line.answered, line.item_count) == (Stage.RETURNED, 1, 2)
    assert line.no_count == 1, "the correction is not submitted yet"


def test_documents_count_when_they_are_handed_over(session: Session, submission: Submission) -> None:
    factories.hand_over(session, submission, kind=DocumentKind.SDS)
    factories.hand_over(session, submission, kind=DocumentKind.SDS)
    factories.hand_over(session, submission, kind=DocumentKind.CERTIFICATE)
    factories.hand_over(session, submission, kind=DocumentKind.MDS, submitted_at=None)
    factories.hand_over(session, submission, kind=DocumentKind.MDS2, removed_at=clock.now())
    assert line_of(session, submission).documents == (DocumentKind.SDS,)


def test_who_is_late_and_who_was(session: Session, submission: Submission) -> None:
    submission.due_on = clock.today()
    assert not line_of(session, submission).is_overdue, "the day itself still belongs to the vendor"
    submission.due_on = clock.today() - timedelta(days=1)
    line = line_of(session, submission)
    assert (line.is_overdue, line.standing, line.was_late) == (True, "overdue", False)
    factories.submit_answers(session, submission)
    line = line_of(session, submission)
    assert (line.is_overdue, line.standing, line.was_late) == (False, "submitted", True)


def test_other_clinics_and_years_are_left_out(session: Session, submission: Submission) -> None:
    elsewhere = factories.make_clinic(session)
    member = factories.make_member(session, elsewhere)
    vendor, _ = factories.make_vendor(session, elsewhere)
    foreign = factories.make_submission(session, elsewhere, vendor, created_by=member.id)
    factories.submit_answers(session, foreign)
    assert line_of(session, submission).id == submission.id
    assert progress.list_progress(session, clinic_id=submission.clinic_id, fiscal_year=2025) == []
    assert progress.list_years(session, clinic_id=submission.clinic_id) == [2026]


def test_vendors_not_asked_yet_are_counted(session: Session, place: Place, submission: Submission) -> None:
    clinic = place[0]
    factories.make_vendor(session, clinic)
    archived, _ = factories.make_vendor(session, clinic)
    archived.archived_at = clock.now()
    factories.make_vendor(session, factories.make_clinic(session))
    session.flush()
    assert progress.count_unasked(session, clinic_id=clinic.id, fiscal_year=2026) == 1
    assert progress.count_unasked(session, clinic_id=clinic.id, fiscal_year=2025) == 2
    submissions.withdraw_submission(session, submission=submission)
    assert progress.count_unasked(session, clinic_id=clinic.id, fiscal_year=2026) == 2


def test_the_bar_counts_every_request_once(session: Session, submission: Submission) -> None:
    submission.due_on = clock.today() - timedelta(days=1)
    counts = dict(progress.count_standings([line_of(session, submission)]))
    assert counts["overdue"] == 1
    assert sum(counts.values()) == 1


@pytest.mark.parametrize("server", ["", "smtp.example"])
def test_it_says_why_a_vendor_has_not_started(
    session: Session, submission: Submission, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(session, submission) == "準備済・未送信"
    mail = mail_link(session, submission)
    monkeypatch.setenv("PORTAL_SMTP_HOST", server)
    get_settings.cache_clear()
    line = line_of(session, submission)
    assert line.link is LinkState.WAITING
    obstacle = activity.find_obstacle(line)
    assert obstacle == ("" if server else "送信箱で待機中（メール未設定）"), (
        "a mail under way keeps nobody from starting"
    )
    mail.failed_at = clock.now()
    session.add(mail)
    assert activity.find_obstacle(line_of(session, submission)) == "メールが届きませんでした"
    mail.failed_at, mail.delivered_at = None, clock.now()
    session.add(mail)
    assert said(session, submission) == "リンク送信済・未開封"
    assert activity.find_obstacle(line_of(session, submission)) == ""


def test_a_link_that_expired_or_was_stopped_is_told(session: Session, submission: Submission) -> None:
    mail_link(session, submission)
    [invitation] = submissions.list_invitations(session, submission=submission)
    invitation.expires_at = clock.now() - timedelta(minutes=1)
    session.add(invitation)
    assert line_of(session, submission).link is LinkState.EXPIRED
    assert activity.find_obstacle(line_of(session, submission)) == "", "the page it opens sends a new one"
    invitations.revoke_invitation(session, invitation=invitation)
    line = line_of(session, submission)
    assert line.link is LinkState.NONE
    assert activity.find_obstacle(line) == "使えるリンクがありません"


def test_the_newest_link_that_counts_is_the_one_told(session: Session, submission: Submission) -> None:
    mail_link(session, submission).failed_at = clock.now()
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        invitations.copy_link(session, submission=submission, name="電話", copied_by=submission.created_by)
        assert line_of(session, submission).link is LinkState.COPIED


@pytest.mark.parametrize(("days", "words"), [(0, "今日 "), (1, "昨日"), (3, "3日前"), (14, "14日前"), (15, "11月8日")])
def test_how_long_ago(days: int, words: str) -> None:
    moment = datetime(2026, 11, 23, 3, 0, tzinfo=UTC) - timedelta(days=days)
    assert activity.format_ago(moment, date(2026, 11, 23)).startswith(words)


def test_the_list_is_narrowed_down_by_words_stage_kind_and_due_date(session: Session, place: Place) -> None:
    clinic, green, member, chart = place
    blue, _ = factories.make_vendor(session, clinic, name="青空ネットワーク")
    network = factories.make_system(session, clinic, blue, name="ＶＰＮ装置", kind=SystemKind.NETWORK)
    today = clock.today()
    late = factories.make_submission(
        session, clinic, green, [chart], created_by=member.id, due_on=today - timedelta(days=1)
    )
    soon = factories.make_submission(
        session, clinic, blue, [network], created_by=member.id, due_on=today + timedelta(days=5)
    )
    lines = progress.list_progress(session, clinic_id=clinic.id, fiscal_year=2026)

    def found(**wanted: object) -> list[Submission]:
        by_id = {late.id: late, soon.id: soon}
        return [by_id[line.id] for line in narrow_down(lines, Wanted(**wanted))]  # type: ignore[arg-type]

    assert found() == [late, soon]
    assert found(sort="-due") == [soon, late]
    assert found(search="vpn") == [soon]
    assert found(search="みどり 青空") == []
    assert found(standing="overdue") == [late]
    assert found(standing="draft") == [soon]
    assert found(kind=SystemKind.NETWORK) == [soon]
    assert found(due=Due.OVERDUE) == [late]
    assert found(due=Due.WEEK) == found(due=Due.MONTH) == [soon]
    assert found(due=Due.LATE) == []
    for sort in ("vendor", "stage", "progress", "no", "activity"):
        assert len(found(sort=sort)) == 2


def test_vendors_that_cannot_start_are_found(session: Session, submission: Submission) -> None:
    mail_link(session, submission).failed_at = clock.now()
    line = line_of(session, submission)
    assert narrow_down([line], Wanted(standing="stuck")) == [line]
    assert narrow_down([line], Wanted(standing="accepted")) == []
