"""Templates are data: whole, in words of our own, and refused with file, place and reason."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from services.reading.template_files import BrokenTemplate, build_template, load_templates
from services.reading.templates import Area, pack_template, unpack_template
from tests.services.reading.forms import mds2

SECTIONS = {
    "DOC": 15, "MPII": 22, "ALOF": 2, "AUDT": 30, "AUTH": 8, "CSUP": 34, "DIDT": 2, "DTBK": 6, "EMRG": 1, "IGAU": 2,
    "MLDP": 15, "NAUT": 4, "CONN": 19, "PAUT": 16, "PLOK": 4, "RDMP": 4, "SBOM": 8, "SAHD": 22, "SGUD": 5, "STCF": 7,
    "TXCF": 6, "TXIG": 2, "RMOT": 6,
}  # fmt: skip


def test_mds2_is_whole() -> None:
    template = mds2()
    assert {section.code: len(section.questions) for section in template.sections} == SECTIONS
    assert len(template.questions) == 240
    assert all(question.ja and question.en for question in template.questions.values())
    assert all(section.area for section in template.sections)


def test_subjects_are_short_and_tell_questions_apart() -> None:
    questions = mds2().questions.values()
    assert max(len(question.ja) for question in questions) <= 40
    assert max(len(question.en) for question in questions) <= 80
    for language in ("ja", "en"):
        twice = [words for words, count in Counter(one.words(language) for one in questions).items() if count > 1]
        assert not twice


def test_a_list_of_no_is_no_list_of_gaps() -> None:
    questions = mds2().questions
    assert {questions[number].welcome for number in ("AUTH-3", "CSUP-2.4", "SAHD-12", "RMOT-1.3")} == {"no"}
    assert {question.welcome for number, question in questions.items() if number.startswith("MPII-3")} == {"any"}
    assert questions["ALOF-1"].welcome == "yes"


def test_gates_close_what_they_make_pointless() -> None:
    closed = {number: {gate.question for gate in gates} for number, gates in mds2().closed_by.items()}
    assert closed["CSUP-11.2"] == {"CSUP-1"}
    assert closed["CSUP-2.4"] == {"CSUP-1", "CSUP-2"}
    assert closed["MLDP-3"] == {"MLDP-2"}
    assert closed["PLOK-4"] == {"PLOK-1"}
    assert "CSUP-1" not in closed


def test_a_template_survives_json() -> None:
    for template in load_templates().values():
        packed = json.loads(json.dumps(pack_template(template)))
        assert unpack_template(packed) == template == build_template(packed, file="again")


def test_the_forms_of_jahis_hold_no_invented_questions() -> None:
    template = load_templates()["jahis"]
    assert not template.questions
    assert set(template.titles.values()) == {"mds", "sds"}


def test_areas_point_to_chapters_of_the_guideline() -> None:
    assert Area.AUTHENTICATION.chapters == (14,)
    assert all(area.chapters for area in Area)


GOOD = """
id = "x"
kind = "other"
edition = "1"
name = { ja = "例", en = "Example" }
[numbers]
pattern = '[0-9.]+'
aliases = { "1.l" = "1.1" }
[answers.words]
yes = ["はい"]
no = ["いいえ"]
[[sections]]
code = "A"
name = { ja = "一", en = "One" }
questions = [{ id = "1.1", ja = "問い", en = "Question" }, { id = "1.10", ja = "問い", en = "Question" }]
[[gates]]
question = "1.1"
answer = "no"
closes = ["1.10"]
"""


def refusal(tmp_path: Path, old: str, new: str) -> str:
    (tmp_path / "x.toml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(BrokenTemplate) as refused:
        load_templates(tmp_path)
    return str(refused.value)


def test_a_good_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(GOOD, encoding="utf-8")
    assert list(load_templates(tmp_path)["x"].questions) == ["1.1", "1.10"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "x"', 'id = "y"', "x.toml: id: must be 'x', the name of the file"),
        ('edition = "1"', "", "x.toml: edition: "),
        ('edition = "1"', 'edition = "1"\neditions = "2"', "x.toml: editions: is not a name that a template uses"),
        ('id = "1.10"', 'id = "1.1"', "sections[0].questions[1].id: '1.1' is already the number of another question"),
        ('id = "1.10"', 'id = "A-1"', "sections[0].questions[1].id: 'A-1' does not look like numbers.pattern says"),
        ('id = "1.10"', 'id = "１.10"', "must be written '1.10'"),
        ("'[0-9.]+'", "'['", "numbers.pattern: is no pattern"),
        ('= "1.1" }', '= "9" }', "numbers.aliases.1.l: must lead from a misprint to a question"),
        ('question = "1.1"', 'question = "9"', "gates[0].question: '9' is no question"),
        ('closes = ["1.10"]', 'closes = ["9"]', "gates[0].closes: closes no question"),
        ('no = ["いいえ"]', 'no = ["はい"]', "answers.words.no: 'はい' also means yes"),
        ('no = ["いいえ"]', "", "answers.words: must hold words for yes and no"),
        ("[[gates]]", '[fields]\nsize = "1.1"\n[[gates]]', "fields.size: must be one of"),
        ("[[gates]]", "[[gates", "x.toml: line"),
        ("yes = ", "perhaps = ", "answers.words.perhaps"),
    ],
)
def test_a_bad_file_is_refused_with_place_and_reason(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in refusal(tmp_path, old, new)
