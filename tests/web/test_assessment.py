"""The own check as a clerk goes through it: started, answered beside the vendors' words, made ready, printed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import select
from time_machine import travel

from models import (
    AnswerValue,
    Assessment,
    AssessmentAnswer,
    Event,
    Evidence,
    Submission,
)
from models.database import Database
from services import submissions
from tests import factories
from tests.browser import Browser
from tests.people import Clerk, signed_in
from tests.queries import recorded

YES, NO = AnswerValue.YES, AnswerValue.NO
PLAN = {"value": NO, "target_on": date(2027, 2, 10), "remark": "次回の保守で更新します。"}
SAID_NO = {
    "value": "no",
    "checked_on": "2026-11-20",
    "target_on": "2027-02-28",
    "remark": "準備中です。",
    "owner_name": "院長",
}


@pytest.fixture(autouse=True)
def on_a_day_in_november() -> Iterator[None]:
    with travel("2026-11-20 10:00 +0900", tick=True):
        yield


@pytest.fixture
def started(alice: Clerk) -> Clerk:
    """Alice, with her clinic's form of fiscal year 2026 begun."""
    alice.open("/assessment").submit("/assessment", {"fiscal_year": "2026"}).submit("/gate", {"gate": "yes"})
    return alice


def ask(clerk: Clerk, name: str, given: dict[str, dict[str, Any]] | None = None, *, answers: bool = True) -> Submission:
    """A vendor asked about one system; it has answered はい on everything but what is given."""
    with clerk.database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clerk.clinic, name=name)
        system = factories.make_system(session, clerk.clinic, vendor, name=f"{name}カルテ", server_count=1)
        submission = factories.make_submission(
            session, clerk.clinic, vendor, [system], created_by=clerk.member.id, due_on=date(2027, 1, 15)
        )
        submission.sent_at = submission.created_at
        if answers:
            factories.submit_answers(session, submission, given)
        session.commit()
    return submission


def again(app: FastAPI, clerk: Clerk) -> Clerk:
    """The same person, signed in on a later day."""
    return signed_in(app, clerk.database, clerk.member, clerk.clinic)


def revise(clerk: Clerk, submission: Submission, given: dict[str, dict[str, Any]] | None = None) -> None:
    """The vendor hands in once more."""
    with clerk.database.open_writer() as session:
        factories.submit_answers(session, session.get_one(Submission, submission.id), given)
        session.commit()


def stored(database: Database, key: str) -> AssessmentAnswer:
    with database.open_reader() as session:
        return session.exec(select(AssessmentAnswer).where(AssessmentAnswer.item_key == key)).one()


def evidence(database: Database, key: str) -> list[Evidence]:
    with database.open_reader() as session:
        return list(session.exec(select(Evidence).where(Evidence.item_key == key)))


def revisions(database: Database, submission: Submission) -> list[UUID]:
    """Ids of the submission's revisions, the newest first."""
    with database.open_reader() as session:
        return [revision.id for revision in submissions.list_revisions(session, submission=submission)]


def verbs(database: Database) -> list[str]:
    with database.open_reader() as session:
        return [event.verb for event in session.exec(select(Event)) if event.verb.startswith("assessment.")]


def test_the_form_is_explained_started_and_shows_all_items(alice: Clerk) -> None:
    start = alice.open("/assessment")
    assert start.says("自動で回答が入ることはありません")
    assert start.says("令和8年度（2026年度）は、令和7年度版の様式を使います")
    page = start.submit("/assessment", {"fiscal_year": "2026"})
    assert page.says("チェックの用意ができました")
    assert page.says("立入検査まで: あと19項目")
    assert page.says("令和8年度（2026年度）は、令和7年度版の様式を使います")
    assert len(page.tree.xpath("//article[starts-with(@id, 'item-')]")) == 18
    assert verbs(alice.database) == ["assessment.started"]


def test_a_pharmacy_gets_its_own_form(charlie: Clerk) -> None:
    page = charlie.open("/assessment").submit("/assessment", {"fiscal_year": "2026"})
    assert page.says("薬局確認用")


