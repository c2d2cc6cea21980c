"""Files are durable, private and whole, or they are not there at all."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import storage
from services.refusals import DiskFull, FileTooLarge, StorageUnavailable

MEGABYTE = 1024 * 1024
HOUR = timedelta(hours=1)


def keep(root: Path, *chunks: bytes) -> storage.StoredFile:
    return receive_all(root, chunks)


def receive_all(
    root: Path, chunks: Iterable[bytes], *, limit: int = 100 * MEGABYTE, reserve: int = 0
) -> storage.StoredFile:
    with storage.receive(root, limit=limit, reserve=reserve) as incoming:
        for chunk in chunks:
            incoming.write(chunk)
        return incoming.keep()


def files_below(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of sixteen megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_kept_file_comes_back_byte_for_byte(root: Path) -> None:
    stored = keep(root, b"first ", b"", b"second")
    assert b"".join(storage.open_file(root, stored.key)) == b"first second"
    assert stored.size == 12
    assert stored.sha256 == hashlib.sha256(b"first second").hexdigest()


@given(chunks=st.lists(st.binary(max_size=600_000), max_size=4))
@settings(max_examples=25, deadline=None)
def test_any_bytes_in_any_pieces_come_back(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    root = tmp_path_factory.mktemp("files")
    stored = keep(root, *chunks)
    assert b"".join(storage.open_file(root, stored.key, sha256=stored.sha256)) == b"".join(chunks)
    assert stored.size == sum(map(len, chunks))


def test_only_the_server_may_read_what_is_stored(root: Path) -> None:
    previous = os.umask(0)
    try:
        with storage.receive(root, limit=100) as incoming:
            incoming.write(b"x")
            assert stat.S_IMODE(incoming.path.stat().st_mode) == 0o600
            incoming.keep()
    finally:
        os.umask(previous)
    assert all(stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600) for path in root.rglob("*"))
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_what_has_arrived_can_be_looked_at_before_it_is_kept(root: Path) -> None:
    with storage.receive(root, limit=100) as incoming:
        incoming.write(b"%PDF-1.7")
        assert incoming.path.read_bytes() == b"%PDF-1.7"


def test_the_same_bytes_twice_are_two_files(root: Path) -> None:
    first, second = keep(root, b"same"), keep(root, b"same")
    assert first.key != second.key
    assert storage.delete_file(root, first.key)
    assert b"".join(storage.open_file(root, second.key)) == b"same"


def test_a_file_of_exactly_the_limit_is_kept(root: Path) -> None:
    with storage.receive(root, limit=10) as incoming:
        incoming.write(b"12345")
        incoming.write(b"67890")
        assert incoming.keep().size == 10


def test_one_byte_over_the_limit_is_refused_and_nothing_stays(root: Path) -> None:
    with pytest.raises(FileTooLarge) as refused:
        receive_all(root, [bytes(MEGABYTE), b"x"], limit=MEGABYTE)
    assert refused.value.values == {"limit": "1 MB"}
    assert files_below(root) == []


def test_an_upload_that_breaks_off_leaves_nothing(root: Path) -> None:
    def breaking_off() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        receive_all(root, breaking_off())
    assert files_below(root) == []


def test_low_disk_refuses_before_a_byte_is_written(root: Path) -> None:
    with pytest.raises(DiskFull):
        storage.receive(root, limit=100, reserve=1 << 62)
    assert files_below(root) == []


def test_the_reserve_is_watched_while_a_large_file_arrives(small_disk: Path) -> None:
    sent: list[int] = []

    def large_file() -> Iterator[bytes]:
        for number in range(100):
            sent.append(number)
            yield bytes(MEGABYTE)

    with pytest.raises(DiskFull):
        receive_all(small_disk, large_file(), reserve=6 * MEGABYTE)
    assert len(sent) < 16, "it was refused by the reserve, before the disk was really full"
    assert files_below(small_disk) == []


def test_a_disk_that_fills_up_while_writing_leaves_no_half_file(small_disk: Path) -> None:
    kept = keep(small_disk, b"before")
    with pytest.raises(DiskFull):
        receive_all(small_disk, [bytes(MEGABYTE)] * 20)
    assert [path.name for path in files_below(small_disk)] == [kept.key]
    assert keep(small_disk, bytes(MEGABYTE)).size == MEGABYTE, "there is room again"


def test_a_full_disk_refuses_the_next_upload_at_once(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(16 * MEGABYTE))
    with pytest.raises(DiskFull):
        storage.receive(small_disk, limit=100)


def test_a_failing_write_is_told_as_unavailable_and_leaves_nothing(root: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StorageUnavailable), storage.receive(root, limit=MEGABYTE) as incoming:
            incoming.write(bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert files_below(root) == []


def test_too_many_open_files_is_told_as_unavailable(root: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
    try:
        with pytest.raises(StorageUnavailable):
            storage.receive(root, limit=100)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_file_in_the_way_of_the_folder_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        storage.receive(tmp_path / "files", limit=100)


def test_a_folder_lost_before_keeping_is_told_as_unavailable(root: Path) -> None:
    with storage.receive(root, limit=100) as incoming:
        incoming.write(b"x")
        incoming.path.unlink()
        with pytest.raises(StorageUnavailable):
            incoming.keep()
    assert files_below(root) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "aa/bb",
        "A" * 48,
        "g" * 48,
        "0" * 47,
        "0" * 49,
        "0" * 48 + "\n",
        "0" * 46 + "/0",
        "٠" * 48,
    ],
)
def test_a_key_that_the_server_did_not_make_is_missing(root: Path, key: str) -> None:
    with pytest.raises(storage.FileMissing):
        storage.open_file(root, key)
    with pytest.raises(storage.FileMissing):
        storage.file_path(root, key)
    with pytest.raises(storage.FileMissing):
        storage.delete_file(root, key)


def test_a_missing_file_is_told_before_the_first_piece(root: Path) -> None:
    with pytest.raises(storage.FileMissing):
        storage.open_file(root, "0" * 48)


def test_a_deleted_file_is_gone_and_deleting_again_is_harmless(root: Path) -> None:
    stored = keep(root, b"x")
    assert storage.delete_file(root, stored.key)
    assert not storage.delete_file(root, stored.key)
    with pytest.raises(storage.FileMissing):
        storage.open_file(root, stored.key)


def test_one_flipped_bit_is_found_before_the_download_ends(root: Path) -> None:
    content = os.urandom(3 * storage.CHUNK)
    stored = keep(root, content)
    path = storage.file_path(root, stored.key)
    path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    pieces = storage.open_file(root, stored.key, sha256=stored.sha256)
    received = b""
    with pytest.raises(storage.FileDamaged):  # noqa: PT012 - the pieces before the fault are counted.
        for piece in pieces:
            received += piece
    assert len(received) < len(content)


def test_leftovers_of_cut_off_uploads_are_swept_but_not_running_ones(root: Path) -> None:
    keep(root, b"kept")
    old, young = root / "incoming" / "old", root / "incoming" / "young"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert storage.sweep_incoming(root, older_than=HOUR) == 1
    assert not old.exists()
    assert young.exists()
    assert storage.sweep_incoming(root / "never made", older_than=HOUR) == 0


def test_orphans_are_old_files_that_no_row_speaks_of(root: Path) -> None:
    known, forgotten, young = keep(root, b"1"), keep(root, b"2"), keep(root, b"3")
    for stored in (known, forgotten):
        os.utime(storage.file_path(root, stored.key), (time.time() - 7200,) * 2)
    assert storage.list_orphans(root, known_keys={known.key}, older_than=HOUR) == [forgotten.key]
    assert young.key in storage.list_orphans(root, known_keys=set(), older_than=timedelta(seconds=-1))


CHILD = """
import sys, pathlib, os, signal
from services import storage
root = pathlib.Path(sys.argv[1])
with storage.receive(root, limit=1 << 30) as incoming:
    incoming.write(os.urandom(100_000))
    if sys.argv[2] == "after":
        print(incoming.keep().key, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "kept"), [("before", 0), ("after", 1)])
def test_a_killed_server_leaves_whole_files_or_sweepable_ones(root: Path, moment: str, kept: int) -> None:
    child = subprocess.run([sys.executable, "-c", CHILD, root, moment], check=False, capture_output=True, text=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert len(child.stdout.split()) == kept
    assert storage.sweep_incoming(root, older_than=timedelta(seconds=-1)) == 1 - kept
    assert [path.name for path in files_below(root)] == child.stdout.split()
