"""What is wrong with a set-up: `doctor` tells all of it, `serve` refuses to start on the worst."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from api.migrations import newest_revision, present_revision
from models.database import connect_database
from services import keys
from services.edition_files import BrokenEdition
from services.editions import load_editions
from services.mail.mailbox import MailboxFailed, try_mailbox
from services.reading import sandbox
from services.reading.reasons import NotRead
from services.reading.template_files import BrokenTemplate, load_templates
from settings import Settings

SAFE_SQLITE = (3, 51, 3)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, in plain words for the operator."""

    subject: str
    sentence: str
    is_wrong: bool = False
    is_fatal: bool = False


def examine(settings: Settings) -> list[Finding]:
    """Everything looked at, in an order in which it can be mended."""
    return [finding for check in CHECKS for finding in check(settings)]


def fatal_findings(settings: Settings) -> list[str]:
    """Sentences about what must be mended before the portal may start (ASVS 13.1, security rule 15)."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        check_base_url,
        check_proxies,
        check_secret,
        check_folder,
        check_catalog,
    )
    return [
        f"{finding.subject}: {finding.sentence}" for check in checks for finding in check(settings) if finding.is_fatal
    ]


def check_base_url(settings: Settings) -> Iterator[Finding]:
    if settings.is_https or settings.is_local:
        yield Finding("PORTAL_BASE_URL", f"people reach the portal at {settings.base_url}")
    else:
        sentence = (
            f"{settings.base_url} is not https. Put the portal behind a proxy with a certificate and give its https "
            "address, or set PORTAL_ALLOW_INSECURE=true inside a closed network"
        )
        yield Finding("PORTAL_BASE_URL", sentence, is_wrong=True, is_fatal=not settings.allow_insecure)


def check_proxies(settings: Settings) -> Iterator[Finding]:
    if "*" in settings.trusted_proxies:
        sentence = "* would let anybody forge the network address. Name the proxies' addresses"
        yield Finding("PORTAL_TRUSTED_PROXIES", sentence, is_wrong=True, is_fatal=True)
    elif not settings.is_local and not settings.trusted_proxies:
        sentence = "no proxy is named, so all visitors seem to come from one address and share their limits"
        yield Finding("PORTAL_TRUSTED_PROXIES", sentence, is_wrong=True)


def check_secret(settings: Settings) -> Iterator[Finding]:
    try:
        keys.check_secret(
            settings.secret_key.get_secret_value() or keys.read_or_make_secret(settings.data_folder / keys.KEY_FILE)
        )
    except keys.WeakSecret as weak:
        yield Finding("PORTAL_SECRET_KEY", str(weak), is_wrong=True, is_fatal=True)
    except OSError as error:
        sentence = f"the key file cannot be read or written ({error.strerror})"
        yield Finding("PORTAL_SECRET_KEY", sentence, is_wrong=True, is_fatal=True)
    else:
        yield Finding("PORTAL_SECRET_KEY", "is set and strong; keep a copy of it apart from the backups")


def check_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_folder
    if not folder.is_dir():
        yield Finding("PORTAL_DATA_FOLDER", f"{folder} does not exist yet; it is made at the first start")
        return
    if stat.S_IMODE(folder.stat().st_mode) & 0o007:
        sentence = f"{folder} can be read by everybody on this machine. Run: chmod 700 {folder}"
        yield Finding("PORTAL_DATA_FOLDER", sentence, is_wrong=True, is_fatal=True)
    else:
        yield Finding("PORTAL_DATA_FOLDER", f"{folder} is private")
    free = shutil.disk_usage(folder).free
    is_low = free < settings.disk_reserve * 5
    yield Finding(
        "Disk", f"{free // 2**20:,} MB are free; uploads stop below {settings.disk_reserve // 2**20} MB", is_low
    )


def check_catalog(settings: Settings) -> Iterator[Finding]:
    try:
        found, templates = load_editions(), load_templates()
    except (BrokenEdition, BrokenTemplate) as broken:
        yield Finding("catalog", str(broken), is_wrong=True, is_fatal=True)
    else:
        yield Finding("catalog", f"editions {', '.join(found)} and templates {', '.join(templates)} are complete")


def check_database(settings: Settings) -> Iterator[Finding]:
    database = connect_database(settings.database)
    try:
        revision = present_revision(database)
        if revision != newest_revision():
            sentence = "is not up to date; the next start, or the command migrate, brings it up to date"
            yield Finding("Database", sentence, is_wrong=revision is not None)
        else:
            yield Finding("Database", "answers and is up to date")
        if database.is_sqlite:
            with database.writer.connect() as connection:
                synchronous = connection.execute(sa.text("PRAGMA synchronous")).scalar()
                journal = connection.execute(sa.text("PRAGMA journal_mode")).scalar()
            is_wrong = synchronous != 2 or journal != "wal"
            yield Finding("SQLite", f"journal {journal}, synchronous {synchronous} (2 = full)", is_wrong, is_wrong)
            old = sqlite3.sqlite_version_info < SAFE_SQLITE
            sentence = f"version {sqlite3.sqlite_version}" + (
                "; before 3.51.3 only one process may serve this database, which is how make run does it" if old else ""
            )
            yield Finding("SQLite", sentence)
    except SQLAlchemyError:
        yield Finding("Database", "cannot be reached; look at PORTAL_DATABASE_URL", is_wrong=True, is_fatal=True)
    finally:
        database.dispose()


def check_mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_host:
        yield Finding("Mail", "no mail server is set; mails wait on the outbox page and links are copied by hand")
    elif settings.smtp_security == "none" and settings.smtp_host not in {"localhost", "127.0.0.1", "mailpit"}:
        yield Finding("Mail", "the connection to the mail server is not protected; use starttls or tls", is_wrong=True)
    else:
        yield Finding("Mail", f"{settings.smtp_host}:{settings.smtp_port}; try it with the command test-mail ADDRESS")


def check_reading(_settings: Settings) -> Iterator[Finding]:
    try:
        told = sandbox.describe_confinement()
    except (NotRead, OSError) as failure:
        sentence = f"the process that reads files cannot be started ({failure})"
        yield Finding("Reading files", sentence, is_wrong=True)
        return
    if told["has_network"]:
        sentence = (
            "files are read in a process of their own with limits, but this system does not let it leave the network; "
            "allow user namespaces (Debian: sysctl kernel.unprivileged_userns_clone=1), or deny the service the outside"
        )
        yield Finding("Reading files", sentence, is_wrong=True)
    else:
        files = "can open, this kernel has no Landlock" if told["sees_files"] else "cannot open"
        sentence = f"happens in a process of its own, with limits, without network; other files it {files}"
        yield Finding("Reading files", sentence)


def check_mailbox(settings: Settings) -> Iterator[Finding]:
    if not settings.imap_host:
        if settings.smtp_host:
            yield Finding("Mailbox", "none is set, so mails that come back are not noticed; see PORTAL_IMAP_HOST")
        return
    if settings.imap_security == "none" and settings.imap_host not in {"localhost", "127.0.0.1"}:
        yield Finding("Mailbox", "the connection to the mailbox is not protected; use tls or starttls", is_wrong=True)
    try:
        try_mailbox(settings)
    except MailboxFailed as failure:
        yield Finding("Mailbox", f"cannot be read: {failure}", is_wrong=True)
    else:
        yield Finding("Mailbox", f"{settings.imap_folder} at {settings.imap_host} can be read")


def check_heads(settings: Settings) -> Iterator[Finding]:
    if not settings.heads_mail_to:
        sentence = "the signed ends of the log stay on this machine; set PORTAL_HEADS_MAIL_TO or copy the folder heads"
        yield Finding("Log", sentence)
    elif not settings.smtp_host:
        sentence = "PORTAL_HEADS_MAIL_TO is set, but without a mail server nothing leaves"
        yield Finding("Log", sentence, is_wrong=True)
    else:
        yield Finding("Log", f"its signed ends go to {settings.heads_mail_to} every day")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_base_url,
    check_proxies,
    check_folder,
    check_secret,
    check_database,
    check_mail,
    check_mailbox,
    check_heads,
    check_catalog,
    check_reading,
)
