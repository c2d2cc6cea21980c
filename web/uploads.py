"""Uploads: the files of one form, streamed to disk, judged, and durable before a transaction begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from models import Document
from models.database import Database
from services import documents, storage, vendor_access
from services.file_names import clean_file_name
from services.file_types import recognise_file
from services.refusals import Refusal
from services.storage import Incoming, StoredFile
from services.submissions import refusal_to_answer
from services.vendor_access import VendorViewer
from services.vendor_refusals import OnlyAPart, UploadBroken
from settings import MEGABYTE, get_settings
from web.access import SessionDep, get_database, vendor_token_of

FIELD: Final = "files"
MOST_FILES: Final = 60
LONGEST_HEADER: Final = 4096
FLUSH_BYTES: Final = 512 * 1024
PATIENCE_SECONDS: Final = 60
"""How long nothing may arrive before an upload counts as broken off."""

BODY_LIMIT: Final = get_settings().submission_quota + MEGABYTE
"""Largest body of an upload: everything one submission may hold; each file has its own limit."""


@dataclass(slots=True)
class Arrival:
    """One file of the form: kept under `stored`, or not taken because of `refusal`."""

    file_name: str
    incoming: Incoming | None = None
    refusal: Refusal | None = None
    stored: StoredFile | None = None
    media_type: str = ""

    def refuse(self, refusal: Refusal) -> None:
        """Drop what has arrived of this file; the others are not touched."""
        self.refusal = refusal
        if self.incoming is not None:
            self.incoming.discard()

    def settle(self) -> None:
        """Look at the whole file and make it durable, or refuse it."""
        if self.incoming is None or self.refusal is not None:
            return
        try:
            self.media_type = recognise_file(self.incoming.path, file_name=self.file_name).media_type
            self.stored = self.incoming.keep()
        except Refusal as refusal:
            self.refuse(refusal)
        finally:
            self.incoming.discard()


class Receiver:
    """Reads the body of a form piece by piece and writes its files to disk."""

    def __init__(self, boundary: bytes, *, folder: Path, limit: int, reserve: int) -> None:
        self.arrivals: list[Arrival] = []
        self.has_ended = False
        self._folder, self._limit, self._reserve = folder, limit, reserve
        self._headers: dict[str, bytes] = {}
        self._name = self._value = b""
        self._current: Arrival | None = None
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_begin": self._begin_header,
                "on_header_field": self._add_to_name,
                "on_header_value": self._add_to_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_part,
                "on_part_data": self._take,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
            max_header_size=LONGEST_HEADER,
        )

    def write(self, piece: bytes) -> None:
        """Take the next piece of the body; raises UploadBroken where it is no form."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise UploadBroken from error

    def settle(self) -> None:
        """Judge and keep every file; raises UploadBroken where the end of the form is missing."""
        if not self.has_ended:
            raise UploadBroken
        for arrival in self.arrivals:
            arrival.settle()

    def discard(self) -> None:
        """Forget whatever was not kept."""
        for arrival in self.arrivals:
            if arrival.incoming is not None:
                arrival.incoming.discard()

    def _begin_header(self) -> None:
        self._name = self._value = b""

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value

    def _begin_part(self) -> None:
        _kind, options = parse_options_header(self._headers.get("content-disposition", b"").decode("latin-1"))
        named = options.get(b"filename", b"")
        if options.get(b"name") != FIELD.encode() or not named:
            return
        if len(self.arrivals) >= MOST_FILES:
            raise UploadBroken
        self._current = Arrival(clean_file_name(read_file_name(named)))
        self.arrivals.append(self._current)
        try:
            self._current.incoming = storage.receive(self._folder, limit=self._limit, reserve=self._reserve)
        except Refusal as refusal:
            self._current.refuse(refusal)

    def _take(self, data: bytes, start: int, end: int) -> None:
        current = self._current
        if current is None or current.incoming is None or current.refusal is not None:
            return
        try:
            current.incoming.write(data[start:end])
        except Refusal as refusal:
            current.refuse(refusal)

    def _end_part(self) -> None:
        self._current = None

    def _end(self) -> None:
        self.has_ended = True


