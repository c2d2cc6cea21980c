"""Addresses of pages by the names of their routes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount


def list_routes(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str, frozenset[str]]]:
    """Name, path and methods of every route, those under a mounted router among them."""
    for context in iter_route_contexts(routes):
        path, name, methods = (getattr(context, key, None) for key in ("path", "name", "methods"))
        if isinstance(path, str) and isinstance(name, str):
            yield name, prefix + path, frozenset(methods or ())
    for route in routes:
        if isinstance(route, Mount) and isinstance(route.app, APIRouter):
            yield from list_routes(route.app.routes, prefix + route.path)


class Addresses:
    """`addresses("show_vendor", vendor_id=…)` → path; values that are no part of the path become its query."""

    def __init__(self, app: FastAPI) -> None:
        self._paths: dict[str, tuple[str, frozenset[str]]] = {}
        for name, path, _methods in list_routes(app.routes):
            plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
            self._paths[name] = plain, frozenset(re.findall(r"\{(\w+)\}", plain))

    def __call__(self, name: str, /, **values: object) -> str:
        path, parts = self._paths[name]
        if not values:
            return path
        address = path.format(**{part: _segment(values[part]) for part in parts})
        if len(values) == len(parts):
            return address
        rest = {key: value for key, value in values.items() if key not in parts and value not in (None, "")}
        return f"{address}?{urlencode(rest, doseq=True)}" if rest else address


def _segment(value: object) -> str:
    return str(value) if isinstance(value, UUID) else quote(str(value), safe="")