def test_starting_twice_finds_the_first_form(alice: Clerk) -> None:
    start = alice.open("/assessment")
    start.submit("/assessment", {"fiscal_year": "2026"})
    start.submit("/assessment", {"fiscal_year": "2026"})
    with alice.database.open_reader() as session:
        assert len(session.exec(select(Assessment)).all()) == 1


@pytest.mark.parametrize("year", ["2023", "2030"])
def test_only_this_year_and_the_last_can_be_started(alice: Clerk, year: str) -> None:
    assert alice.post("/assessment", {"fiscal_year": year}).status == 409


def test_the_first_question_ends_the_check_and_can_be_changed_back(started: Clerk) -> None:
    over = started.open("/assessment").submit("/gate", {"gate": "no"})
    assert over.says("ほかの項目に答える必要はありません")
    assert not over.tree.xpath("//article")
    assert started.open("/assessment/readiness").says("準備ができています")
    again = over.submit("/gate")
    assert again.says("立入検査まで: あと18項目")
    assert verbs(started.database).count("assessment.gate_answered") == 3


def test_the_day_of_the_inspection_is_noted(started: Clerk) -> None:
    page = started.open("/assessment").submit("/inspection", {"inspection_on": "2027-02-03"})
    assert page.says("立入検査: 2027年2月3日（水）")
    assert page.says("（あと75日）")
    wrong = page.submit("/inspection", {"inspection_on": "2027-02-31"})
    assert wrong.status == 422


def test_an_answer_is_saved_with_its_evidence_and_leads_to_the_next_item(started: Clerk) -> None:
    submission = ask(started, "みどり", {"2-4": {"remark": "権限表を提供できます。"}})
    page = started.open("/assessment/items/2-4")
    assert page.says("権限表を提供できます。")
    assert page.says("令和7年度版の様式を使います")
    after = page.submit("/items/2-4", {"value": "yes", "note": "規程 第3条"})
    assert after.says("2-④を保存しました。")
    assert after.heading.startswith("2-⑤")
    answer = stored(started.database, "2-4")
    assert (answer.value, answer.checked_on, answer.version) == (YES, date(2026, 11, 20), 1)
    linked = {(link.revision_id, link.note) for link in evidence(started.database, "2-4")}
    assert linked == {(revisions(started.database, submission)[0], ""), (None, "規程 第3条")}
    assert "assessment.answered" in verbs(started.database)


def test_ticks_decide_what_is_linked(started: Clerk) -> None:
    ask(started, "みどり")
    kept = ask(started, "北斗")
    chosen = str(revisions(started.database, kept)[0])
    started.open("/assessment/items/2-4").submit("/items/2-4", {"value": "yes", "revisions": [chosen]})
    assert [str(link.revision_id) for link in evidence(started.database, "2-4")] == [chosen]
    page = started.open("/assessment/items/2-4")
    assert [box.get("value") for box in page.tree.xpath("//input[@name='revisions'][@checked]")] == [chosen]


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"value": None}, "value", "「はい」か「いいえ」"),
        ({"target_on": ""}, "target_on", ""),
        ({"remark": "  "}, "remark", ""),
        ({"owner_name": ""}, "owner_name", "対応する担当者を入力してください"),
        ({"target_on": "2027-04-01"}, "target_on", "2027年3月31日（水）"),
        ({"target_on": "2026-11-19"}, "target_on", "2026年11月20日（金）"),
        ({"checked_on": ""}, "checked_on", ""),
        ({"checked_on": "2026-11-21"}, "checked_on", "2026年11月20日（金）"),
        ({"checked_on": "2026-03-31"}, "checked_on", "2026年4月1日（水）"),
        ({"second_value": "yes"}, "second_checked_on", ""),
        ({"second_checked_on": "2026-11-20"}, "second_value", ""),
        ({"second_value": "yes", "second_checked_on": "2026-11-19"}, "second_checked_on", "2026年11月20日（金）"),
        ({"checked_on": "gestern"}, "checked_on", ""),
        ({"remark": "あ" * 4001}, "remark", "4000"),
    ],
)
def test_an_incomplete_answer_is_refused_beside_its_field_and_nothing_typed_is_lost(
    started: Clerk, values: dict[str, Any], field: str, sentence: str
) -> None:
    page = started.open("/assessment/items/3-1").submit("/items/3-1", SAID_NO | {"note": "青いファイル"} | values)
    assert page.status == 422
    fault = page.tree.xpath(f"string(//*[@id='error-{field}'])")
    assert sentence in fault
    assert fault.strip()
    assert page.tree.xpath("string(//textarea[@name='note'])").strip() == "青いファイル"
    with started.database.open_reader() as session:
        assert not session.exec(select(AssessmentAnswer).where(AssessmentAnswer.item_key == "3-1")).first()


