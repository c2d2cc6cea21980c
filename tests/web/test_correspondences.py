"""Documents of two forms are compared by a table that a person entered, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from models import Disclosure, Document, Submission
from models.database import Database
from services.correspondences import propose_pairs, read_lines
from services.disclosure_reading import read_document
from services.reading.templates import Question, Section, Template, Text
from tests.browser import Browser, Page
from tests.learning import rows_of_form, teach, write_form
from tests.people import Clerk, Engineer
from tests.stories import answer_everything, upload


@dataclass
class Two:
    """Two documents, each read by a form of its own: last year's and this year's edition."""

    old: Document
    older: Document
    new: Document
    old_form: str
    new_form: str

    @property
    def beside(self) -> str:
        return f"/disclosure-templates/{self.old_form}/beside/{self.new_form}"


@pytest.fixture
def two(alice: Clerk, vera: Engineer, asked: Submission, database: Database, tmp_path: Path) -> Two:
    with database.open_writer() as session:
        first = teach(session, alice.clinic.id, name="第4版")
        second = teach(session, alice.clinic.id, rows_of_form(word="管理", count=5), name="第5版")
        session.commit()
    vera.enters()
    old = write_form(tmp_path / "old.xlsx", "はい", answers={"1.2": "いいえ"})
    new = write_form(tmp_path / "new.xlsx", "はい", answers={"1.2": "いいえ", "2.3": "対象外"}, word="管理", count=5)
    older = write_form(tmp_path / "older.xlsx", "はい")
    for path in (older, old, new):
        upload(vera, asked, path.name, path.read_bytes())
    with database.open_reader() as session:
        found = {document.file_name: document for document in session.exec(select(Document))}
    for document in found.values():
        read_document(database, str(document.id))
    answer_everything(vera, asked)
    return Two(found["old.xlsx"], found["older.xlsx"], found["new.xlsx"], str(first.id), str(second.id))


def compared(clerk: Clerk, two: Two) -> Page:
    return clerk.open(f"/documents/{two.new.id}/compare", **{"with": str(two.old.id)})


def first_words(page: Page) -> list[str]:
    return [" ".join(row.text_content().split()[:3]) for row in page.tree.xpath("//tbody/tr/th/span")]


def test_two_forms_are_compared_by_a_table_alone_and_the_worst_change_stands_first(bob: Clerk, two: Two) -> None:
    page = compared(bob, two)
    assert page.says("様式が違う書類です")
    assert first_words(page) == []
    table = page.follow("対応表を入力する")
    assert table.path == two.beside
    lines = "1.1 → 1.1\n１．３\t1.2\n1.2 = 1.3\n2.3, 2.3"
    saved = table.submit(f"/beside/{two.new_form}", {"lines": lines})
    assert saved.says("4組を保存しました")
    page = compared(bob, two)
    assert page.says("入力済みの対応表（質問4組）")
    assert first_words(page) == ["1.3 → 1.2", "2.3", "1.2 → 1.3"]
    turned = bob.open(f"/documents/{two.old.id}/compare", **{"with": str(two.new.id)})
    assert first_words(turned) == ["1.3 → 1.2", "1.2 → 1.3", "2.3"], "one table serves both ways"


def test_what_is_alike_is_proposed_and_taken_over_only_by_a_press(alice: Clerk, two: Two) -> None:
    page = alice.open(two.beside)
    pairs = [str(value) for value in page.tree.xpath("//input[@name='taken']/@value")]
    assert pairs[:2] == ["1.1 → 1.1", "1.2 → 1.2"]
    assert len(pairs) == 12
    assert compared(alice, two).says("様式が違う書類です"), "a proposal that nobody took counts for nothing"
    saved = page.submit(f"/beside/{two.new_form}", {"taken": pairs[:3]})
    assert saved.says("3組を保存しました")
    assert saved.form(f"/beside/{two.new_form}").fields["lines"].splitlines()[-3:] == pairs[:3]
    assert len(saved.tree.xpath("//input[@name='taken']")) == 9


def test_lines_that_name_no_two_questions_are_told_and_nothing_is_saved(alice: Clerk, two: Two) -> None:
    page = alice.open(two.beside)
    wrong = page.submit(f"/beside/{two.new_form}", {"lines": "1.1 → 1.1\n1.2 → 9.9\n1.3\n2.1 → 1.1"})
    assert wrong.status == 422
    assert wrong.says("“1.2 → 9.9”、“1.3”、“2.1 → 1.1”")
    assert "1.2 → 9.9" in wrong.form(f"/beside/{two.new_form}").fields["lines"]
    assert compared(alice, two).says("様式が違う書類です")


def test_of_two_people_at_once_nobody_loses_a_line(alice: Clerk, bob: Clerk, two: Two) -> None:
    hers, his = alice.open(two.beside), bob.open(two.beside)
    hers.submit(f"/beside/{two.new_form}", {"lines": "1.1 1.1\n1.2 1.2"})
    late = his.submit(f"/beside/{two.new_form}", {"lines": "1.2 1.3\n2.1 2.1"})
    assert late.status == 409
    assert late.form(f"/beside/{two.new_form}").fields["lines"].split("\n")[-3:] == [
        *("1.1 → 1.1", "1.2 → 1.3"),
        "2.1 → 2.1",
    ]
    assert late.submit(f"/beside/{two.new_form}").says("3組を保存しました")


def test_a_version_that_was_corrected_is_still_the_same_form(alice: Clerk, two: Two, database: Database) -> None:
    corrected = alice.open(f"/disclosure-templates/{two.old_form}").follow("読み取り方を修正")
    corrected.submit("/learn", {"role.4": ""})
    alice.open(f"/documents/{two.old.id}/answers").submit("/read")
    read_document(database, str(two.old.id))
    with database.open_reader() as session:
        forms = {one.document_id: one.template_id for one in session.exec(select(Disclosure))}
    assert forms[two.old.id] != forms[two.older.id] == two.old_form
    page = alice.open(f"/documents/{two.old.id}/compare", **{"with": str(two.older.id)})
    assert not page.says("様式が違う書類です")
    # The remarks are gone as well, since the correction left their column out.
    assert first_words(page)[0] == "1.2"


def test_likeness_goes_by_wording_and_not_by_numbers() -> None:
    before = template("a", {"1": "利用者を一意に識別していますか", "2": "記録を残していますか", "3": "その他のこと"})
    after = template(
        "b", {"1": "記録を残していますか。", "2": "まったく別の質問です", "7": "利用者を一意に識別しているか"}
    )
    found = {(one.before.id, one.after.id) for one in propose_pairs(before, after, known={})}
    assert found == {("1", "7"), ("2", "1")}
    assert propose_pairs(before, after, known={"1": "7", "2": "1"}) == []
    silent = template("c", {"1": "", "9": ""})
    assert [one.is_same_number for one in propose_pairs(before, silent, known={})] == [True]


def test_hundreds_of_questions_are_compared_in_time() -> None:
    before = template(
        "a", {str(one): f"{one}番目の質問では安全管理の第{one % 17}の対策をたずねます" for one in range(400)}
    )
    assert len(propose_pairs(before, before, known={})) == 400


def template(identity: str, questions: dict[str, str]) -> Template:
    asked = tuple(Question(number, text=text) for number, text in questions.items())
    return Template(identity, "mds", "1", Text(identity, identity), sections=(Section("S", Text(), asked),))


@pytest.mark.parametrize("arrow", [" → ", "->", "\t", ",", "、", " ： ", "＝", "   "])
def test_pairs_are_understood_however_they_are_written(arrow: str) -> None:
    one, other = template("a", {"CO-01": "x"}), template("b", {"4.10": "x"})
    assert read_lines(f"\n ＣＯ－０１{arrow}４．１０ \n", one, other) == ({"CO-01": "4.10"}, [])


def test_a_viewer_sees_and_enters_nothing(carol: Clerk, two: Two) -> None:
    assert not carol.open(two.beside).offers("対応表を保存する")
    assert carol.post(two.beside, {"lines": "1.1 1.1"}).status == 403


def test_another_clinic_and_strangers_find_nothing(charlie: Clerk, stranger: Browser, two: Two) -> None:
    assert charlie.open(two.beside).status == 404
    assert charlie.open(f"/disclosure-templates/mds2-2019/beside/{two.new_form}").status == 404
    assert charlie.open("/disclosure-templates/mds2-2019/beside/mds2-2019").status == 404
    assert stranger.open(two.beside).path.startswith("/sign-in")
