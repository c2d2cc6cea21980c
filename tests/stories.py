"""What people of the tests do again and again, through the pages: answer, upload, hand in, review."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from models import Submission
from services import clock, editions
from services.due_dates import is_working_day
from tests.browser import BASE, Page
from tests.people import Clerk, Engineer


def pdf_of(size: int = 0, words: str = "SDS") -> bytes:
    """A valid PDF of at least this many bytes."""
    drawing = zlib.compress(f"BT /F1 18 Tf 60 760 Td ({words}) Tj ET".encode())
    filling = b"%" + b"x" * max(0, size - 700) + b"\n"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(drawing), drawing),
    ]
    file, places = b"%PDF-1.7\n" + filling, []
    for number, part in enumerate(parts, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + trailer


def answers_of(
    submission: Submission,
    section_key: str,
    no: Mapping[str, date] | None = None,
    remark: str = "次の保守で対応します。",
) -> dict[str, str]:
    """The fields of one section: はい everywhere, but いいえ with a target date where asked for."""
    section = next(part for part in editions.read_form(submission.asked).sections if part.key == section_key)
    values: dict[str, str] = {}
    for item in section.items:
        target = (no or {}).get(item.key)
        values[f"{item.key}.answer"] = "no" if target else "yes"
        values[f"{item.key}.checked_on"] = clock.today().isoformat()
        values[f"{item.key}.responsibility"] = "vendor"
        if target:
            values |= {f"{item.key}.target_on": target.isoformat(), f"{item.key}.remark": remark}
    return values


def fill_in(vera: Engineer, submission: Submission, no: Mapping[str, date] | None = None) -> None:
    """Answer every section by its Save button."""
    for section in editions.read_form(submission.asked).sections:
        address = f"/answer/{submission.id}/sections/{section.key}"
        page = vera.open(address)
        if page.status == 200 and page.path == address:
            page.submit(address, answers_of(submission, section.key, no))


def hand_in(vera: Engineer, submission: Submission, name: str = "緑川 誠", title: str = "サポート部 部長") -> Page:
    """Sign for the answers and submit."""
    page = vera.open(f"/answer/{submission.id}/finish")
    return page.submit("/finish", {"responsible_name": name, "responsible_title": title})


def answer_everything(vera: Engineer, submission: Submission, no: Mapping[str, date] | None = None) -> Page:
    """Answer all items and submit."""
    fill_in(vera, submission, no)
    return hand_in(vera, submission)


def transcript_of(submission: Submission, **values: Any) -> dict[str, Any]:
    """What the clinic types in for a vendor: each item with a plain はい, from a fax."""
    fields: dict[str, Any] = {
        "source": "fax",
        "said_by": "緑川 誠",
        "said_by_title": "品質保証部",
        "said_on": clock.today().isoformat(),
    }
    for section in editions.read_form(submission.asked).sections:
        fields |= answers_of(submission, section.key)
    return fields | values


def type_in(alice: Clerk, submission: Submission, **values: Any) -> Page:
    """Type the vendor's answers in and enter them."""
    page = alice.open(f"/submissions/{submission.id}/transcript")
    return page.submit("/transcript", transcript_of(submission, **values), button="then=submit")


def upload(vera: Engineer, submission: Submission, name: str, content: bytes | None = None) -> Page:
    """Upload one file as the page does without JavaScript."""
    address = f"/answer/{submission.id}/documents"
    files = [("files", (name, io.BytesIO(content or pdf_of()), "application/octet-stream"))]
    response = vera.browser.client.post(address, files=files, headers={"Sec-Fetch-Site": "same-origin", "Origin": BASE})
    return vera.browser._arrive(response)


def in_days(days: int) -> date:
    """The date in Japan some days from today, or the working day after it: asking for another day is questioned."""
    day = clock.today() + timedelta(days=days)
    while days and not is_working_day(day):
        day += timedelta(days=1)
    return day
