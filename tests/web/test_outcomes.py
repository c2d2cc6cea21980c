"""Claims about outcomes other than an answer: noted by either side, counted, printed as the record, and reversible."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import col, select

from models import ContactEntry, Event, Outcome, OutcomeKind, Stage, Submission
from models.database import Database
from services import clock
from services.fiscal_years import fiscal_year_of
from tests import factories
from tests.browser import BASE
from tests.people import Clerk, Engineer, submission_by_id
from tests.queries import recorded
from tests.stories import pdf_of


def end(alice: Clerk, asked: Submission, **values: str) -> str:
    """Note how a request ended; returns where one is afterwards."""
    page = alice.open(f"/submissions/{asked.id}").follow("結果を記録する")
    typed = {"kind": "outside_contract", "told_on": clock.today().isoformat(), **values}
    return page.submit("/outcome", typed).path


def note(alice: Clerk, asked: Submission, **values: str) -> None:
    typed = {"way": "call", "happened_on": clock.today().isoformat(), "note": "担当者不在。", **values}
    page = alice.open(f"/submissions/{asked.id}").follow("電話やFAXを記録する").submit("/contacts", typed)
    assert page.path == f"/submissions/{asked.id}"


def test_the_clinic_notes_how_a_request_ended(alice: Clerk, database: Database, asked: Submission) -> None:
    path = end(alice, asked, person="営業 田中", note="保守契約に含まれないとのこと。")
    assert path == f"/submissions/{asked.id}"
    page = alice.open(path)
    for words in ("契約の範囲外", "営業 田中", "保守契約に含まれないとのこと。", "山本 あかり"):
        assert page.says(words)
    assert submission_by_id(database, asked.id).stage is Stage.DECLINED
    with database.open_reader() as session:
        event = session.exec(select(Event).where(Event.verb == "submission.ended")).one()
    assert event.details["kind"] == "outside_contract"
    assert "保守契約" not in str(event.details)


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_every_outcome_counts_on_the_dashboard_by_its_own_name(
    alice: Clerk, asked: Submission, kind: OutcomeKind
) -> None:
    end(alice, asked, kind=kind.value)
    year = asked.fiscal_year
    page = alice.open("/dashboard", year=year, stage=kind.value)
    assert page.says("みどりメディカルシステム")
    assert page.tree.xpath(f"//*[contains(@class, 'stage-bar__part--{kind.value}')]")
    others = [other for other in OutcomeKind if other is not kind]
    assert not alice.open("/dashboard", year=year, stage=others[0].value).says("みどりメディカルシステム")


def test_the_vendor_says_itself_that_it_publishes_a_statement(
    alice: Clerk, vera: Engineer, database: Database, asked: Submission
) -> None:
    vera.enters()
    page = vera.open(f"/answer/{asked.id}/decline")
    wrong = page.submit("/decline", {"kind": "own_statement", "reason": "公開資料", "link": "javascript:alert(1)"})
    assert wrong.status == 422
    wrong = page.submit("/decline", {"kind": "unreachable", "reason": "公開資料"})
    assert wrong.status == 422
    done = page.submit(
        "/decline", {"kind": "own_statement", "reason": "公開資料", "link": "https://vendor.example/sds"}
    )
    assert done.says("公開資料")
    page = alice.open(f"/submissions/{asked.id}")
    assert page.says("https://vendor.example/sds")
    assert not page.tree.xpath("//a[contains(@href, 'vendor.example')]")
    with database.open_reader() as session:
        outcome = session.exec(select(Outcome)).one()
    assert (outcome.kind, outcome.is_by_vendor) == (OutcomeKind.OWN_STATEMENT, True)


def test_the_file_of_an_own_statement_comes_from_either_side(
    alice: Clerk, vera: Engineer, charlie: Clerk, database: Database, asked: Submission
) -> None:
    vera.enters()
    path = f"/answer/{asked.id}"
    files = [("files", ("公表資料.pdf", io.BytesIO(pdf_of()), "application/pdf"))]
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
    assert vera.browser.client.post(f"{path}/statement", files=files, headers=headers).status_code == 409
    typed = {"kind": "own_statement", "reason": "サイトで公表しています。", "link": "https://vendor.example/s"}
    page = vera.open(f"{path}/decline").submit("/decline", typed)
    assert page.says("公表資料で回答されました")
    assert page.says("公表資料のファイル")
    sent = vera.browser._arrive(vera.browser.client.post(f"{path}/statement", files=files, headers=headers))
    assert sent.says("公表資料.pdf")
    empty = [("files", ("名ばかり.pdf", io.BytesIO(b"x"), "application/pdf"))]
    refused = vera.browser.client.post(f"{path}/statement", files=empty, headers=headers)
    assert refused.status_code == 422
    assert "名ばかり.pdf" in refused.text
    shown = alice.open(f"/submissions/{asked.id}")
    assert shown.says("公表資料.pdf")
    assert shown.follow("公表資料のファイルを登録する").heading.startswith("みどりメディカルシステム")
    alice.post(f"/submissions/{asked.id}/reopen")
    assert vera.browser.client.post(f"{path}/statement", files=files, headers=headers).status_code == 409


def test_asking_again_opens_the_request_and_proposes_a_wording(
    alice: Clerk, vera: Engineer, database: Database, asked: Submission
) -> None:
    end(alice, asked)
    page = alice.open(f"/submissions/{asked.id}").submit("/reopen")
    assert page.status == 200
    words = page.tree.xpath("string(//textarea[@name='message'])")
    assert "契約の範囲外とのこと" in words
    page.submit("/invitations", {"message": "もう一度お願いします。", "email": vera.email})
    assert "もう一度お願いします。" in vera.mailbox.last(vera.email).text
    assert submission_by_id(database, asked.id).stage is Stage.INVITED
    with database.open_reader() as session:
        assert session.exec(select(Outcome)).one().reopened_at is not None
    assert alice.open("/record", year=asked.fiscal_year).says("あらためて依頼")


def test_choosing_whom_to_ask_names_how_the_last_request_ended(
    alice: Clerk, database: Database, asked: Submission
) -> None:
    end(alice, asked, kind="own_statement")
    row = alice.open("/asking", year=asked.fiscal_year).tree.xpath("//tr[th[contains(., 'みどりメディカル')]]")[0]
    assert "公表資料" in row.text_content()
    assert "辞退" not in row.text_content()
    assert not row.xpath(".//input[@checked]"), "nobody is asked again by accident"
    values = {"year": asked.fiscal_year, "vendor": asked.vendor_id}
    assert alice.post("/asking/message", values).says("公表資料")


def test_a_reminder_takes_words_that_fit_how_it_ended_and_how_often_it_was_sent(
    alice: Clerk, vera: Engineer, asked: Submission
) -> None:
    def proposed() -> str:
        page = alice.open(f"/submissions/{asked.id}/reminders")
        return str(page.tree.xpath("string(//textarea[@name='message'])"))

    assert "先日お願いした件" in proposed()
    end(alice, asked)
    alice.open(f"/submissions/{asked.id}").submit("/reopen").submit("/invitations", {"email": vera.email})
    assert "契約の範囲外とのこと" in proposed()
    for minutes, words in ((11, "お時間が必要でしたら"), (22, "たびたびのお願い")):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
            form = alice.open(f"/submissions/{asked.id}").follow("言葉を添えて催促")
            assert form.submit("/reminders", {"message": "ひとこと添えます。"}).path == f"/submissions/{asked.id}"
            assert "ひとこと添えます。" in vera.mailbox.last(vera.email, "reminder").text
            assert words in proposed()
    submission = alice.open(f"/submissions/{asked.id}/invitations")
    assert "ひとこと添えます。" not in submission.text, "the words were for one mail"


def test_an_answered_request_has_no_other_outcome(alice: Clerk, database: Database, asked: Submission) -> None:
    with database.open_writer() as session:
        factories.submit_answers(session, session.get_one(Submission, asked.id))
        session.commit()
    assert not alice.open(f"/submissions/{asked.id}").offers("結果を記録する")
    typed = {"kind": "declined", "told_on": clock.today().isoformat()}
    assert alice.post(f"/submissions/{asked.id}/outcome", typed).status == 409
    assert alice.post(f"/submissions/{asked.id}/reopen").status == 409


def test_a_day_that_has_not_come_is_refused(alice: Clerk, asked: Submission) -> None:
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    page = alice.post(f"/submissions/{asked.id}/outcome", {"kind": "declined", "told_on": tomorrow})
    assert page.status == 422
    assert page.says("まだ来ていない日")
    page = alice.post(f"/submissions/{asked.id}/contacts", {"way": "call", "happened_on": tomorrow, "note": "x"})
    assert page.status == 422


def test_the_vendor_whose_request_was_closed_reads_whom_to_call_and_not_the_note(
    alice: Clerk, vera: Engineer, asked: Submission
) -> None:
    vera.enters()
    end(alice, asked, note="営業の態度がよくない。")
    page = vera.open(f"/answer/{asked.id}")
    assert page.says("回答を待っていません")
    assert not page.says("態度")


def test_contacts_are_noted_and_corrected_and_both_stay(alice: Clerk, database: Database, asked: Submission) -> None:
    note(alice, asked, person="サポート 林", note="来週までに回答。")
    page = alice.open(f"/submissions/{asked.id}").follow("訂正する")
    page = page.submit(page.path.rsplit("/", 1)[1], {"note": "再来週までに回答。"})
    assert page.says("再来週までに回答。")
    assert page.says("訂正前")
    with database.open_reader() as session:
        entries = session.exec(select(ContactEntry).order_by(col(ContactEntry.recorded_at))).all()
        verbs = session.exec(select(Event.verb).where(col(Event.verb).startswith("contact_entry"))).all()
    assert [entry.note for entry in entries] == ["来週までに回答。", "再来週までに回答。"]
    assert entries[1].replaces_id == entries[0].id
    assert list(verbs) == ["contact_entry.added", "contact_entry.corrected"]
    former = f"/submissions/{asked.id}/contacts/{entries[0].id}"
    again = {"way": "call", "happened_on": clock.today().isoformat(), "note": "x"}
    assert alice.post(former, again).status == 409


def test_the_record_tells_everything_that_shows_that_the_clinic_asked(
    alice: Clerk, vera: Engineer, asked: Submission
) -> None:
    note(alice, asked, way="fax", person="代表FAX", note="依頼状を再送。")
    alice.post(f"/submissions/{asked.id}/reminders")
    end(alice, asked, kind="unreachable", note="3回電話したが不通。")
    year = asked.fiscal_year
    for path in ("/record", f"/vendors/{asked.vendor_id}/record"):
        page = alice.open(path, year=year)
        for words in (vera.email, "再送", "FAX", "代表FAX", "依頼状を再送。", "連絡がつかない", "3回電話したが不通。"):
            assert page.says(words), words
    assert alice.open("/record", year=year - 1).says("この年度の依頼はありません")


def test_the_record_of_many_vendors_takes_as_many_queries_as_that_of_one(
    alice: Clerk, database: Database, asked: Submission
) -> None:
    def queries() -> int:
        with recorded(database) as counted:
            assert alice.open("/record", year=asked.fiscal_year).status == 200
        return len(counted)

    few = queries()
    with database.open_writer() as session:
        for _ in range(5):
            vendor, _contact = factories.make_vendor(session, alice.clinic)
            factories.make_submission(session, alice.clinic, vendor, created_by=alice.member.id)
        session.commit()
    assert queries() == few


def test_ready_wordings_fill_the_letter_and_the_mail_in_the_vendors_language(alice: Clerk, asked: Submission) -> None:
    for page in ("letter", "invitations", "reminders"):
        shown = alice.open(f"/submissions/{asked.id}/{page}", wording="no_disclosure")
        assert "MDSまたはSDS" in shown.tree.xpath("string(//textarea[@name='message'])")
        assert shown.status == alice.open(f"/submissions/{asked.id}/{page}", wording="nonsense").status == 200


def test_viewers_read_the_record_and_write_nothing(carol: Clerk, asked: Submission) -> None:
    assert carol.open("/record", year=fiscal_year_of(clock.today())).status == 200
    assert carol.open(f"/submissions/{asked.id}/outcome").status == 403
    assert carol.open(f"/submissions/{asked.id}/contacts").status == 403


def test_a_stranger_finds_no_outcome_no_contact_and_no_record(
    alice: Clerk, charlie: Clerk, database: Database, asked: Submission
) -> None:
    note(alice, asked)
    with database.open_reader() as session:
        entry = session.exec(select(ContactEntry)).one()
    for path in (
        f"/submissions/{asked.id}/outcome",
        f"/submissions/{asked.id}/contacts",
        f"/submissions/{asked.id}/contacts/{entry.id}",
        f"/vendors/{asked.vendor_id}/record",
    ):
        assert charlie.open(path).status == 404
    assert not charlie.open("/record", year=asked.fiscal_year).says("みどりメディカルシステム")
