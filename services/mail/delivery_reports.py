"""Delivery reports: what a returned mail says, read from bytes that anybody may have sent.

Understood are reports by the standard (RFC 3464) and the plain letters of qmail, Postfix, Exim and others. Only a
failure counts: a report that a mail is delayed, relayed or delivered has nothing to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from typing import Final

import structlog

from services.mail.sending import shorten

log = structlog.get_logger(__name__)

MOST_BYTES: Final = 256 * 1024
"""As much of a mail is read; the report stands before the mail that is returned with it."""

MOST_PARTS: Final = 50

OURS: Final = re.compile(rb"<[0-9a-f]{32}@[A-Za-z0-9.-]{1,200}>")
"""How the portal names its mails; whether there is such a mail, the database knows."""

_STATUS: Final = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY: Final = re.compile(r"(?<![\d.-])([45])\d\d(?=[ -][^\d])")
_DAEMON: Final = re.compile(r"mailer-daemon|postmaster|mail delivery (?:sub)?system", re.IGNORECASE)
_ONLY_LATE: Final = re.compile(
    r"delayed|will (?:continue|keep) (?:to try|trying)|will be retried|still being|not yet been delivered|"
    r"do not need to resend",
    re.IGNORECASE,
)
_FOR_GOOD: Final = re.compile(r"permanent (?:fatal )?error|permanently|gave up|giving up|given up", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"<?([^\s<>;:,\"]{1,100}@[A-Za-z0-9.-]{1,150})>?")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A failure: names of mails that it may be about, to whom it could not be brought, and why.

    `recipients` may be empty, where the report does not say; `is_permanent` where trying again cannot help.
    """

    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]
    is_permanent: bool
    status: str
    words: str


def read_report(raw: bytes) -> DeliveryReport | None:
    """The failure that a mail reports; None for every other mail, whatever it is."""
    try:
        return _read(raw[:MOST_BYTES])
    except Exception:
        # Whoever knows the mailbox can send anything; what cannot be read reports nothing.
        log.warning("mail.report_unreadable", exc_info=True)
        return None


def _read(raw: bytes) -> DeliveryReport | None:
    mail = BytesParser().parsebytes(raw)
    message_ids = _find_message_ids(raw, mail)
    if not message_ids:
        return None
    if mail.get_content_type() == "multipart/report" and "delivery-status" in str(mail.get_param("report-type", "")):
        return _read_standard(mail, message_ids)
    return _read_plain(mail, message_ids)


def _find_message_ids(raw: bytes, mail: Message) -> tuple[str, ...]:
    """Every name of ours in the mail and in its encoded parts, in the order in which they stand."""
    found = OURS.findall(raw)
    for part in _parts(mail):
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            found += OURS.findall(content) if isinstance(content, bytes) else []
    return tuple(dict.fromkeys(name.decode("ascii") for name in found))


def _parts(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number >= MOST_PARTS:
            return
        yield part


def _read_standard(mail: Message, message_ids: tuple[str, ...]) -> DeliveryReport | None:
    """The first recipient to whom it failed; the fields of each stand in a block of their own."""
    for part in _parts(mail):
        if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed":
                return _describe_failure(block, message_ids)
    return None


def _describe_failure(block: Message, message_ids: tuple[str, ...]) -> DeliveryReport:
    named = [str(block.get(field, "")) for field in ("Original-Recipient", "Final-Recipient")]
    recipients = [found[1].lower() for text in named if (found := _ADDRESS.search(text.rpartition(";")[2]))]
    words = str(block.get("Diagnostic-Code", "")).partition(";")[2] or str(block.get("Diagnostic-Code", ""))
    status = _STATUS.search(str(block.get("Status", ""))) or _STATUS.search(words)
    return DeliveryReport(
        message_ids=message_ids,
        recipients=tuple(dict.fromkeys(recipients)),
        is_permanent=status is not None and status[1] == "5",
        status=status[0] if status else "",
        words=shorten(words, keep=" ".join(recipients)),
    )


def _read_plain(mail: Message, message_ids: tuple[str, ...]) -> DeliveryReport | None:
    """A letter by a mail server: from its daemon, about a failure, with a code or in the words of old."""
    sender = f"{mail.get('Return-Path', '')} {mail.get('From', '')}"
    if not (_DAEMON.search(sender) or str(mail.get("Return-Path", "")).strip() == "<>"):
        return None
    text = next((_text_of(part) for part in _parts(mail) if part.get_content_type() == "text/plain"), "")
    # What was sent is often returned below; only the letter above it speaks.
    letter = OURS.split(text.encode())[0].decode("utf-8", "replace")
    code, reply = _STATUS.search(letter), _REPLY.search(letter)
    is_permanent = (code or reply or [""] * 2)[1] == "5" if code or reply else bool(_FOR_GOOD.search(letter))
    is_late = bool(_ONLY_LATE.search(f"{mail.get('Subject', '')}\n{letter}"))
    if is_late or not (code or reply or is_permanent):
        return None
    recipient = _ADDRESS.search(str(mail.get("X-Failed-Recipients", ""))) or _find_recipient(letter)
    return DeliveryReport(
        message_ids=message_ids,
        recipients=(recipient[1].lower(),) if recipient else (),
        is_permanent=is_permanent,
        status=code[0] if code else "",
        words=shorten(_line_with(letter, code or reply), keep=recipient[1] if recipient else ""),
    )


def _text_of(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _find_recipient(letter: str) -> re.Match[str] | None:
    """The address in brackets that these letters name first, on a line of its own or before the reason."""
    return re.search(r"^\s*<([^\s<>]{1,100}@[A-Za-z0-9.-]{1,150})>", letter, re.MULTILINE)


def _line_with(letter: str, found: re.Match[str] | None) -> str:
    """The paragraph in which the reason stands."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", letter) if part.strip()]
    if found:
        return next((part for part in paragraphs if found[0] in part), found[0])
    return next((part for part in paragraphs if "@" in part), paragraphs[-1] if paragraphs else "")