def test_words_can_be_kept_while_the_answer_is_open_and_an_answer_taken_back(started: Clerk) -> None:
    page = started.open("/assessment/items/3-1")
    page.submit("/items/3-1", {"remark": "図を探しています。"}, button="intent=leave_open")
    assert stored(started.database, "3-1").value is None
    started.open("/assessment/items/3-1").submit("/items/3-1", SAID_NO)
    assert stored(started.database, "3-1").value is NO
    started.open("/assessment/items/3-1").submit("/items/3-1", button="intent=leave_open")
    answer = stored(started.database, "3-1")
    assert (answer.value, answer.target_on, answer.remark) == (None, None, "準備中です。")


def test_a_plan_for_two_factor_may_reach_into_2027(started: Clerk) -> None:
    values = {"value": "yes", "checked_on": "2026-11-20", "target_on": "2028-03-31"}
    started.open("/assessment/items/2-10").submit("/items/2-10", values)
    assert stored(started.database, "2-10").target_on == date(2028, 3, 31)
    late = started.open("/assessment/items/2-10").submit("/items/2-10", values | {"target_on": "2028-04-01"})
    assert late.status == 422


def test_two_editors_lose_no_word(started: Clerk, bob: Clerk) -> None:
    hers = started.open("/assessment/items/3-1")
    his = bob.open("/assessment/items/3-1")
    hers.submit("/items/3-1", SAID_NO | {"remark": "院長が作成中です。"})
    clash = his.submit("/items/3-1", {"value": "yes", "remark": "ファイルにありました。"})
    assert clash.status == 409
    assert clash.says("院長が作成中です。")
    assert clash.tree.xpath("string(//textarea[@name='remark'])").strip() == "ファイルにありました。"
    assert stored(started.database, "3-1").remark == "院長が作成中です。"
    clash.submit("/items/3-1")
    answer = stored(started.database, "3-1")
    assert (answer.value, answer.remark, answer.version) == (YES, "ファイルにありました。", 2)


def test_pressing_save_twice_is_no_conflict(started: Clerk) -> None:
    page = started.open("/assessment/items/3-1")
    page.submit("/items/3-1", SAID_NO)
    assert page.submit("/items/3-1", SAID_NO).status == 200
    assert stored(started.database, "3-1").version == 1


def test_a_proposal_is_taken_from_the_list_with_one_press(started: Clerk) -> None:
    submission = ask(started, "みどり", {"2-6": PLAN})
    page = started.open("/assessment")
    assert page.says("1社中0社が「はい」。「いいえ」: みどり。提案: いいえ、目標日 2027年2月10日（水）。")
    after = page.submit("/items/2-6/proposal")
    assert after.says("提案を回答として採用しました")
    answer = stored(started.database, "2-6")
    assert (answer.value, answer.target_on, answer.owner_name) == (NO, date(2027, 2, 10), started.member.name)
    assert [link.revision_id for link in evidence(started.database, "2-6")] == revisions(started.database, submission)
    assert "assessment.proposal_taken" in verbs(started.database)


