"""Shuts the files of the machine to the child; only the program stays readable (Landlock, Linux 5.13 and later)."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_NO_NEW_PRIVILEGES: Final = 38

_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_RIGHTS_BY_VERSION: Final = (0, 13, 14, 15, 15, 16)
"""How many kinds of access to files each version of the kernel's interface knows."""
_TCP: Final = 0b11
_SIGNALS_AND_SOCKETS: Final = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def shut_files(program: Path) -> bool:
    """From now on this process opens nothing but its program and libraries; False where the kernel cannot do that."""
    if not sys.platform.startswith("linux"):
        return False
    system = ctypes.CDLL(None, use_errno=True)
    system.syscall.restype = ctypes.c_long
    version = system.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    rights = (1 << _RIGHTS_BY_VERSION[min(version, len(_RIGHTS_BY_VERSION) - 1)]) - 1
    wanted = _Ruleset(rights, _TCP if version >= 4 else 0, _SIGNALS_AND_SOCKETS if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = system.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        for folder in _needed(program):
            _allow(system, ruleset, folder)
        if system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            return False
        return bool(system.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0)
    finally:
        os.close(ruleset)


def _needed(program: Path) -> Iterable[str]:
    """Where modules and libraries come from that are loaded later."""
    libraries = (sys.prefix, os.path.dirname(os.__file__), "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")  # noqa: PTH120
    return {str(program), *libraries}


def _allow(system: ctypes.CDLL, ruleset: int, folder: str) -> None:
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError:
        return
    rule = _PathBeneath(_EXECUTE | _READ_FILE | _READ_FOLDER, opened)
    system.syscall(
        _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0)
    )
    os.close(opened)