def read_file_name(raw: bytes) -> str:
    """The name as the person knows it: browsers send UTF-8 and escape only quotes and line breaks (WHATWG)."""
    return raw.decode("utf-8", "replace").replace("%22", '"').replace("%0D", "").replace("%0A", "")


async def receive_uploads(
    request: Request, submission_id: UUID, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[list[Arrival]]:
    """The files sent to a submission, kept or refused; nobody's bytes are read who may not send any.

    Comes before the session in the parameters of a page, so that a slow sender never holds the write lock.
    """
    request.state.is_upload = True
    await run_in_threadpool(refuse_unwelcome, request, database, submission_id)
    async with receiving(request) as arrivals:
        yield arrivals


@asynccontextmanager
async def receiving(request: Request) -> AsyncIterator[list[Arrival]]:
    """The files of a form, kept or refused; whatever was not kept is gone afterwards. Raises UploadBroken."""
    async with arriving(request) as receiver:
        await run_in_threadpool(receiver.settle)
        request.state.body_is_read = True
        yield receiver.arrivals


@asynccontextmanager
async def arriving(request: Request) -> AsyncIterator[Receiver]:
    """The files of a form on disk, not judged yet; whatever is not kept is gone afterwards. Raises UploadBroken."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise UploadBroken
    receiver = open_receiver(options[b"boundary"])
    try:
        async for piece in pieces_of(request):
            await run_in_threadpool(receiver.write, piece)
        yield receiver
    finally:
        await run_in_threadpool(receiver.discard)


def open_receiver(boundary: bytes) -> Receiver:
    """A receiver within the limits of the settings; raises UploadBroken where the boundary is none."""
    settings = get_settings()
    try:
        return Receiver(
            boundary, folder=settings.files_folder, limit=settings.upload_limit, reserve=settings.disk_reserve
        )
    except FormParserError as error:
        raise UploadBroken from error


def refuse_unwelcome(request: Request, database: Database, submission_id: UUID) -> None:
    """Raise where this browser may not send files here, before the first byte of them is read."""
    with database.open_reader() as session:
        viewer = vendor_access.find_vendor(session, token=vendor_token_of(request), submission_id=submission_id)
        if hasattr(request.state, "before_receiving"):
            request.state.before_receiving(session)
        refusal = OnlyAPart() if viewer.scope is not None else refusal_to_answer(viewer.submission)
        if refusal is not None:
            raise refusal
        documents.refuse_over_quota(session, submission=viewer.submission, size=0)


async def pieces_of(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of some size; raises UploadBroken where the sender goes away or falls silent."""
    stream, gathered = request.stream(), bytearray()
    try:
        while True:
            async with asyncio.timeout(PATIENCE_SECONDS):
                gathered += await anext(stream)
            if len(gathered) >= FLUSH_BYTES:
                yield bytes(gathered)
                gathered.clear()
    except StopAsyncIteration:
        if gathered:
            yield bytes(gathered)
    except (ClientDisconnect, TimeoutError) as error:
        raise UploadBroken from error


ArrivalsDep = Annotated[list[Arrival], Depends(receive_uploads)]


def take_in(session: SessionDep, viewer: VendorViewer, arrival: Arrival) -> Document | None:
    """Enter a file that the vendor sent."""
    add = partial(documents.add_document, session, submission=viewer.submission, person=viewer.person)
    return enter(arrival, add)


def enter(arrival: Arrival, add: Callable[..., Document]) -> Document | None:
    """Have a kept file entered by `add`; where the rules say no, its bytes go again."""
    if arrival.stored is None:
        return None
    try:
        return add(stored=arrival.stored, file_name=arrival.file_name, media_type=arrival.media_type)
    except Refusal as refusal:
        storage.delete_file(get_settings().files_folder, arrival.stored.key)
        arrival.refuse(refusal)
        return None
