"""Proposals: what is suggested from vendors' answers, documents, the ledger and last year; nothing is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select
from time_machine import travel

from models import (
    AnswerValue,
    AssessmentAnswer,
    Clinic,
    DocumentKind,
    Evidence,
    Member,
    OutcomeKind,
    Provision,
    ScanState,
    Submission,
    System,
    Vendor,
)
from services import assessments, clock, outcomes, submissions
from services.assessment_refusals import OwnAnswerEditedMeanwhile, ProposalChanged
from services.languages import speaking
from services.own_answers import Draft, OwnAnswer, State
from services.own_form import Row, read_overview
from services.proposals import Proposal, take_proposal
from tests import factories

TODAY = date(2026, 11, 20)
YEAR_END = date(2027, 3, 31)
YES, NO = AnswerValue.YES, AnswerValue.NO


@pytest.fixture(autouse=True)
def on_a_day_in_november() -> Any:
    with travel("2026-11-20 10:00 +0900", tick=True):
        yield


@dataclass
class Office:
    """A clinic with its own form of fiscal year 2026, and vendors to come."""

    session: Session
    clinic: Clinic
    member: Member

    def asks(self, name: str, *, system: str = "", due_on: date = date(2027, 1, 15), **ledger: Any) -> Submission:
        """A vendor with one system, asked about it."""
        vendor, owned = self.knows(name, system=system, **ledger)
        submission = factories.make_submission(
            self.session, self.clinic, vendor, [owned], created_by=self.member.id, due_on=due_on
        )
        submission.sent_at = clock.now()
        return submission

    def knows(self, name: str, *, system: str = "", **ledger: Any) -> tuple[Vendor, System]:
        """A vendor with one system in the ledger, not asked yet."""
        vendor, _ = factories.make_vendor(self.session, self.clinic, name=name)
        return vendor, factories.make_system(
            self.session, self.clinic, vendor, name=system or f"{name}カルテ", **ledger
        )

    def hears(self, name: str, **given: Any) -> Submission:
        """A vendor that has answered: はい on everything but what is given."""
        submission = self.asks(name)
        factories.submit_answers(
            self.session, submission, {key.replace("_", "-")[1:]: value for key, value in given.items()}
        )
        return submission

    def row(self, key: str) -> Row:
        sheet = assessments.get_sheet(self.session, clinic_id=self.clinic.id, fiscal_year=2026)
        return read_overview(self.session, sheet=sheet).rows[key]

    def proposal(self, key: str) -> Proposal:
        proposal = self.row(key).proposal
        assert proposal is not None
        return proposal

    def sentence(self, key: str) -> str:
        return self.proposal(key).sentence

    def answer(self, key: str) -> OwnAnswer:
        answer = self.row(key).answer
        assert answer is not None
        return answer

    def takes(self, key: str, *, seen: str = "", version: int = 0) -> None:
        proposal = self.row(key).proposal
        take_proposal(
            self.session,
            assessment=assessments.get_assessment(self.session, clinic_id=self.clinic.id, fiscal_year=2026),
            item_key=key,
            seen=seen or (proposal.digest if proposal else ""),
            version=version,
            taken_by=self.member.id,
            owner_name="事務 佐藤",
        )


@pytest.fixture
def office(session: Session) -> Office:
    clinic = factories.make_clinic(session)
    member = factories.make_member(session, clinic)
    assessments.start_assessment(session, clinic=clinic, fiscal_year=2026)
    return Office(session, clinic, member)


def test_all_vendors_plain_yes_proposes_yes(office: Office) -> None:
    office.hears("みどり")
    office.hears("北斗")
    proposal = office.proposal("2-4")
    assert (proposal.value, len(proposal.revisions)) == (YES, 2)
    assert proposal.sentence == "2社中2社が「はい」。提案: はい。"


def test_a_silent_vendor_makes_it_no_with_names_and_the_day_it_is_asked_for(office: Office) -> None:
    for name in ("みどり", "北斗", "あおば", "東洋", "ひまわり"):
        office.hears(name)
    office.asks("ミナト通信", due_on=date(2027, 1, 15))
    proposal = office.proposal("2-5")
    assert (proposal.value, proposal.target_on) == (NO, date(2027, 1, 15))
    assert proposal.sentence == (
        "6社中5社が「はい」。未回答: ミナト通信（11月20日に依頼）。提案: いいえ、目標日 2027年1月15日（金）。"
    )


def test_a_vendors_no_brings_its_reason_and_the_latest_target_date(office: Office) -> None:
    office.hears("みどり", _2_6={"value": NO, "target_on": date(2027, 2, 10), "remark": "次回の保守で更新します。"})
    office.hears("北斗", _2_6={"value": NO, "target_on": date(2026, 12, 1), "remark": "検証中です。"})
    proposal = office.proposal("2-6")
    assert proposal.target_on == date(2027, 2, 10)
    assert proposal.finding == "2社中0社が「はい」。「いいえ」: みどり、北斗。"
    assert "みどり（次回の保守で更新します、2027年2月10日（水）まで）" in proposal.reason


def test_a_vendor_in_the_ledger_that_was_never_asked_counts_as_missing(office: Office) -> None:
    office.hears("みどり")
    office.knows("サクラネット")
    proposal = office.proposal("2-9")
    assert (proposal.value, proposal.target_on) == (NO, YEAR_END)
    assert "まだ依頼していない: サクラネット。" in proposal.finding


def test_a_target_never_lies_in_the_past_or_after_the_year(office: Office) -> None:
    office.hears("みどり", _2_6={"value": NO, "target_on": date(2026, 10, 1), "remark": "遅れています。"})
    first = office.proposal("2-6")
    office.asks("北斗", due_on=date(2026, 11, 1))
    second = office.proposal("2-6")
    office.asks("あおば", due_on=date(2027, 5, 1))
    third = office.proposal("2-6")
    assert (first.target_on, second.target_on, third.target_on) == (TODAY, YEAR_END, YEAR_END)


def test_a_conditional_yes_is_never_counted_as_a_plain_one(office: Office) -> None:
    office.hears("みどり")
    office.hears("北斗", _2_8={"is_conditional": True, "condition": "当社が設置した機器に限ります。"})
    proposal = office.proposal("2-8")
    assert (proposal.value, office.row("2-8").can_be_taken) == (None, False)
    assert "2社中1社が「はい」。条件つきの「はい」: 北斗（当社が設置した機器に限ります）。" in proposal.sentence
    assert "ご自身で判断してください" in proposal.advice
    with pytest.raises(ProposalChanged):
        office.takes("2-8")


def test_a_conditional_yes_beside_a_no_is_no(office: Office) -> None:
    office.hears("みどり", _2_8={"is_conditional": True, "condition": "夜間を除きます。"})
    office.hears("北斗", _2_8={"value": NO, "target_on": YEAR_END, "remark": "交換します。"})
    proposal = office.proposal("2-8")
    assert proposal.value is NO
    assert "みどり（夜間を除きます）" in proposal.finding


@pytest.mark.parametrize(
    "given",
    [
        {"value": NO, "target_on": date(2027, 3, 1), "remark": "年度内に入れます。"},
        {"value": YES, "target_on": date(2028, 3, 31)},
        {"value": YES, "is_conditional": True, "condition": "次の更新で", "target_on": date(2027, 9, 1)},
    ],
    ids=["no with a date", "yes with a date", "condition with a date"],
)
def test_a_plan_by_2027_counts_as_yes_for_two_factor(office: Office, given: dict[str, Any]) -> None:
    office.hears("みどり", _2_10=given)
    proposal = office.proposal("2-10")
    assert (proposal.value, proposal.target_on) == (YES, given["target_on"])
    assert proposal.finding.startswith("1社中1社が「はい」。予定あり: みどり（")


def test_a_plan_after_2027_does_not_count(office: Office) -> None:
    office.hears("みどり", _2_10={"value": YES, "target_on": date(2028, 4, 1)})
    proposal = office.proposal("2-10")
    assert proposal.value is NO


def test_a_plan_counts_only_where_the_edition_says_so(office: Office) -> None:
    office.hears("みどり", _2_11={"value": NO, "target_on": date(2027, 3, 1), "remark": "予定です。"})
    proposal = office.proposal("2-11")
    assert proposal.value is NO


def test_the_second_check_of_a_vendor_is_what_holds(office: Office) -> None:
    before = {"value": NO, "target_on": date(2026, 11, 1), "remark": "対応します。"}
    office.hears("みどり", _2_6={**before, "second_value": YES, "second_checked_on": date(2026, 11, 10)})
    proposal = office.proposal("2-6")
    assert proposal.value is YES


def test_what_was_returned_or_declined_is_no_answer_to_count_on(office: Office) -> None:
    returned, declined = office.hears("みどり"), office.asks("北斗")
    returned.returned_at = clock.now()
    outcomes.decline_submission(office.session, submission=declined, reason="契約外です。", person="北斗")
    proposal = office.proposal("2-4")
    assert (proposal.value, proposal.revisions) == (NO, ())
    assert "回答なしで終了: 北斗（辞退）。差し戻して訂正待ち: みどり。" in proposal.finding


def test_withdrawn_requests_archived_vendors_and_other_years_do_not_count(office: Office) -> None:
    office.hears("みどり")
    withdrawn = office.asks("北斗", has_remote_maintenance=False)
    submissions.withdraw_submission(office.session, submission=withdrawn)
    system = office.session.exec(select(System).where(System.name == "北斗カルテ")).one()
    gone = office.hears("あおば", _2_4={"value": NO, "target_on": YEAR_END, "remark": "…"})
    vendor = office.session.get_one(Vendor, gone.vendor_id)
    old, owned = office.knows("東洋")
    last_year = factories.make_submission(
        office.session, office.clinic, old, [owned], created_by=office.member.id, fiscal_year=2025
    )
    factories.submit_answers(office.session, last_year)
    vendor.archived_at = system.archived_at = owned.archived_at = clock.now()
    for archived in office.session.exec(select(System).where(System.vendor_id == vendor.id)):
        archived.archived_at = clock.now()
    office.session.flush()
    assert office.sentence("2-4") == "1社中1社が「はい」。提案: はい。"


def test_a_later_request_about_the_same_systems_stands_for_the_earlier_one(office: Office) -> None:
    first = office.asks("みどり")
    outcomes.decline_submission(office.session, submission=first, reason="担当が違います。", person="みどり")
    vendor = office.session.get_one(Vendor, first.vendor_id)
    systems = submissions.list_covered_systems(office.session, submission=first)
    again = factories.make_submission(office.session, office.clinic, vendor, systems, created_by=office.member.id)
    factories.submit_answers(office.session, again)
    assert office.sentence("2-4") == "1社中1社が「はい」。提案: はい。"


def end_without_contract(office: Office, submission: Submission) -> None:
    outcomes.record_outcome(
        office.session,
        submission=submission,
        kind=OutcomeKind.NO_CONTRACT,
        told_on=clock.today(),
        person="",
        note="",
        link="",
        recorded_by="事務",
    )


def test_systems_without_a_contract_are_not_missed(office: Office) -> None:
    office.hears("みどり")
    end_without_contract(office, office.asks("北斗"))
    for key in ("2-2", "2-3"):
        told = office.proposal(key).finding
        assert "1システム中" in told, told
        assert "北斗" not in told


def test_a_system_without_a_contract_is_not_missed_where_its_vendor_has_another(office: Office) -> None:
    answered = office.hears("みどり")
    vendor = office.session.get_one(Vendor, answered.vendor_id)
    old = factories.make_system(office.session, office.clinic, vendor, name="旧カルテ")
    ended = factories.make_submission(office.session, office.clinic, vendor, [old], created_by=office.member.id)
    ended.sent_at = clock.now()
    end_without_contract(office, ended)
    told = office.proposal("2-2").finding
    assert "1システム中" in told, told
    assert "旧カルテ" not in told


def test_only_vendors_without_a_contract_leave_the_item_empty(office: Office) -> None:
    end_without_contract(office, office.asks("北斗"))
    assert office.row("2-2").proposal is None or office.proposal("2-2").value is None


def test_an_answer_is_not_lost_behind_a_later_request_without_one(office: Office) -> None:
    answered = office.hears("みどり")
    vendor = office.session.get_one(Vendor, answered.vendor_id)
    factories.make_submission(office.session, office.clinic, vendor, [], created_by=office.member.id)
    assert [statement.stand.value for statement in office.row("2-4").statements] == ["unasked", "yes"]
    assert "1社中0社" in office.proposal("2-4").finding


def test_long_lists_of_names_are_cut_and_counted(office: Office) -> None:
    for number in range(8):
        office.asks(f"会社{number}")
    sentence = office.sentence("2-4")
    assert "会社4（11月20日に依頼） ほか3件。" in sentence
    assert "会社5" not in sentence


def test_it_is_told_in_english_too(office: Office) -> None:
    office.hears("Midori")
    office.asks("Minato")
    with speaking("en"):
        assert office.sentence("2-4") == (
            "1 of 2 vendors answered yes. No answer yet: Minato (asked on 20 Nov). "
            "Proposal: no, target date Fri 15 Jan 2027."
        )


def test_remote_maintenance_is_clear_where_the_ledger_or_the_vendor_says_so(office: Office) -> None:
    office.hears("みどり", _2_2={"value": YES})
    office.asks("北斗", has_remote_maintenance=False)
    assert office.row("2-2").proposal is not None
    assert office.sentence("2-2") == "2システム中2システムで、外からの保守の有無がはっきりしています。提案: はい。"


def test_remote_maintenance_names_the_systems_that_nobody_spoke_about(office: Office) -> None:
    office.hears("みどり", _2_2={"value": YES})
    office.asks("北斗", system="PACS")
    office.hears("あおば", _2_2={"value": NO, "target_on": date(2027, 2, 1), "remark": "調査中です。"})
    office.knows("東洋", system="検査くん")
    proposal = office.proposal("2-2")
    assert proposal.value is NO
    assert proposal.finding == (
        "4システム中1システムで、外からの保守の有無がはっきりしています。"
        "「いいえ」: あおばカルテ（あおば）。未回答: PACS（北斗）。まだ依頼していない: 検査くん（東洋）。"
    )


def test_a_vendors_no_on_remote_maintenance_contradicts_the_ledger(office: Office) -> None:
    submission = office.asks("みどり", has_remote_maintenance=True)
    factories.submit_answers(
        office.session, submission, {"2-2": {"value": NO, "target_on": date(2027, 2, 1), "remark": "調査中です。"}}
    )
    assert office.proposal("2-2").value is NO
    assert "みどりカルテ（みどり）の外からの保守の有無が書かれていますが" in office.row("2-2").contradictions[0]


def test_without_vendors_the_items_on_vendors_may_stay_empty_and_are_not_open(office: Office) -> None:
    assert office.row("2-2").state is State.OPEN, "an empty ledger says nothing"
    factories.make_system(office.session, office.clinic, None, name="自作の予約表")
    for key in ("2-2", "2-3"):
        assert (office.proposal(key).value, office.row(key).can_be_taken) == (None, False)
        assert "空欄のままでかまいません" in office.proposal(key).advice
        assert office.row(key).state is State.EMPTY
    assert office.row("2-4").state is State.OPEN


def test_documents_are_counted_per_system(office: Office) -> None:
    midori = office.hears("みどり")
    hokuto = office.hears("北斗")
    system = submissions.list_covered_systems(office.session, submission=hokuto)[0]
    other = factories.make_system(
        office.session, office.clinic, office.session.get_one(Vendor, hokuto.vendor_id), name="PACS"
    )
    first = factories.hand_over(office.session, midori)
    second = factories.hand_over(office.session, hokuto, system=system, kind=DocumentKind.MDS2)
    proposal = office.proposal("2-3")
    assert proposal.value is NO
    assert proposal.finding == "3システム中2システムのMDSまたはSDSが届いています。未受領: PACS（北斗）。"
    factories.hand_over(office.session, hokuto, system=other, kind=DocumentKind.MDS)
    again = office.proposal("2-3")
    assert again.value is YES
    assert {first.id, second.id} < set(again.documents)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": DocumentKind.CERTIFICATE},
        {"submitted_at": None},
        {"removed_at": clock.now()},
        {"scan_state": ScanState.INFECTED},
    ],
    ids=["another kind", "not submitted", "taken back", "infected"],
)
def test_what_is_no_disclosure_or_not_here_does_not_count(office: Office, values: dict[str, Any]) -> None:
    factories.hand_over(office.session, office.hears("みどり"), **values)
    proposal = office.proposal("2-3")
    assert (proposal.value, proposal.documents) == (NO, ())


def test_a_document_of_last_year_is_left_to_the_person(office: Office) -> None:
    submission = office.hears("みどり")
    vendor = office.session.get_one(Vendor, submission.vendor_id)
    systems = submissions.list_covered_systems(office.session, submission=submission)
    before = factories.make_submission(
        office.session, office.clinic, vendor, systems, created_by=office.member.id, fiscal_year=2025
    )
    factories.hand_over(office.session, before)
    proposal = office.proposal("2-3")
    assert proposal.value is None
    assert "前の年度に受け取ったものだけ: みどりカルテ（みどり）。" in proposal.finding


def test_contradictions_on_documents_are_called_out_both_ways(office: Office) -> None:
    office.hears("みどり", _2_3={"value": YES})
    denies = office.hears("北斗", _2_3={"value": NO, "target_on": YEAR_END, "remark": "準備中です。"})
    factories.hand_over(office.session, denies, file_name="SDS_PACS.pdf")
    assert office.row("2-3").contradictions == (
        "北斗は「いいえ」と答えていますが、書類は届いています: SDS_PACS.pdf。",
        "みどりは「提出した」と答えていますが、ここに書類がありません: みどりカルテ。",
    )


def test_ones_own_yes_against_a_vendors_no_is_a_contradiction(office: Office) -> None:
    office.hears("みどり", _2_9={"value": NO, "target_on": YEAR_END, "remark": "制限します。"})
    assert office.row("2-9").contradictions == ()
    answer(office, "2-9", Draft(value=YES, checked_on=TODAY))
    assert "「いいえ」と答えたベンダーがあります: みどり。" in office.row("2-9").contradictions[0]


def test_the_ledger_is_proposed_when_every_device_is_counted(office: Office) -> None:
    assert office.row("2-1").can_be_taken is False
    office.knows("みどり", server_count=1, pc_count=4, network_device_count=2)
    office.knows("雲", provision=Provision.CLOUD)
    assert office.sentence("2-1") == (
        "台帳に2システムがあります（サーバ1台、パソコン4台、ネットワーク機器2台）。提案: はい。"
    )
    office.knows("北斗", system="PACS")
    assert office.proposal("2-1").value is None
    assert "台数がまだ入っていないもの: PACS（北斗）。" in office.proposal("2-1").finding


def answer(office: Office, key: str, draft: Draft, *, fiscal_year: int = 2026, version: int = 0) -> None:
    assessment = assessments.get_assessment(office.session, clinic_id=office.clinic.id, fiscal_year=fiscal_year)
    sheet = assessments.get_sheet(office.session, clinic_id=office.clinic.id, fiscal_year=fiscal_year)
    assessments.answer_item(
        office.session,
        assessment=assessment,
        item=sheet.get_item(key),
        draft=draft,
        targets=[],
        version=version,
        answered_by=office.member.id,
    )


def test_last_years_yes_is_proposed_for_items_that_vendors_do_not_decide(office: Office) -> None:
    assessments.start_assessment(office.session, clinic=office.clinic, fiscal_year=2025)
    with travel("2025-10-03 10:00 +0900"):
        answer(office, "3-1", Draft(value=YES, checked_on=date(2025, 10, 3)), fiscal_year=2025)
        plan = Draft(
            value=NO, checked_on=date(2025, 10, 3), target_on=date(2026, 3, 1), remark="作成中", owner_name="院長"
        )
        answer(office, "3-3", plan, fiscal_year=2025)
        answer(office, "2-4", Draft(value=YES, checked_on=date(2025, 10, 3)), fiscal_year=2025)
    assert office.sentence("3-1") == (
        "令和7年度（2025年度）の回答は「はい」でした（2025年10月3日（金）に確認）。今も変わりがなければ、今日の日付で採用できます。"
    )
    assert (office.row("3-3").proposal, office.row("3-3").last[0].value) == (None, NO)
    assert office.row("2-4").proposal is None, "only vendors' answers count there"
    office.takes("3-1")
    taken = office.answer("3-1")
    assert (taken.value, taken.checked_on) == (YES, TODAY)


def test_nothing_is_answered_by_looking(office: Office) -> None:
    office.hears("みどり")
    for key in ("2-1", "2-2", "2-3", "2-4"):
        assert office.row(key).answer is None
    assert office.session.exec(select(AssessmentAnswer)).all() == []
    assert office.session.exec(select(Evidence)).all() == []


def test_taking_a_proposal_answers_links_and_records(office: Office) -> None:
    submission = office.hears("みどり", _2_6={"value": NO, "target_on": date(2027, 2, 10), "remark": "更新します。"})
    sentence = office.sentence("2-6")
    office.takes("2-6")
    taken = office.answer("2-6")
    assert (taken.value, taken.checked_on, taken.target_on) == (NO, TODAY, date(2027, 2, 10))
    assert (taken.owner_name, taken.proposal) == ("事務 佐藤", sentence)
    assert "更新します" in taken.remark
    assert not office.row("2-6").can_be_taken
    linked = office.session.exec(select(Evidence)).one()
    assert linked.revision_id == submissions.list_revisions(office.session, submission=submission)[0].id


def test_a_proposal_that_has_changed_is_not_taken(office: Office) -> None:
    office.hears("みどり")
    before = office.proposal("2-4")
    office.asks("北斗")
    with pytest.raises(ProposalChanged):
        office.takes("2-4", seen=before.digest)
    assert office.row("2-4").answer is None


def test_a_proposal_is_not_taken_over_somebodys_answer_unseen(office: Office) -> None:
    office.hears("みどり")
    answer(
        office, "2-4", Draft(value=NO, checked_on=TODAY, target_on=YEAR_END, remark="院内は未対応", owner_name="院長")
    )
    with pytest.raises(OwnAnswerEditedMeanwhile):
        office.takes("2-4", version=0)
    assert office.answer("2-4").remark == "院内は未対応"


def test_taken_on_a_later_day_it_is_the_second_check_and_ones_own_words_stay(office: Office) -> None:
    submission = office.hears("みどり", _2_6={"value": NO, "target_on": date(2026, 12, 10), "remark": "更新します。"})
    office.takes("2-6")
    with travel("2026-12-15 10:00 +0900"):
        factories.submit_answers(office.session, submission)
        row = office.row("2-6")
        assert (row.state, bool(row.outdated), row.can_be_taken) == (State.LATE, True, True)
        office.takes("2-6", version=1)
        row, taken = office.row("2-6"), office.answer("2-6")
    assert (taken.value, taken.second_value) == (NO, YES)
    assert (taken.checked_on, taken.second_checked_on) == (TODAY, date(2026, 12, 15))
    assert "更新します" in taken.remark
    assert (row.state, row.outdated) == (State.YES, frozenset())
    assert len(office.session.exec(select(Evidence)).all()) == 2


def test_another_clinics_vendors_are_never_seen(office: Office, session: Session) -> None:
    office.hears("みどり")
    other = factories.make_clinic(session)
    assessments.start_assessment(session, clinic=other, fiscal_year=2026)
    stranger = Office(session, other, factories.make_member(session, other))
    stranger.hears("よその会社", _2_4={"value": NO, "target_on": YEAR_END, "remark": "…"})
    assert office.sentence("2-4") == "1社中1社が「はい」。提案: はい。"
    assert [statement.vendor_name for statement in office.row("2-4").statements] == ["みどり"]
    assert [statement.vendor_name for statement in stranger.row("2-4").statements] == ["よその会社"]
