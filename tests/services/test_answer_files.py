"""Answer files: what is written is read back the same, and whatever was touched or made up is refused by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from models import AnswerValue, Clinic, Member, Responsibility, Submission, Vendor
from services import answer_file_reading, answer_files, signing
from services.answer_file_reading import read_answer_file
from services.answer_file_refusals import (
    AnswerFileRefused,
    FileAltered,
    FileOfOtherForm,
    FileOfOtherVersion,
    FileTooLong,
    NoAnswerFile,
)
from services.revisions import read_answers
from settings import Settings
from tests import factories
from tests.naughty import NAUGHTY

Place = tuple[Clinic, Vendor, Member]
NO = AnswerValue.NO
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)


@pytest.fixture
def place(session: Session) -> Place:
    clinic = factories.make_clinic(session, "ひみつ医院")
    vendor, _ = factories.make_vendor(session, clinic)
    return clinic, vendor, factories.make_member(session, clinic)


def ask(session: Session, place: Place, **values: Any) -> Submission:
    clinic, vendor, member = place
    system = factories.make_system(session, clinic, vendor)
    return factories.make_submission(session, clinic, vendor, [system], created_by=member.id, **values)


def file_of(session: Session, submission: Submission, given_: dict[str, dict[str, Any]] | None = None) -> bytes:
    revision = factories.submit_answers(session, submission, given_)
    return answer_files.make_answer_file(submission=submission, revision=revision, product="KarteNova", version="5.2")


@pytest.fixture
def content(session: Session, place: Place, settings: Settings) -> bytes:
    said = {"value": NO, "target_on": date(2027, 1, 29), "remark": "次の版で", "responsibility": Responsibility.SHARED}
    return file_of(session, ask(session, place), {"2-4": said, "2-5": {"is_conditional": True, "condition": "夜間"}})


def test_a_file_tells_what_was_submitted_and_names_neither_clinic_nor_system_nor_address(
    content: bytes, place: Place
) -> None:
    payload = read_answer_file(content)
    answers = {answer.item: answer for answer in payload.answers}
    assert len(answers) == 13
    assert (answers["2-4"].value, answers["2-4"].target_on, answers["2-4"].remark) == ("no", "2027-01-29", "次の版で")
    assert (answers["2-5"].value, answers["2-5"].condition) == ("yes", "夜間")
    assert (payload.product.name, payload.product.version, payload.responsible.name) == ("KarteNova", "5.2", "緑川 誠")
    assert any("2-④" in line and "いいえ" in line for line in payload.summary)
    text = content.decode()
    for secret in (place[0].name, str(place[0].id), "@", "http", "KarteNova 1"):
        assert secret not in text, secret


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(remark=WORDS, condition=WORDS.filter(bool), product=WORDS.filter(bool), is_no=st.booleans())
def test_whatever_was_written_comes_back_the_same(
    session: Session, place: Place, remark: str, condition: str, product: str, is_no: bool
) -> None:
    said: dict[str, Any] = {"remark": remark} | (
        {"value": NO, "target_on": date(2027, 1, 29)} if is_no else {"is_conditional": True, "condition": condition}
    )
    submission = ask(session, place)
    revision = factories.submit_answers(session, submission, {"2-4": said})
    made = answer_files.make_answer_file(submission=submission, revision=revision, product=product, version="")
    payload = read_answer_file(made)
    back = answer_files.as_submitted(payload.answers)
    for key, answer in read_answers(revision).items():
        for name in ("value", "is_conditional", "condition", "checked_on", "target_on", "remark", "responsibility"):
            assert getattr(back[key], name) == getattr(answer, name), (key, name)
    assert payload.product.name == product


def test_strings_that_break_programs_survive(session: Session, place: Place) -> None:
    for text in (text for text in NAUGHTY if "\0" not in text and len(text) <= 1000):
        submission = ask(session, place)
        payload = read_answer_file(file_of(session, submission, {"2-4": {"remark": text}}))
        assert next(answer.remark for answer in payload.answers if answer.item == "2-4") == text


def altered(content: bytes, change: Callable[[dict[str, Any]], object], *, sign: bool = False) -> bytes:
    """The file with something changed in it; signed anew by the same portal where wanted."""
    file = json.loads(content)
    change(file)
    if sign:
        file["signature"] = signing.sign(answer_files.message_of(file["payload"]))
    return json.dumps(file, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["payload"]["answers"][0].update(value="no"),
        lambda file: file["payload"]["product"].update(name="別の製品"),
        lambda file: file["payload"]["answers"].pop(),
        lambda file: file["payload"]["issuer"].update(key_id="0" * 16),
        lambda file: file["payload"]["issuer"].update(public_key=signing.encode(b"\1" * 32)),
        lambda file: file["payload"]["summary"].append("x"),
        lambda file: file.update(signature=signing.encode(b"\0" * 64)),
        lambda file: file.update(signature="AAAA"),
    ],
)
def test_a_file_in_which_anything_was_touched_is_refused(
    content: bytes, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(FileAltered):
        read_answer_file(altered(content, change))


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.update(extra=1),
        lambda file: file["payload"].pop("summary"),
        lambda file: file["payload"]["answers"][0].update(value="maybe"),
        lambda file: file["payload"]["answers"][0].update(checked_on="2026-13-45"),
        lambda file: file["payload"]["answers"][0].update(remark="x" * 4001),
        lambda file: file["payload"]["answers"][0].update(remark="a\0b"),
        lambda file: file["payload"]["answers"][0].update(item="../../x"),
        lambda file: file["payload"].update(answers=file["payload"]["answers"][:1] * 2),
        lambda file: file["payload"].update(answers=file["payload"]["answers"] * 30),
        lambda file: file["payload"].update(fiscal_year="2026"),
        lambda file: file["payload"].update(fiscal_year=True),
        lambda file: file["payload"].update(issued_at="2026-02-30T00:00:00Z"),
    ],
)
def test_a_file_that_is_signed_but_not_of_the_format_is_refused(
    content: bytes, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(NoAnswerFile):
        read_answer_file(altered(content, change, sign=True))


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"PK\x03\x04",
        b"\xff\xfe{}",
        b"null",
        b"[]",
        b'"' + b"x" * 1000,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"format": "vendor-answer-file", "format": "vendor-answer-file", "version": 1}',
        b'{"format": "vendor-answer-file", "version": 1}',
        b'{"format": "vendor-answer-file", "version": 1, "payload": NaN, "signature": "x"}',
        b'{"format": "vendor-answer-file", "version": 1, "payload": 1e999, "signature": "x"}',
        b'{"format": "vendor-answer-file", "version": 1, "payload": ' + b"9" * 5000 + b', "signature": "x"}',
        b'{"format": ["vendor-answer-file"], "version": 1}',
    ],
)
def test_what_is_no_answer_file_is_refused_as_such(junk: bytes) -> None:
    with pytest.raises(NoAnswerFile):
        read_answer_file(junk)


def test_half_a_character_is_refused(content: bytes) -> None:
    broken = content.replace("次の版で".encode(), b"\\ud800")
    with pytest.raises(AnswerFileRefused):
        read_answer_file(broken)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place_=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_no_single_byte_can_be_changed_unnoticed(content: bytes, place_: int, byte: int) -> None:
    at = place_ % len(content)
    changed = content[:at] + bytes([byte]) + content[at + 1 :]
    try:
        payload = read_answer_file(changed)
    except AnswerFileRefused:
        return
    assert payload == read_answer_file(content), "only white space may differ"


def test_too_large_files_and_later_formats_are_told_apart(content: bytes) -> None:
    with pytest.raises(FileTooLong):
        read_answer_file(b" " * (answer_files.LARGEST + 1))
    with pytest.raises(FileOfOtherVersion):
        read_answer_file(altered(content, lambda file: file.update(version=2)))


def test_a_file_of_an_older_edition_is_led_over_and_one_of_another_form_is_refused(
    session: Session, place: Place
) -> None:
    older = file_of(session, ask(session, place, edition_id="r6"))
    newer = file_of(session, ask(session, place))
    now = ask(session, place)
    answer_file_reading.bring_in(session, submission=now, content=older, person="vera")
    earlier = answer_file_reading.find_earlier(session, submission=now)
    assert earlier is not None
    assert earlier.form.edition_id == "r6"
    with pytest.raises(FileOfOtherForm):
        answer_file_reading.bring_in(
            session, submission=ask(session, place, edition_id="r5"), content=newer, person="vera"
        )
    invented = altered(newer, lambda file: file["payload"]["edition"].update(items_sha256="0" * 64), sign=True)
    with pytest.raises(FileOfOtherForm):
        answer_file_reading.bring_in(session, submission=now, content=invented, person="vera")
    strange = altered(newer, lambda file: file["payload"]["answers"][0].update(item="9-9"), sign=True)
    with pytest.raises(FileOfOtherForm):
        answer_file_reading.bring_in(session, submission=now, content=strange, person="vera")


def test_a_file_brought_later_takes_the_place_of_the_one_before(session: Session, place: Place) -> None:
    now = ask(session, place)
    for remark in ("一つめ", "二つめ"):
        content = file_of(session, ask(session, place), {"2-4": {"remark": remark}})
        answer_file_reading.bring_in(session, submission=now, content=content, person="vera")
    earlier = answer_file_reading.find_earlier(session, submission=now)
    assert earlier is not None
    assert earlier.answers["2-4"].remark == "二つめ"
