"""Uploaded files in a local folder: durable before they are acknowledged, under names that the server makes."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from services.formats import format_size
from services.refusals import DiskFull, FileTooLarge, Refusal, StorageUnavailable

CHUNK: Final = 256 * 1024
_SPACE_CHECK_EVERY: Final = 4 * 1024 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_KEY: Final = re.compile(r"[0-9a-f]{48}")


class FileMissing(Exception):
    """No file is kept under this key."""


class FileDamaged(Exception):
    """The bytes on disk are not those that were received."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is to be remembered of a kept file."""

    key: str
    size: int
    sha256: str


class Incoming:
    """One upload while it arrives; whatever is not kept when the `with` block ends is removed.

    `path` may be read between the last `write` and `keep`, to look at what has arrived.
    """

    def __init__(self, root: Path, *, limit: int, reserve: int) -> None:
        self.size = 0
        self._root = root
        self._limit = limit
        self._reserve = reserve
        self._digest = hashlib.sha256()
        self._next_space_check = _SPACE_CHECK_EVERY
        self.path = root / "incoming" / secrets.token_hex(24)
        try:
            _make_folders(root, "incoming")
            _refuse_if_full(root, reserve)
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _told(error) from error

    def write(self, chunk: bytes) -> None:
        """Add a piece. Raises FileTooLarge, DiskFull or StorageUnavailable."""
        if self.size + len(chunk) > self._limit:
            raise FileTooLarge(limit=format_size(self._limit))
        try:
            if self.size + len(chunk) >= self._next_space_check:
                _refuse_if_full(self._root, self._reserve)
                self._next_space_check += _SPACE_CHECK_EVERY
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            raise _told(error) from error
        self._digest.update(chunk)
        self.size += len(chunk)

    def keep(self) -> StoredFile:
        """Make the file durable under a new key. Only when this has returned may anyone be told that it arrived.

        Raises DiskFull or StorageUnavailable; a failed flush is never tried again, because the kernel forgets it.
        """
        key = secrets.token_hex(24)
        place = _place(self._root, key)
        try:
            os.fsync(self._descriptor)
            _make_folders(self._root, "kept", key[:2], key[2:4])
            self.path.rename(place)
            try:
                for folder in (place.parent, place.parent.parent, self._root / "kept", self._root):
                    _flush_folder(folder)
            except OSError:
                place.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise _told(error) from error
        return StoredFile(key, self.size, self._digest.hexdigest())

    def discard(self) -> None:
        """Forget what has arrived and was not kept; harmless after `keep`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def receive(root: Path, *, limit: int, reserve: int = 0) -> Incoming:
    """Begin an upload of at most `limit` bytes that leaves at least `reserve` bytes of the disk free.

    Use as `with receive(…) as incoming: incoming.write(chunk) …; stored = incoming.keep()`.
    Raises DiskFull before a byte is written, or StorageUnavailable.
    """
    return Incoming(root, limit=limit, reserve=reserve)


def open_file(root: Path, key: str, *, sha256: str | None = None) -> Iterator[bytes]:
    """The file in pieces. Raises FileMissing or StorageUnavailable at once, not at the first piece.

    With `sha256` the last piece is held back until the whole file has proved sound, so that a damaged file
    never ends as a complete download; FileDamaged is raised in its place.
    """
    try:
        file = _place(root, key).open("rb", buffering=0)
    except FileNotFoundError as error:
        raise FileMissing(key) from error
    except OSError as error:
        raise _told(error) from error
    return _pieces(file, sha256)


def file_path(root: Path, key: str) -> Path:
    """Where the file lies, for a child process that reads it. Raises FileMissing."""
    place = _place(root, key)
    if not place.is_file():
        raise FileMissing(key)
    return place


def delete_file(root: Path, key: str) -> bool:
    """Remove a file for good; says whether it was there. Raises StorageUnavailable."""
    place = _place(root, key)
    try:
        place.unlink()
        _flush_folder(place.parent)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _told(error) from error
    return True


def sweep_incoming(root: Path, *, older_than: timedelta) -> int:
    """Remove what uploads left behind that were cut off, for example by a power cut; says how many."""
    swept = 0
    for path in _entries(root / "incoming"):
        if _is_older(path, older_than):
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def list_orphans(root: Path, *, known_keys: Collection[str], older_than: timedelta) -> list[str]:
    """Keys of files that no row speaks of; younger ones may belong to a transaction that has not ended yet."""
    kept = root / "kept"
    return [
        path.name
        for upper in _entries(kept)
        for lower in _entries(upper)
        for path in _entries(lower)
        if path.name not in known_keys and _is_older(path, older_than)
    ]


def _place(root: Path, key: str) -> Path:
    """The only way from a key to a path; anything that this module did not make itself is missing."""
    if not _KEY.fullmatch(key):
        raise FileMissing(key)
    return root / "kept" / key[:2] / key[2:4] / key


def _pieces(file: BinaryIO, sha256: str | None) -> Iterator[bytes]:
    digest = hashlib.sha256()
    held = b""
    with file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if held:
                yield held
            held = chunk
    if sha256 is not None and digest.hexdigest() != sha256:
        raise FileDamaged(f"expected {sha256}, read {digest.hexdigest()}")
    if held:
        yield held


def _refuse_if_full(root: Path, reserve: int) -> None:
    disk = os.statvfs(root)
    if disk.f_bavail * disk.f_frsize < reserve or disk.f_bavail == 0:
        raise DiskFull


def _make_folders(root: Path, *names: str) -> None:
    """Make a folder under the root, each step readable by the server alone."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = root
    for name in names:
        folder = folder / name
        folder.mkdir(mode=0o700, exist_ok=True)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def _is_older(path: Path, age: timedelta) -> bool:
    try:
        return path.stat().st_mtime < time.time() - age.total_seconds()
    except FileNotFoundError:
        return False


def _told(error: OSError) -> Refusal:
    """What a person is told; the cause stays chained for the log."""
    return DiskFull() if error.errno in _FULL else StorageUnavailable()
