"""The processes of a server, its children's children included, also those that left its process group."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


class Member(NamedTuple):
    """A process, and when it began: a number that is used again has another beginning."""

    pid: int
    began: str


class _Seen(NamedTuple):
    member: Member
    parent: int
    session: int
    dead: bool


def family_of(pid: int) -> frozenset[Member]:
    """All living descendants of a process and all members of its session, itself included; empty without /proc."""
    seen = [found for entry in _numbers() if (found := _look(entry)) is not None and not found.dead]
    inside = {pid}
    grown = True
    while grown:
        more = {one.member.pid for one in seen if one.parent in inside or one.session == pid} - inside
        inside |= more
        grown = bool(more)
    return frozenset(one.member for one in seen if one.member.pid in inside)


def still_there(family: frozenset[Member]) -> frozenset[Member]:
    """Those of a family that live."""
    found = ((member, _look(member.pid)) for member in family)
    return frozenset(member for member, now in found if now is not None and not now.dead and now.member == member)


def alive(family: frozenset[Member], group: int) -> bool:
    """Whether one of the family lives; where there is no /proc, whether one of the group does."""
    if PROC.is_dir():
        return bool(still_there(family))
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def tell(family: frozenset[Member], group: int, what: signal.Signals) -> None:
    """Nothing; sends a signal to a process group and to those of the family that live."""
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of the dead
        os.killpg(group, what)
    for member in still_there(family):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(member.pid, what)


def _numbers() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.is_dir() else []


def _look(pid: int) -> _Seen | None:
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None  # it ended meanwhile
    # After the name, which may hold anything: state, parent, group, session, ..., the start time as the 22nd field.
    state, parent, _, session, *rest = stat.rpartition(b")")[2].split()
    return _Seen(Member(pid, rest[15].decode()), int(parent), int(session), state in b"ZX")
