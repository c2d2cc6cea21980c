"""The portal as people run it: real uvicorn, one worker, in a process of its own, reached over loopback."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psutil

BOUNDARY = "the-benchmarks-own-boundary"
ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Client:
    """A keep-alive connection with cookies; small, so that little of what is measured is its own."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None
    location: str = ""
    """Where the last answer led."""

    def send(
        self,
        method: str,
        path: str,
        values: Mapping[str, str] | None = None,
        *,
        accept: str = "text/html",
        headers: Mapping[str, str] | None = None,
        file: bytes | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of one request; `file` goes along in the field of this name."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept": accept,
            "Accept-Language": "ja",
            "Sec-Fetch-Site": "same-origin",
        }
        sent |= headers or {}
        body: str | bytes | None = None
        if file is not None:
            body = multipart(values or {}, file)
            sent["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        elif values is not None:
            body = urlencode(values)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body=body, headers=sent)
        response = self.connection.getresponse()
        content = response.read()
        self.location = response.headers.get("Location", "")
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, content

    def close(self) -> None:
        """Hang up."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def multipart(values: Mapping[str, str], file: bytes) -> bytes:
    """A form with a file, as a browser sends it."""
    fields = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in values.items()]
    fields.append(b'name="file"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n' + file)
    start, end = f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode(), f"--{BOUNDARY}--\r\n".encode()
    return b"".join(start + field + b"\r\n" for field in fields) + end


@dataclass
class Server:
    """A running portal."""

    port: int
    process: psutil.Process
    seconds_to_ready: float
    folder: Path

    def client(self, **cookies: str) -> Client:
        """A new connection."""
        return Client(self.port, dict(cookies))

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        resident: int = self.process.memory_info().rss
        return resident / 2**20


@contextmanager
def serving(data_folder: Path) -> Iterator[Server]:
    """Serve a data folder until the block ends; ready means that /health answers 200."""
    port = free_port()
    environment = {
        **os.environ,
        "PORTAL_DATA_FOLDER": str(data_folder),
        "PORTAL_PORT": str(port),
        "PORTAL_BASE_URL": f"http://localhost:{port}",
    }
    began = time.perf_counter()
    with (data_folder / "server.log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "api.commands", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            while not is_ready(port):
                if started.poll() is not None or time.perf_counter() - began > 60:
                    raise RuntimeError((data_folder / "server.log").read_text(encoding="utf-8")[-2000:])
                time.sleep(0.01)
            yield Server(port, psutil.Process(started.pid), time.perf_counter() - began, data_folder)
        finally:
            started.terminate()
            started.wait(30)


def is_ready(port: int) -> bool:
    """Whether the portal answers."""
    client = Client(port)
    try:
        return client.send("GET", "/health")[0] == 200
    except OSError:
        return False
    finally:
        client.close()
