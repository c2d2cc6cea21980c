"""Addresses of pages by the names of their routes."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


class Addresses:
    """`addresses("show_vendor", vendor_id=…)` → path; values that are no part of the path become its query."""

    def __init__(self, app: FastAPI) -> None:
        self._paths: dict[str, tuple[str, frozenset[str]]] = {}
        for context in iter_route_contexts(app.routes):
            path, name = getattr(context, "path", None), getattr(context, "name", None)
            if isinstance(path, str) and isinstance(name, str):
                plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
                self._paths[name] = plain, frozenset(re.findall(r"\{(\w+)\}", plain))

    def __call__(self, name: str, /, **values: object) -> str:
        path, parts = self._paths[name]
        if not values:
            return path
        address = path.format(**{part: quote(str(values[part]), safe="") for part in parts})
        rest = {key: value for key, value in values.items() if key not in parts and value not in (None, "")}
        return f"{address}?{urlencode(rest, doseq=True)}" if rest else address
