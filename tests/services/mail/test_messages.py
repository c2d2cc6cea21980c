"""Claims about what mails say, and about what they never say."""

from __future__ import annotations

import re
from datetime import date, timedelta
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from lxml import html
from sqlmodel import Session, select

from models import Clinic, Invitation, Mail, MemberInvitation, Revision, Role
from services import clock, mail
from services.invitations import copy_link, invite_vendor
from services.links import (
    address_link,
    dashboard_link,
    desk_link,
    joining_link,
    news_link,
    reset_link,
    sign_in_link,
    submission_link,
)
from services.mail import account_messages, holder_messages, messages, portal_messages, thread_messages
from services.mail.account_messages import FactorNews
from services.mail.rendering import LONGEST_SUBJECT, inert, one_line, write_letter
from settings import Settings
from tests import factories

FOLDER = Path(mail.__file__).parent
MESSAGES = sorted(path.parent.name for path in FOLDER.glob("*/subject.txt"))
MODULES = (messages, account_messages, portal_messages, holder_messages, thread_messages)
ABOUT_NO_CLINIC = {
    "access_code",
    "desk_code",
    "desk_news",
    "group_joined",
    "address_change",
    "address_changed",
    "address_notice",
    "heads",
    "new_sign_in",
    "password_changed",
    "password_reset",
    "second_factor",
    "test_mail",
}
ABOUT_THE_CLINIC = sorted(set(MESSAGES) - ABOUT_NO_CLINIC)
LINKED = [
    "address_change",
    "address_changed",
    "address_notice",
    "declined",
    "forwarded",
    "given_back",
    "invitation",
    "member_invitation",
    "messages_for_clinic",
    "messages_for_vendor",
    "new_sign_in",
    "password_changed",
    "password_reset",
    "reminder",
    "returned",
    "wrong_recipient",
    "second_factor",
]
CANARY = "答えの中身は秘密です"


