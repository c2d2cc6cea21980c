"""What the child that reads a stranger's file takes away from itself before it opens the file."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

MEGABYTE: Final = 1024 * 1024
MEMORY: Final = 512 * MEGABYTE
CPU_SECONDS: Final = 10
MAX_OUTPUT: Final = 32 * MEGABYTE
_OPEN_FILES: Final = 64

_NEW_NETWORK: Final = 0x40000000
_NEW_USER: Final = 0x10000000


def limit_resources() -> None:
    """Memory, processor time, what it may write, and no core that would hold what it read."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _lower(what, limit, limit)
    # The first limit ends the process with a signal of its own, the second without asking.
    _lower(resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 1)


def leave_network() -> bool:
    """Go where there is no network; False where the system does not allow that to a process of this kind."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    system = ctypes.CDLL(None, use_errno=True)
    # Without rights on the machine it takes a user namespace of its own first.
    kinds = (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK) if os.geteuid() == 0 else (_NEW_USER | _NEW_NETWORK,)
    return any(system.unshare(kind) == 0 for kind in kinds)


def shut_files() -> bool:
    """Leave only the program readable; False where the kernel cannot do that."""
    from services.reading import seal

    return seal.shut_files(Path(__file__).resolve().parent.parent)


def describe() -> dict[str, Any]:
    """What a child finds around itself, for `doctor` and for tests."""
    return {
        "environment": sorted(os.environ),
        "folder": _names_here(),
        "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
        "seconds": resource.getrlimit(resource.RLIMIT_CPU)[0],
        "core": resource.getrlimit(resource.RLIMIT_CORE)[1],
    }


def _names_here() -> list[str]:
    """What lies in the working folder; nothing, too, where it cannot even be listed."""
    try:
        return sorted(entry.name for entry in Path.cwd().iterdir())
    except PermissionError:
        return []


def _lower(what: int, soft: int, hard: int) -> None:
    allowed = resource.getrlimit(what)[1]
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    try:
        resource.setrlimit(what, (soft, hard))
    except (OSError, ValueError):
        # Some systems do not know every limit; the wall clock of the parent holds in any case.
        return
