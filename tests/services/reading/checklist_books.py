"""Workbooks laid out like the official checklists, in words of our own: for the tests of importing and filling in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter

MADE: Final = datetime(2026, 6, 1)  # noqa: DTZ001 - a file's property has no zone.
TITLE: Final = "医療機関・薬局におけるサイバーセキュリティ対策チェックリスト"
INSTITUTION: Final[Sequence[tuple[str, str, Sequence[tuple[str, str]]]]] = (
    ("１　体制づくり", "", (("①", "安全管理の責任者を決めて任せている。"),)),
    (
        "２　システムの管理・運用",
        "医療情報システム全般について、次のことをしている。",
        (
            ("①", "サーバ、端末、ネットワーク機器の台帳をつくって管理している。"),
            ("②", "遠くからの保守（リモートメンテナンス）をしている機器を事業者に確かめた。"),
            ("③", "事業者から MDS/SDS を受け取った。"),
            ("④", "職員の仕事に合わせて情報を見る権限を分けている。"),
        ),
    ),
    ("", "サーバについて、次のことをしている。", (("⑤", "使った記録（アクセスログ）を残して管理している。"),)),
    (
        "３　もしものときの備え",
        "",
        (("①", "連絡先の体制図がある。"), ("②", "バックアップをとり、戻す手順を確かめた。")),
    ),
)
VENDOR: Final[Sequence[tuple[str, str, Sequence[tuple[str, str]]]]] = (
    ("１　体制づくり", "", (("①", "システムを提供する責任者を決めている。"),)),
    (
        "２　システムの管理・運用",
        "医療情報システム全般について、次のことをしている。",
        (
            ("②", "遠くから保守している機器を確かめた。"),
            ("③", "MDS/SDS を医療機関に渡した。"),
            ("④", "権限を分けている。責任分界は別紙のとおり。"),
        ),
    ),
    ("", "サーバについて、次のことをしている。", (("⑤", "使った記録（アクセスログ）を残している。"),)),
)


def make_checklist(
    *,
    form: str = "institution",
    year: str = "令和８年度",
    family: str = "printed",
    rows: Sequence[tuple[str, str, Sequence[tuple[str, str]]]] | None = None,
    hidden_rows: Sequence[int] = (),
) -> bytes:
    """A workbook as the ministry lays them out: title, gate, sections merged on the left, checks, footnotes.

    `family` is how answers are given: "printed" (はい・いいえ in one cell with its date), "cells" (a list to choose
    from and a cell with a date), "ticks" (a column for each answer).
    """
    target = io.BytesIO()
    rows = rows if rows is not None else (VENDOR if form == "vendor" else INSTITUTION)
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet(
            {"vendor": "事業者確認用", "pharmacy": "薬局確認用"}.get(form, "医療機関・薬局確認用")
        )
        looks: dict[str, dict[str, object]] = {
            "cell": {},
            "head": {"bold": True, "bg_color": "#DDEBF7"},
            "day": {"num_format": 14},
        }
        usual = {"border": 1, "text_wrap": True, "font_name": "游ゴシック"}
        style = {name: book.add_format({**usual, **more}) for name, more in looks.items()}
        sheet.write_string(0, 0, f"{year}版")
        sheet.write_string(0, 6, {"vendor": "事業者確認用", "pharmacy": "薬局確認用"}.get(form, "医療機関・薬局確認用"))
        sheet.merge_range(1, 0, 1, 7, TITLE, book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(2, 0, "※　年度のうちに、すべての項目が「はい」になるように取り組んでください。")
        columns = _write_head(sheet, family, style)
        row = 6
        if form != "vendor":
            sheet.merge_range(row, 0, row, 1, "システムの有無", style["cell"])
            sheet.write_string(row, 2, "医療情報システムを導入し、使っている。", style["cell"])
            _write_answers(sheet, row, columns, family, style)
            row += 1
        for section, scope, items in rows:
            first = row
            if scope:
                sheet.merge_range(row, 1, row, 7, scope, style["head"])
                row += 1
            for number, label in items:
                sheet.write_string(row, 1, number, style["cell"])
                sheet.write_string(row, 2, label, style["cell"])
                _write_answers(sheet, row, columns, family, style)
                row += 1
            if section and row - first > 1:
                sheet.merge_range(first, 0, row - 1, 0, section, style["cell"])
            elif section:
                sheet.write_string(first, 0, section, style["cell"])
        sheet.write_string(row + 1, 0, "（注）②と③は、事業者と契約していないときは書かなくてかまいません。")
        for hidden in hidden_rows:
            sheet.set_row(hidden, None, None, {"hidden": True})
        sheet.set_column(0, 0, 18)
        sheet.set_column(2, 2, 52)
        sheet.print_area(0, 0, row + 1, 8)
        sheet.set_header("&C&F")
        sheet.set_landscape()
    return target.getvalue()


def _write_head(sheet: Any, family: str, style: dict[str, Any]) -> dict[str, int]:
    sheet.merge_range(4, 0, 5, 2, "チェック項目", style["head"])
    if family == "printed":
        sheet.merge_range(4, 3, 4, 5, "確認結果（日付）", style["head"])
        for column, text in ((3, "１回目"), (4, "目標日"), (5, "２回目")):
            sheet.write_string(5, column, text, style["head"])
        sheet.merge_range(4, 6, 5, 6, "備考", style["head"])
        return {"answer": 3, "target": 4, "second": 5, "remark": 6}
    width = 2 if family == "cells" else 3
    names = ("確認結果", "確認日") if family == "cells" else ("はい", "いいえ", "確認日")
    sheet.merge_range(4, 3, 4, 2 + width, "１回目", style["head"])
    sheet.merge_range(4, 3 + width, 5, 3 + width, "目標日", style["head"])
    sheet.merge_range(4, 4 + width, 4, 3 + 2 * width, "２回目", style["head"])
    for start in (3, 4 + width):
        for offset, name in enumerate(names):
            sheet.write_string(5, start + offset, name, style["head"])
    sheet.merge_range(4, 4 + 2 * width, 5, 4 + 2 * width, "備考", style["head"])
    return {"answer": 3, "target": 3 + width, "second": 4 + width, "remark": 4 + 2 * width, "width": width}


def _write_answers(sheet: Any, row: int, columns: dict[str, int], family: str, style: dict[str, Any]) -> None:
    for name in ("answer", "second"):
        place = columns[name]
        if family == "printed":
            sheet.write_string(row, place, "はい・いいえ\n（　／　）", style["cell"])
        elif family == "cells":
            sheet.write_blank(row, place, None, style["cell"])
            sheet.data_validation(row, place, row, place, {"validate": "list", "source": ["はい", "いいえ"]})
            sheet.write_blank(row, place + 1, None, style["day"])
        else:
            for offset in range(2):
                sheet.write_blank(row, place + offset, None, style["cell"])
            sheet.write_string(row, place + 2, "　　月　　日", style["cell"])
    if family == "printed":
        sheet.write_string(row, columns["target"], "（　／　）", style["cell"])
    else:
        sheet.write_blank(row, columns["target"], None, style["day"])
    sheet.write_blank(row, columns["remark"], None, style["cell"])