class Post:
    """Every mail of the portal, written for one clinic, vendor and member."""

    def __init__(self, session: Session, clinic: Clinic, language: str = "ja") -> None:
        self.session, self.clinic, self.language = session, clinic, language
        clinic.language = language
        self.member = factories.make_member(session, clinic, name="山本 あかり")
        self.member.language = language
        vendor, self.contact = factories.make_vendor(session, clinic, name="みどりメディカル")
        self.contact.language = language
        system = factories.make_system(session, clinic, vendor, name="KarteNova")
        self.submission = factories.make_submission(session, clinic, vendor, [system], created_by=self.member.id)
        self.submission.language = language
        self.submission.message = "いつもお世話になっております。\nよろしくお願いします。"
        self.vendor_name = vendor.name

    def write(self, message: str) -> Mail:
        """One message as the product posts it; the test mail is never posted."""
        about: dict[str, Any] = {"clinic": self.clinic, "submission": self.submission, "vendor_name": self.vendor_name}
        to_vendor, to_member = {**about, "to": self.contact}, {**about, "to": self.member}
        revision = self._revision()
        link = submission_link(self.submission.id)
        if message in {"invitation", "reminder"}:
            return self._invite(is_reminder=message == "reminder")
        calls: dict[str, Any] = {
            "access_code": {"invitation": self._invitation(), "code": "042042"},
            "desk_news": {
                "to": "vera@vendor.example",
                "language": self.language,
                "requests": [(self.clinic.name, self.submission.due_on)],
                "link": desk_link(),
                "off": news_link("t" * 43),
            },
            "desk_code": {"to": "vera@vendor.example", "language": self.language, "code": "042042"},
            "receipt": {**to_vendor, "revision": revision},
            "submitted": {**to_member, "revision": revision, "link": link},
            "returned": {**about, "invitation": self._invitation(), "remark_count": 2, "link": link},
            "accepted": to_vendor,
            "declined": {**to_member, "link": link},
            "withdrawn": to_vendor,
            "forwarded": {
                **about,
                "invitation": self._handed_on(),
                "systems": ["KarteNova"],
                "forwarder": "緑川 (vera@vendor.example)",
                "link": link,
            },
            "given_back": {**about, "invitation": self._invitation(), "colleague": "高橋", "link": link},
            "colleague_submitted": {**to_vendor, "revision": revision, "colleague": "高橋"},
            "messages_for_vendor": {
                **about,
                "invitation": self._invitation(),
                "to": "vera@vendor.example",
                "places": [("", 1), ("2-④", 2)],
                "link": link,
            },
            "messages_for_clinic": {
                "clinic": self.clinic,
                "to": self.member,
                "requests": [("みどりメディカル", [("2-④", 2)])],
                "link": link,
            },
            "wrong_recipient": {**to_member, "person": "vera@vendor.example", "link": link},
            "member_invitation": self._joining(),
            "new_sign_in": {"member": self.member, "at": clock.now(), "browser": "Firefox", "link": sign_in_link()},
            "password_changed": {"member": self.member, "at": clock.now(), "link": sign_in_link()},
            "group_joined": {"member": self.member, "group": "県医師会", "added_by": "会長", "has_password": True},
            "webhook_paused": {"clinic": self.clinic, "to": self.member, "at": clock.now(), "link": sign_in_link()},
            "weekly_digest": {
                "clinic": self.clinic,
                "to": self.member,
                **{name: [] for name in ("declined", "to_review", "unanswered", "overdue", "to_remind")},
                "arrived": [{"name": self.vendor_name, "link": link}],
                "to_answer": [{"name": f"{self.vendor_name} 2-④", "link": link}],
                "bounced": [{"name": "vera@vendor.example", "link": ""}],
            },
            "heads": {
                "to": "heads@elsewhere.example",
                "language": self.language,
                "day": date(2026, 11, 24),
                "lines": ['{"seal":"ab"}'],
            },
            "address_change": {
                "member": self.member,
                "email": "new@clinic.example",
                "until": clock.now(),
                "link": address_link("t" * 43),
            },
            "address_changed": {"member": self.member, "hint": "n…@clinic.example", "link": sign_in_link()},
            "address_notice": {"member": self.member, "hint": "n…@clinic.example", "link": sign_in_link()},
            "second_factor": {
                "member": self.member,
                "news": FactorNews.RECOVERY_USED,
                "left": 3,
                "at": clock.now(),
                "link": sign_in_link(),
            },
            "password_reset": {"member": self.member, "until": clock.now(), "link": reset_link("t" * 43)},
        }
        function = next(found for module in MODULES if (found := getattr(module, f"post_{message}", None)))
        posted: Mail = function(self.session, **calls[message])
        return posted

    def _invite(self, *, is_reminder: bool = False) -> Mail:
        invitation = invite_vendor(
            self.session,
            submission=self.submission,
            email="vera@vendor.example",
            name="ベラ",
            invited_by=self.member.id,
            is_reminder=is_reminder,
        )
        (posted,) = [each for each in all_mails(self.session) if each.invitation_id == invitation.id]
        return posted

    def _invitation(self) -> Invitation:
        made = copy_link(self.session, submission=self.submission, name="", copied_by=self.member.id).invitation
        made.email, made.name = "vera@vendor.example", "ベラ"
        return made

    def _handed_on(self) -> Invitation:
        made = self._invitation()
        made.section_keys, made.note = ["general"], "よろしくお願いします。"
        return made

    def _revision(self) -> Revision:
        return Revision(
            clinic_id=self.clinic.id,
            submission_id=self.submission.id,
            number=2,
            no_count=0,
            conditional_count=0,
            answers=[{"remark": CANARY}],
            documents=[{"file_name": CANARY}],
            sha256="ab" * 32,
            responsible_name="緑川",
            responsible_title="部長",
            submitted_by="vera@vendor.example",
            submitted_at=clock.now(),
        )

    def _joining(self) -> dict[str, Any]:
        invitation = MemberInvitation(
            clinic_id=self.clinic.id,
            email="bob@clinic.example",
            name="坊野",
            role=Role.EDITOR,
            token_hash=b"x",
            invited_by=self.member.id,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=7),
        )
        return {"clinic": self.clinic, "invitation": invitation, "invited_by": "山本", "link": joining_link("t" * 43)}


def all_mails(session: Session) -> list[Mail]:
    return list(session.exec(select(Mail)))


@pytest.fixture
def post(session: Session) -> Post:
    return Post(session, factories.make_clinic(session, "やまもと内科クリニック"))


