"""The child process that sets one paper: an order as JSON on standard input, the PDF on standard output.

It is started by `typesetting.py` as a file of its own and imports nothing else of the portal.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from typst import PDFStandard

MEMORY: Final = 1024 * 1024 * 1024
STANDARDS: Final[tuple[list[PDFStandard], ...]] = (["1.7", "a-2a", "ua-1"], ["1.7"])
_NEW_USER_AND_NETWORK: Final = 0x10000000 | 0x40000000


def main() -> None:
    """Set the paper that was ordered; ends with a status other than 0 and one line where that fails."""
    order = json.load(sys.stdin)
    limit_resources(order["seconds"])
    leave_network()
    sys.stdout.buffer.write(set_paper(order))


def limit_resources(seconds: int) -> None:
    """Bound processor time and memory, and leave no image of the data behind when it ends badly."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def leave_network() -> None:
    """Move to a network of its own that leads nowhere; where the kernel does not allow it, templates without
    packages still have no reason to ask for anything."""
    ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER_AND_NETWORK)


def set_paper(order: dict[str, Any]) -> bytes:
    """The PDF by the strictest standard that the letters in the data allow."""
    import typst
    from noto_cjk_sans_jp_regular import FONT_PATH

    failure = ""
    for standards in STANDARDS:
        try:
            pdf = typst.compile(
                order["template"],
                root=str(Path(order["template"]).parent),
                font_paths=[str(Path(str(FONT_PATH)).parent)],
                ignore_system_fonts=True,
                sys_inputs={"data": order["data"]},
                pdf_standards=standards,
                timestamp=order["made_at"],
                package_path="/nonexistent",
                package_cache_path="/nonexistent",
            )
        except typst.TypstError as error:
            # What stands behind a quotation mark may be a person's words.
            failure = str(error).partition('"')[0].splitlines()[0]
        else:
            return bytes(pdf)
    raise SystemExit(failure)


if __name__ == "__main__":
    main()