def test_a_proposal_is_taken_on_the_items_page(started: Clerk) -> None:
    ask(started, "みどり")
    after = started.open("/assessment/items/2-5").submit("/items/2-5/proposal")
    assert after.heading.startswith("2-⑤")
    assert after.says("ご自身の回答と同じです。")


def test_a_proposal_that_has_changed_is_refused_with_its_page(started: Clerk) -> None:
    ask(started, "みどり")
    page = started.open("/assessment/items/2-5")
    ask(started, "北斗", answers=False)
    refused = page.submit("/items/2-5/proposal")
    assert refused.status == 409
    assert refused.says("この間に提案の内容が変わりました")
    assert started.post("/assessment/items/2-5/proposal?year=2026", {}).status == 409


def test_a_proposal_does_not_replace_an_answer_that_was_not_seen(started: Clerk, bob: Clerk) -> None:
    ask(started, "みどり")
    page = started.open("/assessment")
    bob.open("/assessment/items/2-5").submit("/items/2-5", SAID_NO)
    after = page.submit("/items/2-5/proposal")
    assert after.says("提案は採用されていません")
    assert after.says("準備中です。")
    assert stored(started.database, "2-5").value is NO


def test_a_newer_answer_of_the_vendor_is_called_out_and_the_old_link_stays(started: Clerk) -> None:
    submission = ask(started, "みどり", {"2-6": PLAN})
    started.open("/assessment/items/2-6").submit("/items/2-6/proposal")
    first = revisions(started.database, submission)[0]
    revise(started, submission)
    assert started.open("/assessment").says("根拠にした回答より新しい回答があります")
    page = started.open("/assessment/items/2-6")
    assert page.says("新しい回答があります")
    assert page.says("第1版（根拠にした時のもの）")
    assert [link.revision_id for link in evidence(started.database, "2-6")] == [first]
    newest = revisions(started.database, submission)[0]
    page.submit("/items/2-6", {"value": "yes", "revisions": [str(newest)]})
    assert [link.revision_id for link in evidence(started.database, "2-6")] == [newest]
    assert not started.open("/assessment").says("根拠にした回答より新しい回答があります")


def test_every_vendors_answer_stands_beside_the_item_with_its_particulars(started: Clerk) -> None:
    answered = ask(started, "みどり", {"2-8": {"is_conditional": True, "condition": "当社の機器に限ります。"}})
    ask(started, "北斗", answers=False)
    with started.database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, started.clinic, name="東洋")
        factories.make_system(session, started.clinic, vendor, name="検査くん")
        session.commit()
    page = started.open("/assessment/items/2-8")
    for sentence in ("みどり", "当社の機器に限ります。", "北斗", "未回答", "東洋", "未依頼", "みどりカルテ"):
        assert page.says(sentence), sentence
    assert page.tree.xpath(f"//a[@href='/submissions/{answered.id}']")


def test_reading_the_vendors_answers_is_recorded(started: Clerk, carol: Clerk) -> None:
    ask(started, "みどり")
    carol.open("/assessment/items/2-8")
    with started.database.open_reader() as session:
        event = session.exec(select(Event).where(Event.verb == "assessment.viewed")).one()
    assert (event.actor_name, event.details["item"]) == (carol.member.name, "2-8")
    assert carol.open("/assessment/items/9-9").status == 404
    assert verbs(started.database).count("assessment.viewed") == 1


def test_documents_stand_beside_the_item_on_disclosures(started: Clerk) -> None:
    submission = ask(started, "みどり")
    with started.database.open_writer() as session:
        document = factories.hand_over(session, submission, file_name="SDS_KarteNova.pdf")
        session.commit()
    page = started.open("/assessment/items/2-3")
    assert page.tree.xpath(f"//a[@href='/documents/{document.id}']")
    page.submit("/items/2-3", {"value": "yes"})
    assert document.id in [link.document_id for link in evidence(started.database, "2-3")]