def test_every_message_has_its_function_and_its_three_templates() -> None:
    functions = {name for module in MODULES for name in dir(module) if name.startswith("post_")}
    assert {name.removeprefix("post_") for name in functions} == {*MESSAGES} - {"test_mail"}
    for message in MESSAGES:
        assert {path.name for path in (FOLDER / message).iterdir()} == {"subject.txt", "body.txt", "body.html"}


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("message", [name for name in MESSAGES if name != "test_mail"])
def test_text_and_html_tell_the_same(session: Session, message: str, language: str) -> None:
    post = Post(session, factories.make_clinic(session, "やまもと内科クリニック"), language)
    written = post.write(message)
    assert written.language == language
    shown = html.fromstring(written.html)
    words = re.sub(r"\W", "", "".join(shown.xpath("//body//text()")))
    for line in written.text.splitlines():
        for part in re.split("：|: ", line.lstrip("・- ")):
            assert re.sub(r"\W", "", part) in words, part
    assert shown.get("lang") == language
    assert not shown.xpath("//img | //script | //link | //*[@src] | //form")
    assert {re.sub(r"/(i|n|join|reset|address)/[\w-]{43}$", "", address) for address in shown.xpath("//a/@href")} <= {
        "http://localhost:8000", submission_link(post.submission.id), sign_in_link(), dashboard_link(), desk_link(),
    }  # fmt: skip


@pytest.mark.parametrize("message", LINKED)
def test_the_link_stands_alone_on_a_line_that_no_mail_program_breaks(post: Post, message: str) -> None:
    text = post.write(message).text
    (line,) = [line for line in text.splitlines() if "http" in line]
    assert re.fullmatch(r"http://localhost:8000/\S+", line)
    assert len(line) < 76


@pytest.mark.parametrize("message", ABOUT_THE_CLINIC)
def test_the_clinic_comes_first_and_its_telephone_last(post: Post, message: str) -> None:
    written = post.write(message)
    assert re.match(r"(【再送】)?【やまもと内科クリニック】", written.subject)
    end = written.text.partition("\n-- \n")[2]
    assert "事務 佐藤" in end
    assert "03-0000-0000" in end


def test_reminders_say_so_first(session: Session, post: Post) -> None:
    assert post.write("reminder").subject.startswith("【再送】")
    english = Post(session, factories.make_clinic(session, "Hill Clinic"), "en")
    assert english.write("reminder").subject.startswith("Reminder: Hill Clinic")


def test_an_invitation_answers_the_five_questions(post: Post) -> None:
    post.submission.due_on = date(2027, 1, 15)
    text = post.write("invitation").text
    assert "みどりメディカル\nベラ 様" in text
    assert "・対象システム：KarteNova" in text
    assert "・回答期限：2027年1月15日（金）" in text
    assert "13項目・10分ほど" in text
    assert "よろしくお願いします。" in text
    assert "パスワードをお尋ねすることはありません" in text


def test_a_borrowed_edition_is_named(post: Post) -> None:
    text = post.write("invitation").text
    assert "令和8年度（2026年度）" in text
    assert "・使う版：令和7年度版" in text
    post.submission.fiscal_year = 2025
    assert "使う版" not in post.write("invitation").text


def test_an_overdue_reminder_still_welcomes_answers(post: Post) -> None:
    assert "期限は過ぎましたが" not in post.write("reminder").text
    post.submission.due_on = clock.today() - timedelta(days=1)
    assert "期限は過ぎましたが" in post.write("reminder").text


def test_the_code_stands_in_the_text_alone_and_without_the_clinic(post: Post) -> None:
    written = post.write("access_code")
    everything = written.subject + written.text + written.html
    assert "042042" in written.text.splitlines()
    assert "042042" not in written.subject
    assert "やまもと" not in everything
    assert "みどり" not in everything
    assert "http" not in written.text


@pytest.mark.parametrize("message", ["receipt", "submitted", "returned", "accepted", "declined"])
def test_no_answer_and_no_reason_stands_in_a_mail(post: Post, message: str) -> None:
    post.submission.decline_reason = CANARY
    written = post.write(message)
    assert CANARY not in written.subject + written.text + written.html


