"""One sheet for several systems: a shared answer, and what differs for a system, all the way to the clinic."""

from __future__ import annotations

import pytest
from sqlmodel import select

from models import Answer, Clinic, Revision, Submission, System
from models.database import Database
from services import revisions
from tests import factories
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer
from tests.stories import fill_in, hand_in, in_days


@pytest.fixture
def sheet(database: Database, clinic: Clinic, alice: Clerk, vera: Engineer) -> tuple[Submission, System, System]:
    """One sheet for two systems."""
    with database.open_writer() as session:
        vendor, _ = factories.make_vendor(session, clinic, name="みどりメディカルシステム", email=vera.email)
        chart = factories.make_system(session, clinic, vendor, name="電子カルテ")
        images = factories.make_system(session, clinic, vendor, name="画像サーバ")
        made = factories.make_submission(session, clinic, vendor, [chart, images], created_by=alice.member.id)
        session.commit()
    alice.invites(made, vera.email)
    vera.enters()
    return made, chart, images


def differ(vera: Engineer, submission: Submission, values: dict[str, str]) -> Page:
    page = vera.open(f"/answer/{submission.id}/items/2-4/systems")
    return page.submit("/items/2-4/systems", values)


def stored(database: Database, submission: Submission) -> Answer:
    with database.open_reader() as session:
        statement = select(Answer).where(Answer.submission_id == submission.id, Answer.item_key == "2-4")
        return session.exec(statement).one()


def test_one_system_differs_and_the_clinic_reads_which_one_and_why(
    sheet: tuple[Submission, System, System], database: Database, vera: Engineer, alice: Clerk
) -> None:
    submission, _chart, images = sheet
    fill_in(vera, submission)
    section = vera.open(f"/answer/{submission.id}/sections/general")
    assert section.offers("システムによって回答が異なるとき")
    no = {
        f"{images.id}.value": "no",
        f"{images.id}.target_on": in_days(20).isoformat(),
        f"{images.id}.remark": "更新待ち",
    }
    page = differ(vera, submission, no)
    assert page.says("回答が異なるシステム: 画像サーバ")
    assert stored(database, submission).value == "yes"
    check = vera.open(f"/answer/{submission.id}/finish")
    assert check.says("画像サーバ")
    assert check.says("更新待ち")
    assert hand_in(vera, submission).says("画像サーバ")
    assert vera.open(f"/answer/{submission.id}/receipt.pdf").status == 200
    with database.open_reader() as session:
        revision = session.exec(select(Revision)).one()
    assert revision.no_count == 1, "the worst stands"
    answer = revisions.read_answers(revision)["2-4"]
    assert (answer.value, answer.standing, answer.told_remark) == ("yes", "no", "画像サーバ: 更新待ち")
    assert answer.last_target == in_days(20)
    for path in (f"/submissions/{submission.id}/revisions/1", f"/submissions/{submission.id}/review"):
        assert alice.open(path).says("画像サーバ"), path
    alice.post("/assessment", {"fiscal_year": submission.fiscal_year})
    proposed = alice.open("/assessment/items/2-4", year=submission.fiscal_year)
    assert proposed.status == 200
    assert proposed.says("画像サーバ: 更新待ち")
    assert proposed.says("1社中0社が「はい」"), "the worst stands here, too"
    assert alice.open("/follow-ups", year=submission.fiscal_year).says("画像サーバ: 更新待ち")


def test_what_a_no_needs_is_asked_for_and_what_was_typed_stays(
    sheet: tuple[Submission, System, System], database: Database, vera: Engineer
) -> None:
    submission, chart, images = sheet
    fill_in(vera, submission)
    refused = differ(vera, submission, {f"{images.id}.value": "no", f"{images.id}.remark": "更新待ち"})
    assert refused.status == 422
    assert refused.says("更新待ち")
    assert stored(database, submission).differences == []
    far = {f"{images.id}.value": "no", f"{images.id}.remark": "x", f"{images.id}.target_on": "2099-01-01"}
    assert differ(vera, submission, far).status == 422
    conditional = {f"{chart.id}.value": "yes", f"{chart.id}.condition": "院内だけ"}
    differ(vera, submission, conditional)
    assert [one["condition"] for one in stored(database, submission).differences] == ["院内だけ"]
    differ(vera, submission, {f"{chart.id}.value": ""})
    assert stored(database, submission).differences == []


def test_the_shared_answer_comes_first_and_taking_it_back_takes_the_differences(
    sheet: tuple[Submission, System, System], database: Database, vera: Engineer
) -> None:
    submission, chart, _images = sheet
    page = vera.open(f"/answer/{submission.id}/items/2-4/systems")
    assert page.says("先に、すべてのシステムに共通の回答を選んでください")
    assert vera.browser.post(page.path, {f"{chart.id}.value": "yes"}).status == 404
    fill_in(vera, submission)
    differ(vera, submission, {f"{chart.id}.value": "yes", f"{chart.id}.condition": "院内だけ"})
    version = stored(database, submission).version
    vera.browser.post(f"/answer/{submission.id}/answers/2-4", {"2-4.answer": "", "2-4.version": str(version)})
    assert stored(database, submission).differences == []


def test_a_colleague_who_was_quicker_is_not_overwritten(
    sheet: tuple[Submission, System, System], database: Database, vera: Engineer
) -> None:
    submission, chart, _images = sheet
    fill_in(vera, submission)
    page = vera.open(f"/answer/{submission.id}/items/2-4/systems")
    version = stored(database, submission).version
    vera.browser.post(
        f"/answer/{submission.id}/answers/2-4",
        {"2-4.answer": "yes", "2-4.remark": "別の人", "2-4.version": str(version)},
    )
    late = page.submit("/items/2-4/systems", {f"{chart.id}.value": "yes", f"{chart.id}.condition": "院内だけ"})
    assert late.status == 422
    assert stored(database, submission).differences == []


def test_a_sheet_for_one_system_has_no_such_page(asked: Submission, vera: Engineer) -> None:
    vera.enters()
    assert vera.open(f"/answer/{asked.id}/items/2-4/systems").status == 404
    assert not vera.open(f"/answer/{asked.id}/sections/general").offers("システムによって回答が異なるとき")


def test_a_stranger_finds_nothing(sheet: tuple[Submission, System, System], stranger: Browser) -> None:
    assert stranger.open(f"/answer/{sheet[0].id}/items/2-4/systems").status == 404