def test_the_list_is_filtered(started: Clerk) -> None:
    ask(started, "みどり", {"2-3": PLAN, "2-9": PLAN})
    started.open("/assessment/items/2-9").submit("/items/2-9", {"value": "yes"})
    started.open("/assessment/items/3-1").submit("/items/3-1", SAID_NO)

    def shown(show: str) -> list[str]:
        page = started.open("/assessment", show=show)
        return [node.get("id") for node in page.tree.xpath("//article")]

    assert len(shown("all")) == len(shown("nonsense")) == 18
    assert len(shown("open")) == 16
    assert shown("no") == ["item-3-1"]
    assert shown("contradictions") == ["item-2-9"]


def test_readiness_counts_what_is_missing_and_leads_there(started: Clerk) -> None:
    silent = ask(started, "北斗", answers=False)
    ask(started, "みどり")
    started.open("/assessment/items/3-3").submit("/items/3-3", SAID_NO)
    page = started.open("/assessment/readiness")
    # 17 open items, one silent vendor, one vendor whose file is missing, and the plan that is not there yet.
    assert page.says("立入検査までにすることが20件あります")
    assert page.tree.xpath(f"//a[@href='/submissions/{silent.id}']")
    assert page.says("まだ回答がありません。期限は2027年1月15日（金）です。")
    assert page.follow("2-⑤").heading.startswith("2-⑤")


def test_what_is_late_is_told_as_late(app: FastAPI, started: Clerk) -> None:
    ask(started, "北斗", answers=False)
    started.open("/assessment/items/3-1").submit("/items/3-1", SAID_NO | {"target_on": "2026-12-10"})
    with travel("2026-12-10 23:50 +0900", tick=True):
        page = again(app, started).open("/assessment")
        assert page.says("あと17項目")
    with travel("2027-01-16 00:10 +0900", tick=True):
        page = again(app, started).open("/assessment")
        assert page.says("あと18項目")
        assert page.says("目標日を過ぎています")
        ready = page.follow("立入検査の準備")
        assert ready.says("目標日（2026年12月10日（木））を過ぎています")
        assert ready.says("期限（2027年1月15日（金））を過ぎています。")


def test_the_form_is_printed_whole(started: Clerk) -> None:
    ask(started, "みどり", {"2-6": PLAN})
    started.open("/assessment").submit("/items/2-6/proposal")
    page = started.open("/assessment/print")
    for sentence in (
        "医療機関確認用",
        "2-⑥",
        "2027年2月10日（水）",
        "次回の保守で更新します",
        started.member.name,
        "みどり（第1版）",
    ):
        assert page.says(sentence), sentence
    assert len(page.tree.xpath("//tbody[contains(@class, 'paper__item')]")) == 18
    assert page.says("令和7年度版の様式を使います")
    assert "assessment.printed" in verbs(started.database)


def test_the_form_is_taken_along_as_a_table(started: Clerk) -> None:
    ask(started, "みどり", {"2-6": PLAN})
    started.open("/assessment").submit("/items/2-6/proposal")
    started.open("/assessment/items/3-1").submit("/items/3-1", SAID_NO | {"remark": "=HYPERLINK()"})
    response = started.open("/assessment.csv", year="2026").response
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 1 + 18
    by_number = {row[0]: row for row in rows}
    assert by_number["2-⑥"][3:6] == ["いいえ", "2026-11-20", "2027-02-10"]
    assert by_number["3-①"][6] == "'=HYPERLINK()"
    assert started.open("/assessment.xlsx").response.content[:2] == b"PK"
    assert verbs(started.database).count("assessment.exported") == 2


def test_last_year_stands_beside_and_is_carried_over_only_by_a_press(started: Clerk) -> None:
    started.post("/assessment", {"fiscal_year": "2025"})
    page = started.open("/assessment/items/3-1", year="2025")
    page.submit("/items/3-1", {"value": "yes", "checked_on": "2025-10-03"})
    this_year = started.open("/assessment/items/3-1", year="2026")
    assert this_year.says("昨年度:")
    assert this_year.says("令和7年度（2025年度）の回答は「はい」でした")
    this_year.submit("/items/3-1/proposal")
    with started.database.open_reader() as session:
        answers = session.exec(select(AssessmentAnswer).where(AssessmentAnswer.item_key == "3-1")).all()
    assert {answer.checked_on for answer in answers} == {date(2025, 10, 3), date(2026, 11, 20)}


