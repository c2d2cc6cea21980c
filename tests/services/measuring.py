"""Processor time and memory that one piece of work takes in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# The peak is read from this process's own memory map: getrusage would count that of the process it was forked from.
_MEASURE = """
import re, sys, time
from pathlib import Path

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

{imports}
before, start = peak(), time.process_time()
result = ({expression})
print(time.process_time() - start, peak() - before, result)
"""


class Measured(NamedTuple):
    """What it took."""

    seconds: float
    megabytes: float
    result: str


def measure(imports: str, expression: str, *arguments: str | Path) -> Measured:
    """Evaluate an expression, which finds its arguments in `sys.argv[1:]`."""
    program = _MEASURE.format(imports=imports, expression=expression)
    child = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    seconds, megabytes, result = child.stdout.split(maxsplit=2)
    return Measured(float(seconds), float(megabytes), result.strip())
