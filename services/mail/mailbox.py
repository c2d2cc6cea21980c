"""The mailbox to which mails come back: read over IMAP every five minutes, one mail at a time."""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import structlog

from models.database import Database
from services.bounces import note_report
from services.jobs import job
from services.mail.delivery_reports import MOST_BYTES, read_report
from settings import Settings, get_settings

log = structlog.get_logger(__name__)

MOST_MAILS: Final = 100
"""So many at a time; the rest has its turn five minutes later."""


class MailboxFailed(Exception):
    """The mailbox could not be read, with the reason in words."""


@job(schedule="*/5 * * * *")
def read_returned_mails(database: Database) -> None:
    """Note what came back; a mail is marked as read once it is dealt with, and nothing is ever deleted."""
    settings = get_settings()
    if not settings.imap_host:
        return
    try:
        read_mailbox(settings, lambda raw: _note(database, raw))
    except MailboxFailed as failure:
        log.warning("mailbox.failed", words=str(failure))


def read_mailbox(settings: Settings, handle: Callable[[bytes], None]) -> int:
    """Hand every unread mail to `handle`, cut to what a report needs, and mark it as read; says how many.

    Raises MailboxFailed. Where `handle` raises, the mail stays unread and has its turn again.
    """
    with _open(settings) as server:
        found = _ask(server.uid("SEARCH", "UNSEEN"))
        waiting = found[0].split()[:MOST_MAILS] if found and isinstance(found[0], bytes) else []
        for number in waiting:
            uid = number.decode("ascii")
            answer = _ask(server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)"))
            raw = next((part[1] for part in answer if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")
            handle(raw)
            _ask(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))
    return len(waiting)


def try_mailbox(settings: Settings) -> None:
    """Sign in and open the folder; raises MailboxFailed."""
    with _open(settings):
        pass


def _note(database: Database, raw: bytes) -> None:
    report = read_report(raw)
    if report is None:
        return
    with database.open_writer() as session:
        note_report(session, report)
        session.commit()


@contextlib.contextmanager
def _open(settings: Settings) -> Iterator[imaplib.IMAP4]:
    try:
        server = _connect(settings)
        try:
            server.login(settings.imap_user, settings.imap_password.get_secret_value())
            _ask(server.select(_quoted(settings.imap_folder)))
            yield server
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                server.logout()
    except imaplib.IMAP4.error as error:
        raise MailboxFailed(f"the mail server said: {_plain(str(error))}") from error
    except ssl.SSLError as error:
        raise MailboxFailed("no secure connection could be made") from error
    except OSError as error:
        raise MailboxFailed("the mail server could not be reached") from error


def _connect(settings: Settings) -> imaplib.IMAP4:
    host, port, timeout = settings.imap_host, settings.imap_port, settings.imap_timeout
    if settings.imap_security == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=timeout)
    server = imaplib.IMAP4(host, port, timeout=timeout)
    if settings.imap_security == "starttls":
        server.starttls(ssl.create_default_context())
    return server


def _ask(answer: tuple[str, Sequence[object]]) -> list[object]:
    """What the server answered; a no is an error like any other."""
    state, content = answer
    if state != "OK":
        raise imaplib.IMAP4.error(str(content[:1]))
    return list(content)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(words: str) -> str:
    return re.sub(r"[^\x20-\x7e]", " ", words)[:200]
