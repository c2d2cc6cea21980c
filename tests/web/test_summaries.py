"""The summary above a form names the field that each sentence is about."""

from __future__ import annotations

from models import Submission
from tests.browser import Browser, Page
from tests.people import Clerk, Engineer
from tests.stories import answers_of
from web.summaries import name_fields


def summary_of(page: Page) -> list[str]:
    return [" ".join(line.text_content().split()) for line in page.tree.xpath("//*[@class='error-summary__list']/li")]


def test_every_sentence_begins_with_the_label_of_its_field(alice: Clerk) -> None:
    answer = alice.open("/members").submit("/members/invitations", {"name": "", "email": "nobody", "role": None})
    assert summary_of(answer) == [
        "メールアドレス：メールアドレスは「name@example.jp」のように入力してください。",
        "氏名：入力してください。",
        "役割：選択肢から選んでください。",
    ]


def test_optional_fields_are_named_without_saying_so(alice: Clerk) -> None:
    answer = alice.open("/settings").submit("/settings", {"postal_code": "12"})
    assert summary_of(answer)[0].startswith("郵便番号：")


def test_a_sentence_about_the_whole_form_stands_alone(stranger: Browser, alice: Clerk) -> None:
    answer = stranger.open("/sign-in").submit("/sign-in", {"email": "x@clinic.example", "password": "wrong"})
    assert summary_of(answer) == ["メールアドレスまたはパスワードが違います。"]


def test_the_fields_of_an_item_are_named_with_its_number(vera: Engineer, asked: Submission) -> None:
    vera.enters()
    address = f"/answer/{asked.id}/sections/general"
    given = answers_of(asked, "general") | {"2-4.answer": "maybe", "2-5.answer": "no", "2-5.target_on": "2031-01-01"}
    lines = [line.partition("：")[0] for line in summary_of(vera.open(address).submit(address, given))]
    assert lines == ["2-④", "2-⑤ いつまでに対応しますか"]


def test_english_pages_use_their_own_colon(stranger: Browser) -> None:
    stranger.client.headers["Accept-Language"] = "en"
    assert summary_of(stranger.open("/sign-in").submit("/sign-in", {"email": "", "password": ""})) == [
        "E-mail address: Please fill this in.",
        "Password: Please fill this in.",
    ]


def test_a_label_keeps_what_was_escaped_in_it_and_a_page_without_a_summary_stays() -> None:
    label = '<label class="field__label" for="field-a">A &lt;b&gt; 100%</label>'
    assert name_fields(f'<span data-label-of="a"></span>!{label}') == f"A &lt;b&gt; 100%：!{label}"
    assert name_fields('<span data-label-of="b"></span>!') == "!"
    assert name_fields(label) == label
