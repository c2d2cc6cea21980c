"""Lists whose search, filters and order stand in the address, so that a view can be kept, sent and printed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request

Option = TypeVar("Option", bound=StrEnum)
Line = TypeVar("Line")

LONGEST_FILTER: Final = 200


@dataclass(frozen=True, slots=True)
class ListView:
    """What the address says about a list; whatever cannot be read counts as not said."""

    path: str
    filters: dict[str, str]
    sort: str
    first_sort: str

    @property
    def is_filtered(self) -> bool:
        """Whether the list shows less than everything."""
        return any(self.filters.values())

    @property
    def query(self) -> str:
        """The part of the address from the question mark on, for links to the same view elsewhere."""
        return self._query(self.sort)

    def sort_address(self, key: str) -> str:
        """Where a press on the head of a column leads: sorted by it, and the other way round at the second press."""
        return self.path + self._query(f"-{key}" if self.sort == key else key)

    def page_address(self, page: int) -> str:
        """The same view at another page of the list."""
        return self.path + self._query(self.sort, page=str(page))

    def option(self, name: str, options: type[Option]) -> Option | None:
        """A filter as one of the options."""
        value = self.filters[name]
        return options(value) if value in set(options) else None

    def identity(self, name: str) -> UUID | None:
        """A filter as an id."""
        try:
            return UUID(self.filters[name])
        except ValueError:
            return None

    def number(self, name: str) -> int | None:
        """A filter as a number of up to nine digits."""
        value = self.filters[name]
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None

    def _query(self, sort: str, **more: str) -> str:
        said = {name: value for name, value in self.filters.items() if value}
        if sort != self.first_sort:
            said["sort"] = sort
        said.update(more)
        return f"?{urlencode(said)}" if said else ""


def read_list(request: Request, *, filters: Collection[str], sorts: Collection[str], first_sort: str) -> ListView:
    """The view that the address asks for."""
    asked = request.query_params
    sort = asked.get("sort", first_sort)
    return ListView(
        path=request.url.path,
        filters={name: asked.get(name, "")[:LONGEST_FILTER] for name in filters},
        sort=sort if sort.removeprefix("-") in sorts else first_sort,
        first_sort=first_sort,
    )


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Line]):
    """A piece of a long list and its place in it."""

    lines: Sequence[Line]
    count: int
    number: int
    pages: int


def cut(request: Request, lines: Sequence[Line], *, per_page: int) -> ListPage[Line]:
    """The piece of a list that the address asks for, within what exists."""
    pages = max(1, -(-len(lines) // per_page))
    asked = request.query_params.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else 1
    number = min(max(number, 1), pages)
    return ListPage(lines[(number - 1) * per_page : number * per_page], len(lines), number, pages)