def test_it_speaks_english_too(started: Clerk) -> None:
    ask(started, "Midori")
    started.browser.client.headers["Accept-Language"] = "en"
    assert started.open("/assessment").says("18 items left before the inspection")
    assert started.open("/assessment/items/2-4").says("1 of 1 vendor answered yes. Proposal: yes.")
    assert started.open("/assessment/readiness").heading == "Ready for the inspection?"
    assert started.open("/assessment/print").says("form for institutions")


def test_queries_do_not_grow_with_the_vendors(started: Clerk, database: Database) -> None:
    def count(path: str) -> int:
        with recorded(database) as statements:
            assert started.open(path).status == 200
        return len([statement for statement in statements if not statement.startswith(("PRAGMA", "BEGIN", "SET"))])

    ask(started, "会社0")
    few = {
        path: count(path)
        for path in ("/assessment", "/assessment/items/2-4", "/assessment/readiness", "/assessment/print")
    }
    for number in range(1, 8):
        ask(started, f"会社{number}", {"2-6": PLAN})
    many = {path: count(path) for path in few}
    assert many == few
    assert many["/assessment"] <= 10


PAGES = ["/assessment", "/assessment/items/2-4", "/assessment/readiness", "/assessment/print", "/assessment.csv"]
WRITES = {
    "/assessment": {"fiscal_year": "2025"},
    "/assessment/gate?year=2026": {"gate": "no"},
    "/assessment/inspection?year=2026": {"inspection_on": "2027-02-03"},
    "/assessment/items/2-4?year=2026": {"value": "yes", "checked_on": "2026-11-20"},
    "/assessment/items/2-4/proposal?year=2026": {"seen": "x", "version": "0"},
}


def test_a_viewer_reads_and_writes_nothing(started: Clerk, carol: Clerk) -> None:
    ask(started, "みどり")
    for path in PAGES:
        page = carol.open(path)
        assert page.status == 200, path
    page = carol.open("/assessment/items/2-4")
    assert page.says("提案: はい。")
    assert not page.offers("この提案を採用")
    assert not page.tree.xpath("//input[@name='revisions']")
    before = verbs(started.database)
    for path, values in WRITES.items():
        assert carol.post(path, values).status == 403, path
    assert verbs(started.database) == before


def test_items_that_the_form_does_not_have_are_not_found(started: Clerk) -> None:
    for key in ("9-9", "gate", "2-4.server"):
        assert started.open(f"/assessment/items/{key}").status == 404
        assert started.post(f"/assessment/items/{key}?year=2026", {"value": "yes"}).status == 404


def test_evidence_of_others_cannot_be_linked(started: Clerk, charlie: Clerk) -> None:
    foreign = ask(charlie, "よそ")
    for revision in (revisions(started.database, foreign)[0], uuid4()):
        page = started.open("/assessment/items/2-4")
        refused = page.submit("/items/2-4", {"value": "yes", "revisions": [str(revision)]})
        assert refused.status == 404
    assert evidence(started.database, "2-4") == []


def test_another_clinic_sees_nothing_of_it(started: Clerk, charlie: Clerk) -> None:
    ask(started, "みどり")
    started.open("/assessment").submit("/items/2-4/proposal")
    page = charlie.open("/assessment")
    assert page.says("チェックを始める")
    for path in PAGES[1:]:
        assert charlie.open(path).status == 404, path
    charlie.post("/assessment", {"fiscal_year": "2026"})
    assert not charlie.open("/assessment").says("みどり")


def test_a_stranger_is_asked_to_sign_in(started: Clerk, stranger: Browser) -> None:
    for path in PAGES:
        assert stranger.open(path).path.startswith("/sign-in"), path
    for path, values in WRITES.items():
        assert stranger.post(path, values).status == 401, path
