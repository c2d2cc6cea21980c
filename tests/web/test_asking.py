"""Asking: a clerk chooses vendors, sees the mail, sends to all of them or to none, and nobody is asked twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from models import Clinic, Contact, Invitation, Submission, System, Vendor
from models.database import Database
from services import clock, submissions
from settings import get_settings
from tests import factories
from tests.browser import Page
from tests.naughty import NAUGHTY
from tests.people import CODE, LINK, Clerk, Mailbox
from tests.queries import recorded


def add_vendor(
    database: Database, clinic: Clinic, name: str = "みどり電子カルテ", *, systems: int = 1, language: str = "ja"
) -> tuple[Vendor, Contact, list[System]]:
    with database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, clinic, name=name)
        contact.language = language
        owned = [factories.make_system(session, clinic, vendor) for _ in range(systems)]
        session.add(contact)
        session.commit()
    return vendor, contact, owned


def stored(database: Database) -> list[Submission]:
    with database.open_reader() as session:
        return list(session.exec(select(Submission).order_by(col(Submission.created_at))))


def compose(clerk: Clerk, *vendors: Vendor) -> Page:
    return clerk.open("/asking").submit("/asking/message", {"vendor": [vendor.id for vendor in vendors]})


def test_one_vendor_is_asked_by_mail_and_stands_on_the_dashboard(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    vendor, contact, systems = add_vendor(database, clinic)
    message = compose(alice, vendor)
    assert message.says("届くメールの見本")
    dashboard = message.submit("/asking")
    assert dashboard.heading == "ベンダーの回答状況"
    assert dashboard.says("1件の依頼を送りました")
    assert dashboard.says(vendor.name)
    assert dashboard.says(systems[0].name)
    mail = mailbox.last(contact.email, "invitation")
    assert "/i/" in mail.text
    [submission] = stored(database)
    assert submission.sent_at is not None
    assert submission.due_on > clock.today()


def test_many_are_sent_only_after_a_look_at_the_list(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    green, blue = add_vendor(database, clinic), add_vendor(database, clinic, "青空ネットワーク", language="en")
    message = compose(alice, green[0], blue[0])
    assert message.says("FY2025 edition"), "the mail is shown in each language that occurs"
    confirm = message.submit("/asking")
    assert confirm.heading == "ベンダーに依頼する：送る"
    assert confirm.says(green[1].email)
    assert mailbox.all() == []
    done = confirm.submit("/asking", button="confirmed=true")
    assert done.says("2件の依頼を送りました")
    assert mailbox.last(blue[1].email).language == "en"
    assert len(stored(database)) == 2


def test_the_choice_shows_systems_contacts_and_who_was_asked(alice: Clerk, database: Database, clinic: Clinic) -> None:
    green, _ = add_vendor(database, clinic), add_vendor(database, clinic, "青空ネットワーク")
    compose(alice, green[0]).submit("/asking")
    page = alice.open("/asking")
    ticked = page.tree.xpath("//input[@name='vendor'][@checked]/@aria-label")
    assert ticked == ["青空ネットワーク"], "who was not asked yet is ticked beforehand"
    assert page.says(green[2][0].name)
    assert page.says(green[1].email)
    assert [row for row in page.tree.xpath("//tbody/tr") if "未開封" in row.text_content()]
    assert len(alice.open("/asking?q=青空").tree.xpath("//tbody/tr")) == 1
    assert alice.open(f"/asking?vendor={green[0].id}").tree.xpath("//input[@name='vendor'][@checked]/@aria-label") == [
        green[0].name
    ]


def test_the_page_says_that_the_form_is_of_another_year(alice: Clerk, database: Database, clinic: Clinic) -> None:
    vendor, *_ = add_vendor(database, clinic)
    sentence = "令和7年度版の様式を使います"
    assert alice.open("/asking?year=2026").says(sentence)
    assert compose(alice, vendor).says(sentence)
    assert not alice.open("/asking?year=2025").says(sentence)


def test_without_vendors_it_says_what_to_do_first(alice: Clerk) -> None:
    page = alice.open("/asking")
    assert page.says("依頼できるベンダーがまだありません")
    assert page.offers("ベンダーを登録する")


def test_nobody_ticked_is_told(alice: Clerk, database: Database, clinic: Clinic) -> None:
    add_vendor(database, clinic)
    page = alice.open("/asking").submit("/asking/message", {"vendor": None})
    assert page.status == 422
    assert page.says("ベンダーを1社以上選んでください")


def test_nothing_typed_is_lost_when_something_is_wrong(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    vendor, *_ = add_vendor(database, clinic, systems=2)
    typed = {
        "due_on": clock.today().isoformat(),
        "message_ja": "お世話になって\nおります",
        f"email-{vendor.id}": "これは宛先ではない",
        f"name-{vendor.id}": "山田 様",
        f"systems-{vendor.id}": None,
    }
    page = compose(alice, vendor).submit("/asking", typed)
    assert page.status == 422
    for sentence in ("期限は明日以降", "メールアドレスは", "システムを1つ以上選んでください"):
        assert page.says(sentence), sentence
    assert page.tree.xpath("//textarea[@name='message_ja']")[0].text.lstrip("\n") == "お世話になって\nおります"
    assert page.tree.xpath(f"//input[@name='name-{vendor.id}']/@value") == ["山田 様"]
    assert page.tree.xpath(f"//input[@name='email-{vendor.id}']/@value") == ["これは宛先ではない"]
    assert stored(database) == []
    assert mailbox.all() == []


def test_the_confirmation_carries_everything_and_leads_back(alice: Clerk, database: Database, clinic: Clinic) -> None:
    green, blue = add_vendor(database, clinic), add_vendor(database, clinic, "青空")
    typed = {"message_ja": '改行\n"引用"と<b>記号</b>', f"name-{green[0].id}": "山田 & 佐藤"}
    confirm = compose(alice, green[0], blue[0]).submit("/asking", typed)
    sent = {name: [value] for name, value in confirm.form("/asking").form_values()}
    sent["vendor"] = confirm.tree.xpath("//form[@action='/asking']//input[@name='vendor']/@value")
    for candidate, _, systems in (green, blue):
        sent[f"systems-{candidate.id}"] = [str(system.id) for system in systems]
    back = alice.post("/asking/message", sent)
    assert back.status == 200
    assert back.tree.xpath("//textarea[@name='message_ja']")[0].text.lstrip("\n") == typed["message_ja"]
    assert back.tree.xpath(f"//input[@name='name-{green[0].id}']/@value") == ["山田 & 佐藤"]


def test_the_mail_is_shown_with_the_changes(alice: Clerk, database: Database, clinic: Clinic) -> None:
    vendor, *_ = add_vendor(database, clinic)
    due_on = clock.today() + timedelta(days=45)
    page = compose(alice, vendor).submit("/asking")
    assert page.heading == "ベンダーの回答状況"
    again = alice.post(
        "/asking/message",
        {
            "composed": "true",
            "year": "2026",
            "vendor": vendor.id,
            "edition": "r6",
            "due_on": due_on.isoformat(),
            "message_ja": "こちらは試しの文です",
            f"how-{vendor.id}": "mail",
            f"email-{vendor.id}": "a@b.example",
        },
    )
    letter = again.tree.xpath("string(//article)")
    for words in ("こちらは試しの文です", "令和6年度版", f"{due_on.month}月{due_on.day}日"):
        assert words in letter, words


def test_an_unusual_due_date_is_asked_about_once_more(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    vendor, *_ = add_vendor(database, clinic)
    confirm = compose(alice, vendor).submit("/asking", {"due_on": "2027-05-03"})
    assert confirm.says("令和8年度（2026年度）の外の日です")
    assert confirm.says("休みの日です")
    assert mailbox.all() == []
    confirm.submit("/asking", button="confirmed=true")
    assert stored(database)[0].due_on == date(2027, 5, 3)


def test_a_link_to_hand_over_is_shown_once_with_its_code(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox
) -> None:
    vendor, contact, _ = add_vendor(database, clinic)
    page = compose(alice, vendor).submit("/asking", {f"how-{vendor.id}": "link", f"email-{vendor.id}": ""})
    assert page.heading == "渡すリンク"
    values = page.tree.xpath("//main//input[@readonly]/@value")
    assert LINK.fullmatch(values[0])
    assert CODE.fullmatch(values[1])
    assert page.response.headers["cache-control"] == "no-store"
    assert mailbox.all(contact.email) == []


def test_a_vendor_without_an_address_is_handed_a_link_by_default(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    with database.open_writer() as session:
        vendor, contact = factories.make_vendor(session, clinic)
        contact.email = ""
        session.add(contact)
        session.commit()
    message = compose(alice, vendor)
    assert message.tree.xpath("//select/option[@selected]/@value")[-1] == "link"
    refused = message.submit("/asking", {f"how-{vendor.id}": "mail"})
    assert refused.says("メールアドレスを入れるか、ほかの送り方を選んでください")


def test_prepared_requests_wait_on_the_dashboard(alice: Clerk, database: Database, clinic: Clinic) -> None:
    vendor, *_ = add_vendor(database, clinic)
    dashboard = compose(alice, vendor).submit("/asking", {f"how-{vendor.id}": "later"})
    assert dashboard.says("1件の依頼を準備しました")
    assert dashboard.says("1件の依頼をまだ送っていません")


def test_who_was_asked_is_skipped_with_a_word_unless_ticked_again(
    alice: Clerk, database: Database, clinic: Clinic
) -> None:
    vendor, *_ = add_vendor(database, clinic)
    compose(alice, vendor).submit("/asking")
    message = compose(alice, vendor)
    assert message.says("今年度はもう依頼しています")
    assert message.submit("/asking").says(f"送らなかった会社：{vendor.name}")
    assert len(stored(database)) == 1
    [first] = stored(database)
    again = message.submit("/asking", {f"again-{vendor.id}": first.id})
    assert again.says("1件の依頼を送りました")
    assert len(stored(database)) == 2


def test_one_request_per_system(alice: Clerk, database: Database, clinic: Clinic) -> None:
    vendor, _, systems = add_vendor(database, clinic, systems=2)
    confirm = compose(alice, vendor).submit("/asking", {"per_system": "true"})
    assert confirm.offers("2通のメールを送る")
    confirm.submit("/asking", button="confirmed=true")
    with database.open_reader() as session:
        covered = [
            [system.id for system in submissions.list_covered_systems(session, submission=submission)]
            for submission in stored(database)
        ]
    assert sorted(covered) == sorted([[system.id] for system in systems])


def test_the_days_number_stops_everything_and_keeps_what_was_typed(
    alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendors = [add_vendor(database, clinic, f"会社{number}")[0] for number in range(3)]
    monkeypatch.setenv("PORTAL_CLINIC_INVITATIONS_PER_DAY", "2")
    get_settings.cache_clear()
    confirm = compose(alice, *vendors).submit("/asking", {"message_ja": "よろしくお願いします"})
    page = confirm.submit("/asking", button="confirmed=true")
    assert page.status == 422
    assert page.says("よろしくお願いします")
    assert stored(database) == []
    assert mailbox.all() == []


@pytest.mark.parametrize("text", NAUGHTY)
def test_whatever_is_typed_arrives_or_is_refused_with_a_sentence(
    alice: Clerk, database: Database, clinic: Clinic, text: str
) -> None:
    vendor, *_ = add_vendor(database, clinic)
    page = compose(alice, vendor).submit("/asking", {"message_ja": text})
    assert page.status in {200, 422}
    if page.status == 200:
        assert stored(database)[0].message == text.replace("\r\n", "\n").replace("\r", "\n")


def test_two_hundred_vendors_fit_one_round(alice: Clerk, database: Database, clinic: Clinic, mailbox: Mailbox) -> None:
    with database.open_writer() as session:
        vendors = []
        for number in range(200):
            vendor, _ = factories.make_vendor(session, clinic, name=f"会社{number:03d}")
            factories.make_system(session, clinic, vendor)
            factories.make_system(session, clinic, vendor)
            vendors.append(vendor)
        session.commit()
    with recorded(database) as statements:
        message = compose(alice, *vendors)
    assert len(statements) < 40
    confirm = message.submit("/asking")
    assert confirm.offers("200通のメールを送る")
    assert confirm.submit("/asking", button="confirmed=true").says("200件の依頼を送りました")
    assert len(mailbox.all(kind="invitation")) == 200


def test_foreign_vendors_and_systems_cannot_be_asked(
    alice: Clerk, charlie: Clerk, database: Database, clinic: Clinic, other_clinic: Clinic, mailbox: Mailbox
) -> None:
    own, foreign = add_vendor(database, clinic), add_vendor(database, other_clinic, "よその会社")
    page = alice.post("/asking/message", {"year": "2026", "vendor": foreign[0].id})
    assert page.status == 422
    assert not page.says("よその会社")
    stolen = compose(alice, own[0]).submit("/asking", {f"systems-{own[0].id}": foreign[2][0].id})
    assert stolen.status == 404
    assert stored(database) == []
    assert mailbox.all() == []
    assert not charlie.open("/asking").says(own[0].name)


def test_a_viewer_cannot_ask(carol: Clerk, database: Database, clinic: Clinic) -> None:
    vendor, *_ = add_vendor(database, clinic)
    assert carol.open("/asking").status == 403
    assert carol.post("/asking/message", {"vendor": vendor.id}).status == 403
    assert carol.post("/asking", {"vendor": vendor.id}).status == 403
    with database.open_reader() as session:
        assert session.exec(select(Invitation)).all() == []
