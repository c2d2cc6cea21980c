"""Mail servers that behave well and badly, on a free port of this machine."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from typing import Any

from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session


class Post:
    """A well-behaved mail server that keeps what it receives; `answers` replaces its answer per step."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.refused_recipients: dict[str, str] = {}
        self.drops_after_data = False
        self.waits: Callable[[], None] = lambda: None

    async def handle_MAIL(  # noqa: N802
        self, _server: smtp.SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: smtp.SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.refused_recipients.get(address) or self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: smtp.SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.waits()
        answer = self.answers.get("DATA", "250 taken")
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.received.append(BytesParser(policy=SMTP).parsebytes(envelope.content))
        if self.drops_after_data:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer

    @property
    def recipients(self) -> list[str]:
        return [str(message["To"].addresses[0].addr_spec) for message in self.received]


@contextmanager
def running(post: Post, **options: Any) -> Iterator[int]:
    """Run the server; yields its port."""
    controller = Controller(post, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def playing(script: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that plays a script with each connection, one after the other; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_connections: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            open_connections.append(connection)
            try:
                script(connection)
            except OSError:
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_connections:
            connection.close()
        thread.join(5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """A certificate of its own issuer for a name, and a server's context with it."""
    certificate, key = folder / "server.pem", folder / "server.key"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return certificate, context


def refuse_sign_in(
    _server: smtp.SMTP, _session: Session, _envelope: Envelope, _mechanism: str, _data: Any
) -> AuthResult:
    return AuthResult(success=False, handled=False)
