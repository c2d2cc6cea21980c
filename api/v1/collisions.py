"""Two who change the same thing: the second is told what stands there now, and nothing is overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.v1.shapes import Marked
from services.api_refusals import VersionOutdated
from services.collisions import ChangedMeanwhile


@contextmanager
def telling_collisions(tell: Callable[[], Marked]) -> Iterator[None]:
    """Turn a collision into `edited_meanwhile` with what `tell` says of the thing as it stands now."""
    try:
        yield
    except ChangedMeanwhile as collision:
        raise VersionOutdated(tell().model_dump(mode="json")) from collision
