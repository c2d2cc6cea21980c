"""Files of a vendor: several at once, judged one by one, each durable before its receipt is given."""

from __future__ import annotations

import hashlib
import os
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from httpx2 import Response
from sqlalchemy import event
from sqlmodel import col, select

from models import Document, DocumentKind, ScanState, Submission
from models.database import Database
from services import clock, storage, submissions
from settings import MEGABYTE, Settings, get_settings
from tests.browser import BASE, Browser, Page
from tests.naughty import NAUGHTY
from tests.people import Engineer
from tests.stories import answer_everything, pdf_of, upload
from web.uploads import open_receiver

SAME_SITE = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}
JSON = {"Accept": "application/json"}


def png() -> bytes:
    """A picture of one point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


PNG = png()


@pytest.fixture
def page(asked: Submission, vera: Engineer) -> Page:
    """The page of files, opened by Vera."""
    vera.enters()
    return vera.open(f"/answer/{asked.id}/documents")


def send(browser: Browser, asked: Submission, *files: tuple[str, bytes], **headers: str) -> Response:
    """Several files in one form."""
    parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
    return browser.client.post(f"/answer/{asked.id}/documents", files=parts, headers={**SAME_SITE, **headers})


def send_raw(browser: Browser, asked: Submission, body: bytes | Iterator[bytes], kind: str = "") -> Response:
    """A body as it is."""
    kind = kind or "multipart/form-data; boundary=b"
    headers = {**SAME_SITE, **JSON, "Content-Type": kind}
    return browser.client.post(f"/answer/{asked.id}/documents", content=body, headers=headers)


def rows(database: Database) -> Sequence[Document]:
    with database.open_reader() as session:
        return session.exec(select(Document).order_by(col(Document.file_name))).all()


def files_on_disk(settings: Settings) -> list[Path]:
    return [path for path in settings.files_folder.rglob("*") if path.is_file()]


def limit(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"PORTAL_{name.upper()}", str(value))
    get_settings.cache_clear()


def test_several_files_arrive_at_once_and_each_has_its_receipt(
    asked: Submission, database: Database, settings: Settings, page: Page, vera: Engineer
) -> None:
    sds, mds = pdf_of(words="sds"), pdf_of(3000, words="mds")
    arrived = vera.browser._arrive(
        send(vera.browser, asked, ("KarteNova_SDS.pdf", sds), ("KarteNova_MDS.pdf", mds), ("写真.png", PNG))
    )
    assert arrived.says("3件のファイルが届きました。")
    for name, content in (("KarteNova_SDS.pdf", sds), ("KarteNova_MDS.pdf", mds), ("写真.png", PNG)):
        assert arrived.says(name)
        assert arrived.says(hashlib.sha256(content).hexdigest())
    kept = {row.file_name: row for row in rows(database)}
    assert {name: row.kind for name, row in kept.items()} == {
        "KarteNova_SDS.pdf": DocumentKind.SDS,
        "KarteNova_MDS.pdf": DocumentKind.MDS,
        "写真.png": DocumentKind.OTHER,
    }
    for row in kept.values():
        pieces = storage.open_file(settings.files_folder, row.storage_key, sha256=row.sha256)
        assert sum(map(len, pieces)) == row.size
    assert {path.name for path in files_on_disk(settings)} == {row.storage_key for row in kept.values()}


def test_one_wrong_file_does_not_lose_the_others(
    asked: Submission, database: Database, settings: Settings, page: Page, vera: Engineer
) -> None:
    answered = vera.browser._arrive(
        send(
            vera.browser,
            asked,
            ("MDS.pdf", pdf_of()),
            ("macro.xlsm", b"PK\x03\x04"),
            ("empty.pdf", b""),
            ("liar.pdf", PNG),
            ("SDS.pdf", pdf_of()),
        )
    )
    assert answered.status == 422
    assert answered.says("3件のファイルは受け取れませんでした")
    for name in ("macro.xlsm", "empty.pdf", "liar.pdf"):
        assert answered.says(name)
    assert answered.says("ほかのファイルは届いています。")
    assert [row.file_name for row in rows(database)] == ["MDS.pdf", "SDS.pdf"]
    assert len(files_on_disk(settings)) == 2, "Of what was refused nothing stays."


def test_the_script_gets_a_receipt_and_a_row_for_its_page(asked: Submission, page: Page, vera: Engineer) -> None:
    content = pdf_of()
    told = send(vera.browser, asked, ("SDS.pdf", content), **JSON)
    assert told.status_code == 200
    receipt = told.json()
    assert (receipt["name"], receipt["size"]) == ("SDS.pdf", len(content))
    assert receipt["sha256"] == hashlib.sha256(content).hexdigest()
    assert receipt["row_html"].startswith("<li")
    assert receipt["sha256"] in receipt["row_html"]
    refused = send(vera.browser, asked, ("notes.txt", b"hello"), **JSON)
    assert refused.status_code == 415
    assert "PDF" in refused.json()["sentence"]


def test_a_file_at_the_limit_is_taken_and_one_byte_more_is_not(
    asked: Submission,
    database: Database,
    settings: Settings,
    page: Page,
    vera: Engineer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = pdf_of(200_000)
    limit(monkeypatch, upload_limit=len(content))
    assert send(vera.browser, asked, ("SDS.pdf", content), **JSON).status_code == 200
    limit(monkeypatch, upload_limit=len(content) - 1)
    refused = send(vera.browser, asked, ("MDS.pdf", content), **JSON)
    assert refused.status_code == 413
    assert "195 KB" in refused.json()["sentence"]
    assert len(rows(database)) == len(files_on_disk(settings)) == 1


def test_a_file_too_large_does_not_lose_the_others(
    asked: Submission, database: Database, page: Page, vera: Engineer, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, upload_limit=50_000)
    answered = vera.browser._arrive(
        send(vera.browser, asked, ("a.pdf", pdf_of()), ("b.pdf", pdf_of(60_000)), ("c.pdf", pdf_of()))
    )
    assert answered.says("b.pdf")
    assert answered.says("1つのファイルは49 KBまでです")
    assert [row.file_name for row in rows(database)] == ["a.pdf", "c.pdf"]


def test_quotas_are_told_in_words_and_leave_nothing_behind(
    asked: Submission,
    database: Database,
    settings: Settings,
    page: Page,
    vera: Engineer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(monkeypatch, submission_file_limit=1)
    answered = vera.browser._arrive(send(vera.browser, asked, ("a.pdf", pdf_of()), ("b.pdf", pdf_of())))
    assert answered.says("1つの依頼に送れるファイルは1件までです。")
    assert len(rows(database)) == len(files_on_disk(settings)) == 1
    refused = send(vera.browser, asked, ("c.pdf", pdf_of()), **JSON)
    assert refused.status_code == 413


def test_a_full_disk_is_told_before_a_byte_is_written(
    asked: Submission,
    database: Database,
    settings: Settings,
    page: Page,
    vera: Engineer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit(monkeypatch, disk_reserve=10**15)
    refused = send(vera.browser, asked, ("SDS.pdf", pdf_of()), **JSON)
    assert refused.status_code == 507
    assert "運用者" in refused.json()["sentence"]
    assert rows(database) == []
    assert files_on_disk(settings) == []


HEAD = b'--b\r\nContent-Disposition: form-data; name="files"; filename="SDS.pdf"\r\n\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (HEAD + pdf_of() + b"\r\n", ""),
        (HEAD + pdf_of()[:100], ""),
        (HEAD + pdf_of() + b"\r\n--b", ""),
        (HEAD, ""),
        (b"", ""),
        (b"nonsense", ""),
        (b"--b\r\n" + b"X" * 5000 + b": y\r\n\r\n\r\n--b--\r\n", ""),
        (HEAD + pdf_of() + b"\r\n--b--\r\n", "multipart/form-data"),
        (HEAD + pdf_of() + b"\r\n--b--\r\n", "application/x-www-form-urlencoded"),
        (HEAD + pdf_of() + b"\r\n--b--\r\n", "multipart/form-data; boundary=" + "b" * 300),
    ],
)
def test_a_broken_body_is_refused_whole_and_leaves_nothing(
    asked: Submission, database: Database, settings: Settings, page: Page, vera: Engineer, body: bytes, kind: str
) -> None:
    refused = send_raw(vera.browser, asked, body, kind)
    assert refused.status_code == 400
    assert "もう一度お送りください" in refused.json()["sentence"]
    assert rows(database) == []
    assert files_on_disk(settings) == []


def test_a_sound_body_in_tiny_pieces_arrives_whole(
    asked: Submission, database: Database, page: Page, vera: Engineer
) -> None:
    content = pdf_of(5000)
    body = HEAD + content + b"\r\n--b--\r\n"
    assert send_raw(vera.browser, asked, (bytes([byte]) for byte in body)).status_code == 200
    [row] = rows(database)
    assert (row.size, row.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_other_fields_and_files_under_other_names_are_left_alone(
    asked: Submission, database: Database, page: Page, vera: Engineer
) -> None:
    other = b'--b\r\nContent-Disposition: form-data; name="avatar"; filename="x.pdf"\r\n\r\n' + pdf_of() + b"\r\n"
    field = b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\n/etc/passwd\r\n'
    refused = send_raw(vera.browser, asked, other + field + b"--b--\r\n")
    assert refused.status_code == 422
    assert rows(database) == []


def test_no_file_chosen_is_said(asked: Submission, page: Page, vera: Engineer) -> None:
    empty = b'--b\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n--b--\r\n'
    headers = {**SAME_SITE, "Content-Type": "multipart/form-data; boundary=b"}
    response = vera.browser.client.post(page.path, content=empty, headers=headers)
    answered = vera.browser._arrive(response)
    assert answered.status == 422
    assert answered.says("先にファイルを選んでください。")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\田中\\SDS.pdf", "SDS.pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("“引用”と'一重'.pdf", "“引用”と'一重'.pdf"),
        ("あ" * 300 + ".pdf", "あ" * 116 + ".pdf"),
        (".pdf", "file.pdf"),
    ],
)
def test_hostile_names_become_harmless_data(
    asked: Submission, database: Database, page: Page, vera: Engineer, name: str, kept: str
) -> None:
    disposition = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    told = send_raw(vera.browser, asked, disposition + pdf_of() + b"\r\n--b--\r\n")
    assert told.status_code == 200, told.text
    assert told.json()["name"] == kept
    [row] = rows(database)
    opened = vera.browser.client.get(f"/answer/{asked.id}/documents/{row.id}/file")
    assert opened.headers["content-disposition"].startswith("attachment; ")
    assert "\r" not in opened.headers["content-disposition"]


@pytest.mark.parametrize("words", NAUGHTY)
def test_naughty_names_are_shown_as_text(asked: Submission, page: Page, vera: Engineer, words: str) -> None:
    told = send(vera.browser, asked, (f"{words}.pdf", pdf_of()), **JSON)
    assert told.status_code == 200
    assert "<script" not in told.json()["row_html"]
    assert vera.open(page.path).says(told.json()["name"])


def test_a_file_is_described_and_belongs_to_a_system(
    asked: Submission, database: Database, page: Page, vera: Engineer
) -> None:
    upload(vera, asked, "SDS.pdf")
    [row] = rows(database)
    action, field = f"/documents/{row.id}", f"{row.id}."
    with database.open_reader() as session:
        [system] = submissions.list_covered_systems(session, submission=asked)
    described = vera.open(page.path).submit(
        action,
        {
            f"{field}kind": "mds",
            f"{field}product": "KarteNova 院内版",
            f"{field}version": "5.0",
            f"{field}issued_on": "2026-04-01",
        },
    )
    assert described.says("保存しました：SDS.pdf")
    [row] = rows(database)
    assert (row.kind, row.product, row.version, str(row.issued_on)) == ("mds", "KarteNova 院内版", "5.0", "2026-04-01")
    assert row.system_id == system.id, "What the page does not ask stays as it was."
    wrong = described.submit(action, {f"{field}issued_on": "never", f"{field}product": "x" * 201})
    assert wrong.status == 422
    assert len(wrong.tree.xpath("//*[@aria-invalid='true']")) == 2


def test_a_file_can_be_taken_back_until_it_is_submitted(
    asked: Submission, database: Database, page: Page, vera: Engineer
) -> None:
    upload(vera, asked, "MDS.pdf")
    upload(vera, asked, "SDS.pdf")
    mds, sds = rows(database)
    gone = vera.open(page.path).submit(f"/documents/{mds.id}/remove")
    assert gone.says("MDS.pdf を取り消しました。")
    assert not gone.tree.xpath(f"//*[@id='file-{mds.id}']")
    assert vera.open(f"/answer/{asked.id}/documents/{mds.id}/file").status == 404
    before = vera.open(page.path)
    answer_everything(vera, asked)
    refused = before.submit(f"/documents/{sds.id}/remove")
    assert refused.status == 409
    late = send(vera.browser, asked, ("late.pdf", pdf_of()), **JSON)
    assert late.status_code == 409
    [row] = [row for row in rows(database) if row.removed_at is None]
    assert row.submitted_at is not None


def test_own_files_are_opened_again_as_attachments(asked: Submission, page: Page, vera: Engineer) -> None:
    content = pdf_of(300_000)
    upload(vera, asked, "開示書 SDS.pdf", content)
    [link] = vera.open(page.path).tree.xpath("//a[contains(@href,'/file')]/@href")
    opened = vera.browser.client.get(link)
    assert opened.content == content
    assert opened.headers["content-type"] == "application/pdf"
    assert opened.headers["content-security-policy"].startswith("sandbox")
    assert "filename*=UTF-8''%E9%96%8B" in opened.headers["content-disposition"]


def test_an_infected_file_is_never_given_out(asked: Submission, database: Database, page: Page, vera: Engineer) -> None:
    upload(vera, asked, "SDS.pdf")
    with database.open_writer() as session:
        row = session.exec(select(Document)).one()
        row.scan_state = ScanState.INFECTED
        session.commit()
    assert vera.open(f"/answer/{asked.id}/documents/{row.id}/file").status == 403


def test_the_write_lock_is_free_while_a_slow_file_arrives(
    asked: Submission, database: Database, page: Page, vera: Engineer
) -> None:
    """Another transaction begins and ends between two pieces of the body."""
    wrote = []

    def slowly() -> Iterator[bytes]:
        yield HEAD
        with database.open_writer() as session:
            session.get_one(Submission, asked.id).message = "in the meantime"
            session.commit()
            wrote.append(True)
        yield pdf_of() + b"\r\n--b--\r\n"

    assert send_raw(vera.browser, asked, slowly()).status_code == 200
    assert wrote


def test_files_sent_after_a_pause_are_not_read_and_their_page_comes_back(
    asked: Submission, database: Database, settings: Settings, page: Page, vera: Engineer
) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=45), tick=False):
        asked_again = vera.browser._arrive(send(vera.browser, asked, ("SDS.pdf", pdf_of())))
        assert asked_again.status == 401
        code_page = asked_again.submit("/again")
        assert code_page.submit("/code", {"code": vera.code}).path == page.path
    assert rows(database) == []
    assert files_on_disk(settings) == []


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_what_cannot_be_made_durable_is_not_acknowledged(
    asked: Submission,
    database: Database,
    settings: Settings,
    page: Page,
    vera: Engineer,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "rename", fail)
    refused = send(vera.browser, asked, ("SDS.pdf", pdf_of()), **JSON)
    monkeypatch.undo()
    assert refused.status_code == 507
    assert rows(database) == []
    assert files_on_disk(settings) == []


def test_the_file_is_durable_before_its_row_and_the_row_before_the_answer(
    asked: Submission, database: Database, page: Page, vera: Engineer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of the steps is what a power cut cannot take back."""
    order: list[str] = []

    def note(word: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            order.append(word)
            return function(*args, **kwargs)

        return noted

    monkeypatch.setattr(os, "fsync", note("flush", os.fsync))
    monkeypatch.setattr(Path, "rename", note("rename", Path.rename))
    event.listen(database.writer, "commit", lambda _connection: order.append("commit"))
    assert send(vera.browser, asked, ("SDS.pdf", pdf_of()), **JSON).status_code == 200
    order.append("answer")
    assert order[:2] == ["flush", "rename"]
    assert order[2:-2].count("flush") >= 2, "The folders are flushed too."
    assert order[-2:] == ["commit", "answer"]


def test_memory_stays_small_while_a_large_file_arrives(settings: Settings) -> None:
    receiver = open_receiver(b"b")
    tracemalloc.start()
    receiver.write(HEAD + b"%PDF-1.7\n")
    for _ in range(80):
        receiver.write(b"%" + b"x" * (MEGABYTE // 2 - 2) + b"\n")
    receiver.write(b"%%EOF\n\r\n--b--\r\n")
    receiver.settle()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    [arrival] = receiver.arrivals
    assert arrival.stored is not None
    assert arrival.stored.size > 40 * MEGABYTE - 1000
    assert peak < 4 * MEGABYTE


def test_a_stranger_gets_404_and_leaves_nothing(
    asked: Submission, database: Database, settings: Settings, page: Page, vera: Engineer, stranger: Browser
) -> None:
    upload(vera, asked, "SDS.pdf")
    [row] = rows(database)
    assert stranger.open(page.path).status == 404
    for path in (str(row.id), f"{row.id}/remove"):
        assert stranger.post(f"{page.path}/{path}", {"kind": "mds"}).status == 404
    assert stranger.open(f"{page.path}/{row.id}/file").status == 404
    assert send_raw(stranger, asked, HEAD + pdf_of() + b"\r\n--b--\r\n").status_code == 404
    assert len(files_on_disk(settings)) == 1
