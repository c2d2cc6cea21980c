"""What a clinic says about the questions of a form, and how the tables of its documents follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from models import Disclosure, DisclosureAnswer, DisclosureTemplate, Document, Member, Submission
from models.database import Database
from services.disclosure_reading import read_document
from services.disclosure_templates import find_template, list_templates_of
from services.question_settings import Wanted, say_of_questions
from tests.browser import Browser, Page
from tests.learning import teach, write_form
from tests.people import Clerk, Engineer
from tests.services.reading.forms import write_mds2
from tests.stories import answer_everything, upload


@pytest.fixture
def learned(alice: Clerk, database: Database) -> DisclosureTemplate:
    with database.open_writer() as session:
        made = teach(session, alice.clinic.id)
        session.commit()
    return made


@pytest.fixture
def read(
    vera: Engineer, asked: Submission, learned: DisclosureTemplate, database: Database, tmp_path: Path
) -> Document:
    """A document that was read by the learned form: いいえ to three questions."""
    path = write_form(tmp_path / "SDS.xlsx", "はい", answers={"1.1": "いいえ", "1.2": "いいえ", "2.1": "いいえ"})
    return hand_over(vera, asked, database, path)


def hand_over(vera: Engineer, asked: Submission, database: Database, path: Path) -> Document:
    vera.enters()
    upload(vera, asked, path.name, path.read_bytes())
    with database.open_reader() as session:
        document = session.exec(select(Document)).one()
    read_document(database, str(document.id))
    answer_everything(vera, asked)
    return document


def rows_of(page: Page) -> list[str]:
    return [str(one).removeprefix("answer-") for one in page.tree.xpath("//tr[@id]/@id")]


def test_what_is_said_of_questions_shows_in_the_tables_at_once(
    bob: Clerk, learned: DisclosureTemplate, read: Document
) -> None:
    table = f"/documents/{read.id}/answers"
    assert rows_of(bob.open(table, show="unwelcome")) == [], (
        "a form that was just learned says nothing of welcome answers"
    )
    assert rows_of(bob.open(table, show="no")) == ["1.1", "1.2", "2.1"]
    page = bob.open(f"/disclosure-templates/{learned.id}/questions")
    done = page.submit("/questions", {"numbers": "１．１〜１．４、2.1", "welcome": "yes", "area": "network"})
    assert done.says("質問5問を変更しました")
    assert rows_of(bob.open(table, show="unwelcome")) == ["1.1", "1.2", "2.1"]
    assert rows_of(bob.open(table, area="network")) == ["1.1", "1.2", "1.3", "1.4", "2.1"]
    assert bob.open(f"{table}/1.1").says("よくある対応")
    done.submit("/questions", {"numbers": "1.2 3.1", "appendix": "yes"})
    assert rows_of(bob.open(table, show="appendix")) == ["1.2", "3.1"]
    page.submit("/questions", {"numbers": "1.2", "gate": "１．１", "gate_answer": "no"})
    assert rows_of(bob.open(table, show="unwelcome")) == ["1.1", "2.1"], "an いいえ before it makes 1.2 pointless"
    page.submit("/questions", {"numbers": "1.*", "welcome": "none", "gate_answer": "none"})
    assert rows_of(bob.open(table, show="unwelcome")) == ["2.1"]


def test_an_answer_that_a_person_settles_opens_what_hangs_on_it(
    alice: Clerk, learned: DisclosureTemplate, read: Document, database: Database
) -> None:
    questions = f"/disclosure-templates/{learned.id}/questions"
    alice.post(questions, {"numbers": "1.2", "welcome": "yes", "gate": "1.1", "gate_answer": "no"})
    assert closed_by(database, "1.2") == "1.1"
    alice.post(f"/documents/{read.id}/answers/1.1/settle", {"value": "yes"})
    assert closed_by(database, "1.2") == ""
    with database.open_reader() as session:
        assert session.exec(select(Disclosure)).one().unwelcome_count == 1


def closed_by(database: Database, number: str) -> str:
    with database.open_reader() as session:
        return session.exec(select(DisclosureAnswer).where(DisclosureAnswer.number == number)).one().closed_by


def test_numbers_that_the_form_does_not_have_are_named_and_nothing_is_set(
    alice: Clerk, learned: DisclosureTemplate, database: Database
) -> None:
    page = alice.open(f"/disclosure-templates/{learned.id}/questions")
    wrong = page.submit("/questions", {"numbers": "1.1 9.9 別紙3", "appendix": "yes"})
    assert wrong.status == 422
    assert wrong.says("9.9、別紙3")
    assert wrong.form("/questions").fields["numbers"].strip() == "1.1 9.9 別紙3"
    assert page.submit("/questions", {"appendix": "yes"}).says("質問を選ぶか、番号を入力してください")
    assert page.submit("/questions", {"numbers": "1.1"}).says("何を設定するか選んでください")
    assert page.submit("/questions", {"numbers": "1.1", "gate": "8"}).says("この番号の質問は、この様式にありません")
    with database.open_reader() as session:
        template = find_template(session, clinic_id=alice.clinic.id, template_id=str(learned.id))
    assert template is not None
    assert not any(question.is_appendix for question in template.questions.values())


def test_of_a_built_in_form_only_what_it_leaves_open_can_be_said(
    alice: Clerk, charlie: Clerk, vera: Engineer, asked: Submission, database: Database, tmp_path: Path
) -> None:
    document = hand_over(vera, asked, database, write_mds2(tmp_path / "m.xlsx", {"AUTH-1": "No"}, default="N/A"))
    with database.open_reader() as session:
        before = list_templates_of(session, clinic_id=alice.clinic.id)["mds2-2019"].questions
    open_one = next(number for number, question in before.items() if question.welcome == "any" and "." not in number)
    page = alice.open("/disclosure-templates/mds2-2019/questions")
    page.submit("/questions", {"numbers": f"AUTH-1 {open_one}", "welcome": "no", "appendix": "yes"})
    with database.open_reader() as session:
        mine = list_templates_of(session, clinic_id=alice.clinic.id)["mds2-2019"].questions
        theirs = list_templates_of(session, clinic_id=charlie.clinic.id)["mds2-2019"].questions
    assert (mine["AUTH-1"].welcome, mine[open_one].welcome) == (before["AUTH-1"].welcome, "no")
    assert (mine["AUTH-1"].is_appendix, theirs["AUTH-1"].is_appendix) == (True, False)
    assert theirs == before
    shown = rows_of(alice.open(f"/documents/{document.id}/answers", show="appendix"))
    assert sorted(shown) == sorted(["AUTH-1", open_one])


def test_what_an_operator_says_of_a_form_for_all_counts_for_all_until_a_clinic_says_otherwise(
    alice: Clerk, charlie: Clerk, database: Database
) -> None:
    with database.open_writer() as session:
        session.get_one(Member, charlie.member.id).is_operator = True
        shared = teach(session, charlie.clinic.id, is_for_all=True)
        template = find_template(session, clinic_id=charlie.clinic.id, template_id=str(shared.id))
        assert template is not None
        say = Wanted(area="audit", welcome="yes")
        say_of_questions(
            session, clinic_id=charlie.clinic.id, template=template, numbers=["1.1", "1.2"], wanted=say, person="運用者"
        )
        session.commit()
    alice.post(f"/disclosure-templates/{shared.id}/questions", {"numbers": "1.1", "area": "physical"})
    with database.open_reader() as session:
        mine = list_templates_of(session, clinic_id=alice.clinic.id)[str(shared.id)]
        theirs = list_templates_of(session, clinic_id=charlie.clinic.id)[str(shared.id)]
    assert [mine.area_of("1.1"), mine.area_of("1.2"), mine.questions["1.1"].welcome] == ["physical", "audit", "yes"]
    assert theirs.area_of("1.1") == "audit"


def test_a_viewer_sees_and_sets_nothing(carol: Clerk, learned: DisclosureTemplate) -> None:
    page = carol.open(f"/disclosure-templates/{learned.id}/questions")
    assert not page.offers("選んだ質問に設定する")
    assert carol.post(page.path, {"numbers": "1.1", "appendix": "yes"}).status == 403


def test_another_clinic_and_strangers_find_nothing(
    charlie: Clerk, stranger: Browser, learned: DisclosureTemplate
) -> None:
    address = f"/disclosure-templates/{learned.id}/questions"
    assert charlie.open(address).status == 404
    assert charlie.post(address, {"numbers": "1.1", "appendix": "yes"}).status == 404
    assert stranger.open(address).path.startswith("/sign-in")
