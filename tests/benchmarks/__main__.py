"""`python -m tests.benchmarks`: the portal's figures, one JSON object per line.

Real uvicorn, one worker, SQLite, loopback; 100 vendors fully answered, this year and last. `queries` is counted in a
second run inside this process, because the server does not tell.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import event

from api.migrations import migrate_to_head
from models.database import Database, connect_database
from services.exports import xlsx_bytes
from settings import Settings, get_settings
from tests.benchmarks import reading
from tests.benchmarks.filling import Filled, fill
from tests.benchmarks.serving import ROOT, Client, serving
from tests.browser import BASE, Browser

ROUNDS = int(os.environ.get("PORTAL_BENCH_ROUNDS", "200"))
WARM_UP = 20
API_LIST = "/api/v1/submissions?fiscal_year=2026&limit=100"
CALLS_A_MINUTE = 250
"""As many calls as a token may make without being told to wait."""


def tell(name: str, times: list[float], queries: int | None, **more: float) -> None:
    """Print one figure; times are in milliseconds."""
    figure = {
        "name": name,
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 2) if len(times) > 1 else round(times[0], 2),
        "queries": queries,
        **more,
    }
    print(json.dumps(figure), flush=True)


def measure(act: Callable[[int], tuple[int, bytes]], rounds: int, *, expected: int = 200) -> list[float]:
    """Milliseconds of each round after a warm-up."""
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        status, body = act(number)
        times.append((time.perf_counter() - began) * 1000)
        if status != expected:
            raise RuntimeError(f"{status} instead of {expected}: {body[:300]!r}")
    return times[min(WARM_UP, rounds // 5) :]


def section_address(submission_id: UUID) -> str:
    return f"/answer/{submission_id}/sections/general"


def answer_address(submission_id: UUID) -> str:
    return f"/answer/{submission_id}/answers/2-4"


def answer_fields(number: int, version: int) -> dict[str, str]:
    return {
        "item": "2-4",
        "2-4.answer": "yes",
        "2-4.remark": f"計測 {number}",
        "2-4.version": str(version),
        "2-4.checked_on": "2026-11-01",
    }


def run(data_folder: Path, filled: Filled) -> None:
    """Measure against a server and print."""
    counted = count_queries(filled)
    api = {"Authorization": f"Bearer {filled.api_token}"}
    member, vendor = {"member": filled.member_token}, {"vendor": filled.vendor_token}
    writing, *to_submit = filled.open_submissions[1:]
    with serving(data_folder) as server:
        clerk, engineer = server.client(**member), server.client(**vendor)
        tell(
            "dashboard_100_vendors",
            measure(lambda _: clerk.send("GET", "/dashboard?year=2026"), ROUNDS),
            counted["dashboard_100_vendors"],
        )
        tell(
            "vendor_form",
            measure(lambda _: engineer.send("GET", section_address(writing)), ROUNDS),
            counted["vendor_form"],
        )
        tell("save_answer", measure(saver(engineer, writing), ROUNDS), counted["save_answer"])
        tell("submit", measure(submitter(engineer, to_submit), len(to_submit), expected=303), counted["submit"])
        # The first connection has been idle for longer than the server keeps it.
        reader = server.client(**member)
        tell(
            "assessment",
            measure(lambda _: reader.send("GET", "/assessment?year=2026"), ROUNDS),
            counted["assessment"],
        )
        program = server.client()
        tell(
            "api_list_100",
            measure(lambda _: program.send("GET", API_LIST, headers=api), min(ROUNDS, CALLS_A_MINUTE)),
            counted["api_list_100"],
        )
        memory = server.memory
        importer = server.client(**member)
        looks, takes = measure_import(importer)
        tell("import_5000", looks, None)
        tell("import_5000_take", takes, None)
        memory_after_import = server.memory
        for client in (clerk, engineer, reader, program, importer):
            client.close()
    starts = []
    for _ in range(5):
        with serving(data_folder) as server:
            starts.append(server.seconds_to_ready * 1000)
    tell("cold_start", starts, None)
    print(json.dumps({"name": "memory", "mb": round(memory, 1)}), flush=True)
    print(json.dumps({"name": "memory_after_import_5000", "mb": round(memory_after_import, 1)}), flush=True)
    print(json.dumps({"name": "installed_size", "mb": installed_size()}), flush=True)


def measure_import(client: Client, rows: int = 5000) -> tuple[list[float], list[float]]:
    """Milliseconds from giving a workbook to its preview, three times, and of the press that takes it over."""
    head = ["会社名", "フリガナ", "担当者", "部署", "メール", "直通", "郵便番号", "住所", "電話", "FAX", "備考"]
    same = ["サポート部", "support@vendor.example", "03-0000-0001", "100-0001", "東京都千代田区千代田1-1"]
    book = xlsx_bytes(
        "一覧",
        head,
        (
            [f"取込{n:04d}株式会社", "トリコミ", f"担当 {n}", *same, "03-0000-0000", "03-0000-0002", f"{n}"]
            for n in range(rows)
        ),
    )
    looks, fingerprint = [], ""
    for _ in range(3):
        began = time.perf_counter()
        client.send("POST", "/imports/new", {"kind": "vendors", "lines": ""}, file=book)
        place = client.location
        status, page = client.send("GET", place)
        looks.append((time.perf_counter() - began) * 1000)
        seen = re.search(rb'name="seen" value="(\w+)"', page)
        if status != 200 or seen is None:
            raise RuntimeError(f"{status}: {page[:300]!r}")
        fingerprint = seen[1].decode()
    began = time.perf_counter()
    status, page = client.send("POST", f"{place}/take", {"seen": fingerprint})
    takes = [(time.perf_counter() - began) * 1000]
    if status != 303:
        raise RuntimeError(f"{status}: {page[:300]!r}")
    return looks, takes


def saver(client: Client, submission_id: UUID) -> Callable[[int], tuple[int, bytes]]:
    """Save another remark each time, as autosave does."""
    version = 1

    def save(number: int) -> tuple[int, bytes]:
        nonlocal version
        status, body = client.send(
            "POST", answer_address(submission_id), answer_fields(number, version), accept="application/json"
        )
        if status == 200:
            version = json.loads(body)["version"]
        return status, body

    return save


def submitter(client: Client, submission_ids: list[UUID]) -> Callable[[int], tuple[int, bytes]]:
    """Hand in another submission each time."""
    fields = {"responsible_name": "緑川 誠", "responsible_title": "部長"}
    return lambda number: client.send("POST", f"/answer/{submission_ids[number]}/finish", fields)


def count_queries(filled: Filled) -> dict[str, int]:
    """Statements per figure, counted inside this process."""
    from api.main import create_app

    database = connect_database(get_settings().database)
    app = create_app(get_settings(), database)
    first = filled.open_submissions[0]
    clerk, engineer = Browser(app), Browser(app)
    clerk.client.cookies.set("member", filled.member_token)
    engineer.client.cookies.set("vendor", filled.vendor_token)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}

    def post(path: str, fields: dict[str, str]) -> None:
        answered = engineer.client.post(path, data=fields, headers=headers)
        assert answered.status_code in (200, 303), answered.text[:300]

    acts: dict[str, Callable[[], object]] = {
        "dashboard_100_vendors": lambda: clerk.client.get("/dashboard?year=2026"),
        "vendor_form": lambda: engineer.client.get(section_address(first)),
        "save_answer": lambda: post(answer_address(first), answer_fields(0, 1)),
        "submit": lambda: post(f"/answer/{first}/finish", {"responsible_name": "緑川 誠", "responsible_title": "部長"}),
        "assessment": lambda: clerk.client.get("/assessment?year=2026"),
        "api_list_100": lambda: call(app, filled.api_token),
    }
    counted = {name: count(database, act) for name, act in acts.items()}
    database.dispose()
    return counted


def call(app: FastAPI, token: str) -> None:
    """The list as a program asks for it."""
    answered = Browser(app).client.get(API_LIST, headers={"Authorization": f"Bearer {token}"})
    assert len(answered.json()["items"]) == 100, answered.text[:300]


def count(database: Database, act: Callable[[], object]) -> int:
    """Statements sent while something is done."""
    sent = 0

    def note(*_: object) -> None:
        nonlocal sent
        sent += 1

    engines: tuple[sa.Engine, ...] = (database.reader, database.writer)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    return sent


def installed_size() -> int:
    """Megabytes of a virtual environment with what the portal needs to run, made for this purpose."""
    folder = Path(tempfile.mkdtemp(prefix="installed-"))
    try:
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--require-hashes"]
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, *install, "--requirement", ROOT / "requirements.lock"], check=True)
        told = subprocess.run(["du", "-sm", folder / "venv"], check=True, capture_output=True, text=True)
        return int(told.stdout.split()[0])
    finally:
        shutil.rmtree(folder)


def main() -> int:
    """Fill a folder of its own, measure, clean up."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    os.environ |= {"PORTAL_DATA_FOLDER": str(folder), "PORTAL_DATABASE_URL": "", "PORTAL_RUN_JOBS": "true"}
    get_settings.cache_clear()
    settings: Settings = get_settings()
    try:
        migrate_to_head(settings)
        database = connect_database(settings.database)
        filled = fill(database)
        database.dispose()
        run(folder, filled)
    finally:
        shutil.rmtree(folder)
    return reading.main()


if __name__ == "__main__":
    sys.exit(main())
