"""The way to the mail server: one connection per mail, verified, never longer than it may take."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

from services import clock
from services.languages import _, marked
from services.mail.rendering import Letter, write_letter
from settings import Settings

PATIENCE: Final = 4
"""A mail may take this many times the server's time-out, so that a server that drips cannot hold it for ever."""

LONGEST_ERROR: Final = 200

TOO_SLOW: Final = marked("The mail server did not answer in time.")
UNREACHABLE: Final = marked("The mail server could not be reached.")
CUT_OFF: Final = marked("The mail server closed the connection.")
NOT_SECURE: Final = marked("No secure connection to the mail server could be made.")
BAD_ADDRESS: Final = marked("This is not an address that mails can be sent to.")
NO_SERVER: Final = marked("No mail server is set.")
BROKEN: Final = marked("The portal could not prepare this mail; the operator finds the cause in the server's log.")
SENTENCES: Final = frozenset({TOO_SLOW, UNREACHABLE, CUT_OFF, NOT_SECURE, BAD_ADDRESS, NO_SERVER, BROKEN})
"""What the portal says itself about a failure; everything else is in the words of the mail server."""

_MAIL_ADDRESS: Final = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


class NotSent(Exception):
    """The mail did not leave; `is_permanent` where trying again cannot help."""

    def __init__(self, words: str, *, is_permanent: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.is_permanent = is_permanent


def explain_error(words: str) -> str:
    """Why a mail did not leave: the portal's own sentences in the language now spoken, a server's as they are."""
    return _(words) if words in SENTENCES else words


def send_test_mail(settings: Settings, to: str) -> None:
    """Send a mail to an address at once, past the outbox; raises NotSent."""
    if not settings.smtp_host:
        raise NotSent(NO_SERVER)
    moment, language = clock.now(), settings.default_language
    letter = write_letter("test_mail", language=language, at=moment)
    domain = settings.mail_from.rpartition("@")[2]
    message = build_message(
        letter,
        sender=(settings.portal_name(language), settings.mail_from),
        recipient=("", to),
        language=language,
        written_at=moment,
        message_id=f"<test-{moment.timestamp():.0f}@{domain}>",
    )
    send_message(message, settings)


def build_message(
    letter: Letter,
    *,
    sender: tuple[str, str],
    recipient: tuple[str, str],
    language: str,
    written_at: datetime,
    message_id: str,
) -> EmailMessage:
    """The mail as it travels; raises NotSent where an address cannot stand in a header."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(sender[0], addr_spec=sender[1])
        message["To"] = Address(recipient[0], addr_spec=recipient[1])
    except (ValueError, IndexError) as error:
        raise NotSent(BAD_ADDRESS, is_permanent=True) from error
    message["Subject"] = letter.subject
    message["Date"] = written_at
    message["Message-ID"] = message_id
    message["Content-Language"] = language
    # Out-of-office programs answer people, not machines (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    # In base64 no line is broken, whatever its length, so that links arrive whole.
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    return message


def send_message(message: EmailMessage, settings: Settings) -> None:
    """Hand a mail to the mail server; returns when the server has taken it, raises NotSent otherwise."""
    try:
        with _connect(settings) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _refused(code, words, message, is_permanent=code >= 500) from error
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, error.smtp_error, message, is_permanent=error.smtp_code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error, message, is_permanent=False) from error
    except smtplib.SMTPNotSupportedError as error:
        # Either the server does not know addresses beyond ASCII, or it offers no encryption or no sign-in.
        is_address = "SMTPUTF8" in str(error)
        raise NotSent(BAD_ADDRESS if is_address else NOT_SECURE, is_permanent=is_address) from error
    except ssl.SSLError as error:
        raise NotSent(NOT_SECURE) from error
    except smtplib.SMTPServerDisconnected as error:
        # The library tells a time-out while reading as a closed connection.
        raise NotSent(TOO_SLOW if isinstance(error.__context__, TimeoutError) else CUT_OFF) from error
    except smtplib.SMTPException as error:
        raise NotSent(shorten(str(error), keep=str(message["To"]))) from error
    except TimeoutError as error:
        raise NotSent(TOO_SLOW) from error
    except ValueError as error:
        raise NotSent(BAD_ADDRESS, is_permanent=True) from error
    except OSError as error:
        raise NotSent(UNREACHABLE) from error


def shorten(words: str, *, keep: str = "") -> str:
    """A server's words on one line, without any address but the recipient's, cut to what a page can show."""
    plain = " ".join(words.split())
    plain = _MAIL_ADDRESS.sub(lambda found: found[0] if found[0].lower() in keep.lower() else "…", plain)
    return plain if len(plain) <= LONGEST_ERROR else plain[: LONGEST_ERROR - 1] + "…"


@contextlib.contextmanager
def _connect(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection that is as secure as the settings say and is cut when the mail takes too long."""
    if settings.smtp_security == "tls":
        server: _Server = _SecuredServer(settings)
    else:
        server = _Server(settings)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        yield server
        # The mail is taken; whether the server also says good-bye does not matter.
        with contextlib.suppress(OSError):
            server.quit()
    finally:
        server.close()


class _Server(smtplib.SMTP):
    """A connection with a limit for the whole mail: the library's own time-out begins anew with every byte."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        self._timer = threading.Timer(settings.smtp_timeout * PATIENCE, self._cut)
        self._timer.daemon = True
        self._is_timed = self._is_overdue = False
        # Without a name the library would ask the name service for this machine's, which can take long.
        own_name = settings.mail_from.rpartition("@")[2]
        super().__init__(
            settings.smtp_host, settings.smtp_port, local_hostname=own_name, timeout=settings.smtp_timeout, **options
        )

    def getreply(self) -> tuple[int, bytes]:
        if not self._is_timed:
            self._is_timed = True
            self._timer.start()
        try:
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if self._is_overdue:
                raise TimeoutError from error
            raise

    def close(self) -> None:
        self._timer.cancel()
        super().close()

    def _cut(self) -> None:
        self._is_overdue = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _SecuredServer(_Server, smtplib.SMTP_SSL):
    """The same with encryption from the first byte."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, context=ssl.create_default_context())


def _refused(code: int, words: bytes | str, message: EmailMessage, *, is_permanent: bool) -> NotSent:
    told = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return NotSent(shorten(f"{code} {told}", keep=str(message["To"])), is_permanent=is_permanent)
