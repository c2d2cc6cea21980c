"""A mailbox with an IMAP server, as small as can be, on a free port of this machine."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Mailbox:
    """Mails in a folder; `seen` are the numbers of those marked as read, `asked` is what the client said."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = list(mails)
        self.seen: set[int] = set()
        self.asked: list[str] = []
        self.password = "secret"

    def answer(self, tag: str, line: str) -> Iterator[bytes]:
        """What the server says to one line."""
        command = line.upper()
        if command.startswith("CAPABILITY"):
            yield b"* CAPABILITY IMAP4rev1\r\n"
        elif command.startswith("LOGIN") and self.password not in line:
            yield f"{tag} NO wrong password\r\n".encode()
            return
        elif command.startswith("SELECT"):
            yield f"* {len(self.mails)} EXISTS\r\n".encode()
        elif command.startswith("UID SEARCH"):
            unseen = [str(number) for number in range(1, len(self.mails) + 1) if number not in self.seen]
            yield f"* SEARCH {' '.join(unseen)}\r\n".encode()
        elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            mail = self.mails[int(found[1]) - 1][: int(found[2])]
            yield f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(mail)}}}\r\n".encode() + mail + b")\r\n"
        elif found := re.match(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\SEEN\)", command):
            self.seen.add(int(found[1]))
        elif command.startswith("LOGOUT"):
            yield b"* BYE\r\n"
        elif not command.startswith("LOGIN"):
            yield f"{tag} BAD unknown\r\n".encode()
            return
        yield f"{tag} OK done\r\n".encode()


@contextmanager
def serving(mailbox: Mailbox) -> Iterator[int]:
    """Serve the mailbox; yields the port."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            while line := self.rfile.readline().decode().strip():
                tag, _, rest = line.partition(" ")
                mailbox.asked.append(rest)
                for piece in mailbox.answer(tag, rest):
                    self.wfile.write(piece)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