def test_a_mail_waits_while_no_server_is_set(post: Post) -> None:
    written = post.write("accepted")
    assert written.next_try_at is None
    assert written.message_id.endswith("@localhost>")


def test_nothing_that_people_wrote_becomes_a_link_markup_or_header(session: Session) -> None:
    evil = "悪意\r\nBcc: x@evil.example\n<b>https://evil.example/x</b>"
    post = Post(session, factories.make_clinic(session, evil))
    post.clinic.phone = "https://evil.example/\r\nx"
    post.clinic.contact_name = evil
    post.contact.name = post.vendor_name = evil
    post.submission.message = evil + "\nwww.evil.example <img src='https://evil.example/i.png'>"
    for message in ("invitation", "accepted"):
        written = post.write(message)
        assert "\n" not in written.subject + written.recipient_name
        assert "https://evil" not in written.text
        assert "evil.example/" not in written.text
        shown = html.fromstring(written.html)
        assert not shown.xpath("//b | //img")
        assert all(link.startswith("http://localhost:8000/") for link in shown.xpath("//a/@href"))


def test_the_clinics_own_lines_stay_lines(post: Post) -> None:
    written = post.write("invitation")
    assert "いつもお世話になっております。\nよろしくお願いします。" in written.text
    assert "いつもお世話になっております。<br>よろしくお願いします。" in written.html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://evil.example/x", "https[:]//evil[.]example/x"),
        ("www.evil.example をご覧ください", "www[.]evil[.]example をご覧ください"),
        ("連絡先は info@clinic.example です。", "連絡先は info@clinic.example です。"),
        ("x@evil.example/path", "x@evil[.]example/path"),
        ("バージョン1.5、第2.1版。Ver.2", "バージョン1.5、第2.1版。Ver.2"),
        ("Dr.山田", "Dr.山田"),
        ("03-0000-0000（平日 9:00–17:00）", "03-0000-0000（平日 9:00–17:00）"),
    ],
)
def test_links_are_told_but_do_not_work(written: str, shown: str) -> None:
    assert inert(written) == shown


@given(st.text(alphabet="aé山.:/@\\ 1-", max_size=40))
def test_no_text_keeps_a_link(text: str) -> None:
    left = inert(text)
    assert "a://" not in left
    without_addresses = re.sub(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+", "", left)
    assert not re.search(r"\w\.[A-Za-z]{2}", without_addresses)


@given(st.text(max_size=80))
def test_one_line_fits_a_header(text: str) -> None:
    Address(one_line(text), addr_spec="a@b.example")
    assert one_line(text).isprintable()


def test_long_names_leave_a_subject_that_can_be_stored(session: Session) -> None:
    post = Post(session, factories.make_clinic(session, "長" * 200))
    post.vendor_name = "名" * 200
    subject = post.write("submitted").subject
    assert len(subject) == LONGEST_SUBJECT
    assert subject.endswith("…")


def test_a_forgotten_value_is_an_error(settings: Settings) -> None:
    with pytest.raises(UndefinedError):
        write_letter("password_changed", language="ja", link=sign_in_link())


def test_a_link_elsewhere_is_an_error(settings: Settings) -> None:
    for link in ("https://evil.example/i/x", "http://localhost:8000.evil.example/i/x"):
        with pytest.raises(ValueError, match="leads to this portal"):
            write_letter("password_changed", language="ja", at=clock.now(), link=link)


def test_the_preview_is_what_is_sent(post: Post) -> None:
    preview = messages.preview_invitation(
        clinic=post.clinic,
        submission=post.submission,
        contact_name="ベラ",
        vendor_name=post.vendor_name,
        systems=["KarteNova"],
        link="http://localhost:8000/i/example",
    )
    written = post.write("invitation")
    assert preview.subject == written.subject
    expiry = next(line for line in written.text.splitlines() if line.startswith("リンクの有効期限"))
    sent = [line for line in written.text.splitlines() if "http" not in line and line != expiry]
    assert [line for line in preview.text.splitlines() if "http" not in line] == sent


@pytest.mark.parametrize(("items", "minutes"), [(1, 5), (7, 10), (13, 10), (20, 15), (60, 45)])
def test_the_time_it_takes_is_told_in_steps(items: int, minutes: int) -> None:
    assert messages.minutes_for(items) == minutes
