"""Rooms for programs that must not reach out nor write: namespaces, where the system allows them."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from agentforge.wire.errors import OutsideError

_WAYS: Final = (("unshare",), ("unshare", "--map-root-user"))
_SECONDS: Final = 10
_LAYERED: Final = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/low" "$1/up" "$1/work" "$1/top"
mount -t overlay overlay -o lowerdir="$1/low",upperdir="$1/up",workdir="$1/work" "$1/top"
: > "$1/top/written"
"""


@cache
def namespace() -> tuple[str, ...] | None:
    """The command that runs another in a network namespace of its own; None where this machine does not allow it."""
    return next((way for way in ((*way, "--net") for way in _WAYS) if _works([*way, "true"])), None)


@cache
def layers() -> tuple[str, ...] | None:
    """The command that runs another where it may lay a folder over an existing one; None where that is not allowed."""
    with tempfile.TemporaryDirectory() as folder:
        tries = ((*way, "--mount") for way in _WAYS)
        return next((way for way in tries if _works([*way, "sh", "-c", _LAYERED, "sh", folder])), None)


def _works(command: Sequence[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    try:
        ended = subprocess.run(  # noqa: S603 - it is unshare with `true` or the script above
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def raise_loopback() -> None:
    """Brings `lo` up, and makes sure that there is no way out; for a process in a network namespace of its own."""
    import fcntl

    set_flags, up_and_running = 0x8914, 0x1 | 0x40
    somewhere = ("192.0.2.1", 9)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, set_flags, struct.pack("16sH14x", b"lo", up_and_running))
        assert probe.connect_ex(somewhere) == errno.ENETUNREACH, "this network has a way out"


def shield(folders: Sequence[Path], room: Path) -> None:
    """Lays an empty layer in memory over each folder: all of it can be read, and what is written is gone afterwards.

    For a process in a mount namespace of its own; `room` is an empty folder that the layers may take.
    """
    mount("-t", "tmpfs", "tmpfs", str(room))
    named = []
    for number, folder in enumerate(folders):
        low, up, work = (room / f"{name}{number}" for name in ("low", "up", "work"))
        for inner in (low, up, work):
            inner.mkdir()
        # The bind gives the folder a plain name, and keeps what a layer over its parent would hide.
        mount("--bind", str(folder), str(low))
        shutil.copymode(folder, up)
        named.append((folder, f"lowerdir={low},upperdir={up},workdir={work}"))
    for folder, options in named:
        mount("-t", "overlay", "overlay", "-o", options, str(folder))


def mount(*words: str) -> None:
    """Mounts, or says what could not be."""
    ended = subprocess.run(  # noqa: S603 - our own words
        ["mount", *words],  # noqa: S607 - the system's
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise OutsideError(f"no layer could be laid over it: {ended.stderr.strip()}", where=words[-1])


def to_shield(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The folders, each as it really stands, without those that lie in another one on the same file system."""
    real = sorted({Path(os.path.realpath(folder)) for folder in folders if folder.is_dir()})
    kept: list[Path] = []
    for folder in real:
        same = [one for one in kept if folder.is_relative_to(one) and one.stat().st_dev == folder.stat().st_dev]
        if not same and folder != Path(folder.anchor):
            kept.append(folder)
    return tuple(kept)
