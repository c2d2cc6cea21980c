"""What all endpoints have in common: their names, the calls a token may make, and deeds that are done once."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.routing import APIRoute
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from services import kept_replies
from services.api_refusals import KeyUnusable, StillRunning, TooManyCalls
from services.kept_replies import Reply
from services.keys import digest_of
from settings import get_settings
from web.access import SAFE_METHODS, SessionDep, bearer_of

KEY: Final = "idempotency-key"
_USABLE_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")

_calls: Final = MovingWindowRateLimiter(MemoryStorage())
_running: Final[set[tuple[bytes, str]]] = set()

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Endpoint(APIRoute):
    """A route of the API: named after its function, counted per token, repeatable with an Idempotency-Key."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        # Pages have functions of the same names; the names of routes must differ.
        options["name"] = f"api_{endpoint.__name__}"
        options["operation_id"] = endpoint.__name__
        options["summary"] = endpoint.__name__.replace("_", " ").capitalize()
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            token = bearer_of(request)
            refuse_over_rate(token or (request.client.host if request.client else ""))
            key = request.headers.get(KEY)
            if key is None or not token or request.method in SAFE_METHODS:
                return await handle(request)
            if not _USABLE_KEY.fullmatch(key):
                raise KeyUnusable
            return await do_once(request, handle, token=token, key=key)

        return guarded


def make_router(noun: str) -> APIRouter:
    """The endpoints of one noun."""
    return APIRouter(tags=[noun], route_class=Endpoint)


def refuse_over_rate(caller: str) -> None:
    """Count a call; raise TooManyCalls where there were too many in the last minute."""
    most = get_settings().api_calls_per_minute
    limit, name = RateLimitItemPerMinute(most), hashlib.sha256(caller.encode()).hexdigest()
    if not _calls.hit(limit, name):
        opens_at = _calls.get_window_stats(limit, name).reset_time
        raise TooManyCalls(limit=most, retry_after=max(1, math.ceil(opens_at - time.time())))


def forget_calls() -> None:
    """Start counting anew; between tests."""
    _calls.storage.reset()


@dataclass(frozen=True, slots=True)
class Call:
    """One deed that is to be done once."""

    caller_hash: bytes
    key: str
    request_hash: bytes


class Replayed(Exception):
    """The call was answered before."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


def answer_again(request: Request, session: SessionDep, *, clinic_id: UUID) -> None:
    """Raise Replayed where this call was answered before; asked once it is known who calls, in the deed's own session.

    Raises KeyUsedBefore where the key came with another call.
    """
    request.state.session, request.state.clinic_id = session, clinic_id
    raise_answered(request, session)


def raise_answered(request: Request, session: SessionDep) -> None:
    """The same for uploads, which ask before the first byte of a file is read."""
    call: Call | None = getattr(request.state, "call", None)
    if call is not None and request.method not in SAFE_METHODS:
        reply = kept_replies.find_reply(session, **asdict(call))
        if reply is not None:
            raise Replayed(reply)


async def do_once(request: Request, handle: Handler, *, token: str, key: str) -> Response:
    """Answer a call, or give the answer it got before; a refusal undid everything, so that it is not kept."""
    call = Call(digest_of(token), key, await digest_of_call(request))
    with running(call):
        request.state.call = call
        request.state.before_receiving = partial(raise_answered, request)
        try:
            response = await handle(request)
        except Replayed as found:
            return replay(found.reply)
        if response.status_code < HTTPStatus.BAD_REQUEST and hasattr(request.state, "session"):
            # The transaction of the deed is still open here: both are kept, or neither.
            await run_in_threadpool(keep_answer, request, call, response)
        return response


def keep_answer(request: Request, call: Call, response: Response) -> None:
    """Keep what a deed was answered."""
    reply = Reply(response.status_code, response.headers.get("location", ""), bytes(response.body))
    state = request.state
    kept_replies.keep_reply(state.session, clinic_id=state.clinic_id, reply=reply, **asdict(call))


def replay(reply: Reply) -> Response:
    """The answer as it left the first time, marked as repeated."""
    headers = {"Idempotency-Replayed": "true"} | ({"Location": reply.location} if reply.location else {})
    return Response(reply.body, reply.status, headers, media_type="application/json" if reply.body else None)


async def digest_of_call(request: Request) -> bytes:
    """What a call asks for; files are not read twice, so that an upload is known by its length."""
    is_upload = request.headers.get("content-type", "").startswith("multipart/")
    body = request.headers.get("content-length", "").encode() if is_upload else await request.body()
    address = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(address.encode() + hashlib.sha256(body).digest()).digest()


@contextmanager
def running(call: Call) -> Iterator[None]:
    """While a call runs, raise StillRunning for the same one; other processes wait for its transaction instead."""
    name = (call.caller_hash, call.key)
    if name in _running:
        raise StillRunning
    _running.add(name)
    try:
        yield
    finally:
        _running.discard(name)
