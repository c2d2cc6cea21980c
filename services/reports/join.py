"""The child process that joins PDFs: each with its length before it on standard input, one on standard output.

It is started by `joining.py` as a file of its own and imports nothing else of the portal.
"""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final

MEMORY: Final = 1024 * 1024 * 1024
SECONDS: Final = 60


def main() -> None:
    """Join what comes in."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for part in read_parts(sys.stdin.buffer):
        with pypdfium2.PdfDocument(part) as document:
            whole.import_pages(document)
    joined = io.BytesIO()
    whole.save(joined)
    sys.stdout.buffer.write(joined.getvalue())


def read_parts(stream: BinaryIO) -> Iterator[bytes]:
    """The PDFs one by one."""
    while length := stream.read(8):
        yield stream.read(int.from_bytes(length, "big"))


if __name__ == "__main__":
    main()
