"""A gallery of every component and of the main pages' sketches: rendered for the tests, photographed for people.

`python -m tests.web.gallery FOLDER` photographs it with Chromium in both languages, light and dark, wide and narrow."""

from __future__ import annotations

import argparse
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader

from services.languages import speaking
from web import rendering

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "web" / "templates"
STATIC = ROOT / "web" / "static"
SKETCHES = Path(__file__).parent / "gallery_pages"
PAGES = sorted(path.stem for path in SKETCHES.glob("[a-z]*.html"))
TOKYO = ZoneInfo("Asia/Tokyo")
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"
)
NOW = datetime(2026, 11, 22, 14, 32, tzinfo=TOKYO)


@dataclass
class Submitted:
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Viewer:
    name: str = "佐藤 恵子"
    email: str = "sato@yamamoto-clinic.example"
    clinic_id: str = "1"
    clinic_name: str = "やまもと内科クリニック"
    role: str = "owner"
    clinics: tuple[tuple[str, str], ...] = (("1", "やまもと内科クリニック"), ("2", "やまもと訪問診療所"))
    may_edit: bool = True
    is_owner: bool = True
    is_operator: bool = False
    is_in_group: bool = False


@dataclass(frozen=True)
class Row:
    id: int
    vendor: str
    system: str
    stage: str
    answered: int
    total: int
    documents: str
    no_count: int
    due_on: date
    is_overdue: bool
    action: str


def rows(count: int = 12) -> list[Row]:
    """Realistic rows of the dashboard: twelve vendors in every stage, repeated when more are asked for."""
    told = [
        ("みどり電子カルテ", "KarteNova", "in_progress", 12, "SDS 受領", 2, date(2027, 1, 15), False, "催促"),
        ("あおば医事システム", "レセプト博士", "accepted", 13, "MDS・SDS 受領", 0, date(2027, 1, 15), False, ""),
        ("北斗画像", "PACS Polaris", "submitted", 13, "MDS 受領", 3, date(2027, 1, 15), False, "確認する"),
        ("サクラネットワークス", "院内ネットワーク保守", "overdue", 4, "未受領", 1, date(2026, 11, 13), True, "催促"),
        ("東洋検査サービス", "検査結果オンライン", "accepted", 13, "SDS 受領", 1, date(2027, 1, 15), False, ""),
        ("ひまわり予約", "ひまわりWEB予約", "invited", 0, "未受領", 0, date(2027, 1, 15), False, "送り直す"),
        ("メディリンク", "オンライン資格確認端末", "opened", 0, "未受領", 0, date(2027, 1, 15), False, "催促"),
        (
            "コトブキ医療機器",
            "心電図ファイリング CardioBox",
            "declined",
            0,
            "未受領",
            0,
            date(2027, 1, 15),
            False,
            "記録する",
        ),
        ("つばさ薬歴", "つばさ薬歴クラウド", "returned", 13, "SDS 受領", 2, date(2026, 12, 18), False, "待つ"),
        ("ミナト通信", "VPN ルーター保守", "overdue", 0, "未受領", 0, date(2026, 11, 13), True, "催促"),
        ("はやぶさ介護ソフト", "訪問看護レコード", "accepted", 13, "MDS・SDS 受領", 0, date(2027, 1, 15), False, ""),
        ("グリーンサプライ", "在庫管理 くすり箱", "draft", 0, "未受領", 0, date(2027, 1, 15), False, "依頼する"),
    ]
    return [
        Row(number, vendor, system, stage, answered, 13, documents, no_count, due_on, late, action)
        for number in range(count)
        for vendor, system, stage, answered, documents, no_count, due_on, late, action in [told[number % len(told)]]
    ]


def environment(language: str) -> Environment:
    """The product's own environment with the sketches beside its templates."""
    return rendering.environment(language).overlay(loader=FileSystemLoader([TEMPLATES, SKETCHES]))


def address(name: str, **parameters: object) -> str:
    """Stands in for the addresses of routes, so that the components are shown without the pages."""
    return "/" + "/".join([name, *map(str, parameters.values())])


def context() -> dict[str, Any]:
    """What the sketches show."""
    return {
        "url": address,
        "here": "/gallery",
        "now": NOW,
        "today": NOW.date(),
        "notices": [],
        "current": "show_dashboard",
        "viewer": Viewer(),
        "rows": rows(),
        "empty_form": Submitted(),
        "wrong_form": Submitted(
            {
                "name": "佐藤 恵子",
                "email": "sato@yamamoto",
                "due_on": "2027-01-15",
                "kind": "clinic",
                "sent_by": "mail",
            },
            {
                "email": "メールアドレスの形になっていません。「@」の後ろをご確認ください。",
                "due_on": "期限は今日より後の日にしてください。",
            },
        ),
        "answers": Submitted(
            {"2-4.answer": "yes", "2-5.answer": "no", "2-5.target_on": "2027-03-31", "2-6.answer": ""}
        ),
        "leave_url": "/vendor/leave",
    }


def render(name: str, language: str) -> str:
    with speaking(language):
        return environment(language).get_template(f"{name}.html").render(context())


@contextmanager
def served() -> Iterator[str]:
    """Serve /LANGUAGE/PAGE and the static files under the product's content security policy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if static := re.fullmatch(r"/static/([\w./-]+)", path):
                body = (STATIC / static[1]).read_bytes()
                kind = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}[
                    static[1].rpartition(".")[2]
                ]
            elif page := re.fullmatch(r"/(ja|en)/(\w+)", path):
                body, kind = render(page[2], page[1]).encode(), "text/html; charset=utf-8"
            else:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header(
                "Content-Security-Policy",
                POLICY,
            )
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", nargs="*", default=PAGES)
    parser.add_argument("--languages", nargs="*", default=["ja"])
    parser.add_argument("--serve", action="store_true", help="serve the gallery until stopped, without photographs")
    chosen = parser.parse_args()
    with served() as home:
        if chosen.serve:
            print(f"{home}/ja/components")
            threading.Event().wait()
        photograph(home, chosen.folder, chosen.pages, chosen.languages)


def photograph(home: str, folder: Path, pages: list[str], languages: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*arguments, "--disable-sync"])
        for language in languages:
            for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)):
                tab = browser.new_page(
                    viewport={"width": width, "height": 800 if width > 400 else 720},
                    color_scheme="dark" if scheme == "dark" else "light",
                    locale=language,
                )
                tab.on("console", lambda message: print(message.text))
                for name in pages:
                    tab.goto(f"{home}/{language}/{name}")
                    overflow = tab.evaluate(
                        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    )
                    if overflow > 0:
                        print(f"{name} {language} {width}: {overflow} px too wide")
                    tab.screenshot(path=folder / f"{name}-{language}-{scheme}-{width}.png", full_page=True)
                tab.close()
        browser.close()


if __name__ == "__main__":
    main()
