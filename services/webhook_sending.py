"""The way to a receiver: one connection to one checked address, verified by its name, never longer than it may take."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Final

from services.languages import marked
from services.webhook_addresses import AddressForbidden, NameUnknown, Place, read_url, resolve
from services.webhook_refusals import WebhookAddressRefused

CONNECT_SECONDS: Final = 5
ALL_SECONDS: Final = 15
LONGEST_ANSWER: Final = 16 * 1024
SHOWN_ANSWER: Final = 200
GONE: Final = 410

FORBIDDEN: Final = marked("The address leads to a computer that messages are not sent to.")
UNKNOWN: Final = marked("The name in the address is not known.")
UNREACHABLE: Final = marked("The receiver could not be reached.")
NOT_SECURE: Final = marked("The receiver's certificate is not valid for this address.")
TOO_SLOW: Final = marked("The receiver did not answer in time.")
CUT_OFF: Final = marked("The receiver broke off.")
REDIRECTED: Final = marked("The receiver sent the message elsewhere (redirect), which is not followed.")
REFUSED: Final = marked("The receiver did not take the message.")
BROKEN: Final = marked("The portal could not prepare this message; the operator finds the cause in the server's log.")


class NotDelivered(Exception):
    """The message did not arrive; `status` and `answer` are the receiver's where it said anything."""

    def __init__(self, words: str, *, status: int | None = None, answer: str = "") -> None:
        super().__init__(words)
        self.words, self.status, self.answer = words, status, answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said."""

    status: int
    beginning: str


def sign(secret: bytes, *, message_id: str, timestamp: int, body: str) -> str:
    """The signature that receivers compare (Standard Webhooks, HMAC-SHA256)."""
    signed = hmac.new(secret, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def send(url: str, *, secret: bytes, message_id: str, timestamp: int, body: str) -> Answer:
    """Hand a message to its receiver; raises NotDelivered for everything but a 2xx."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "disclosure-portal-webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id=message_id, timestamp=timestamp, body=body),
    }
    try:
        place = read_url(url)
        answer = _post(place, resolve(place), headers, body.encode())
    except (AddressForbidden, WebhookAddressRefused) as error:
        raise NotDelivered(FORBIDDEN) from error
    except NameUnknown as error:
        raise NotDelivered(UNKNOWN) from error
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered(NOT_SECURE) from error
    except TimeoutError as error:
        raise NotDelivered(TOO_SLOW) from error
    except (http.client.HTTPException, ssl.SSLError) as error:
        raise NotDelivered(CUT_OFF) from error
    except OSError as error:
        raise NotDelivered(UNREACHABLE) from error
    if 300 <= answer.status < 400:
        raise NotDelivered(REDIRECTED, status=answer.status, answer=answer.beginning)
    if not 200 <= answer.status < 300:
        raise NotDelivered(REFUSED, status=answer.status, answer=answer.beginning)
    return answer


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, although the certificate is checked for a name; looked up nowhere again."""

    def __init__(self, place: Place, address: str) -> None:
        self._secure = ssl.create_default_context()
        super().__init__(place.host, place.port, timeout=CONNECT_SECONDS, context=self._secure)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        # Held before the handshake, so that the limit for the whole message can cut it, too.
        self.sock = self._secure.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def cut(self) -> None:
        """End it from another thread."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _post(place: Place, address: str, headers: dict[str, str], body: bytes) -> Answer:
    connection, is_overdue = _Pinned(place, address), threading.Event()

    def end() -> None:
        is_overdue.set()
        connection.cut()

    # The library's own time-out begins anew with every byte; a receiver that drips must not hold a job for ever.
    timer = threading.Timer(ALL_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", place.path, body, headers)
        response = connection.getresponse()
        answer = Answer(response.status, _tidy(response.read(LONGEST_ANSWER)))
    except (OSError, http.client.HTTPException) as error:
        if is_overdue.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        connection.close()
    # To the library, a connection that was cut can look like an answer that ended.
    if is_overdue.is_set():
        raise TimeoutError
    return answer


def _tidy(answer: bytes) -> str:
    """The beginning of what the receiver said, on one line and harmless to show."""
    text = answer[: 4 * SHOWN_ANSWER].decode("utf-8", "replace")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:SHOWN_ANSWER]
