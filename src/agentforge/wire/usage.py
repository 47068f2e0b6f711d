"""What an answer cost, between the dialects' counts and our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from agentforge.wire.jsontext import ABSENT, Json, canonical, dump, load
from agentforge.wire.shape import Member, Misfit, one
from agentforge.wire.values import NOTHING, Dialect, Origin, Usage


@dataclass(frozen=True, slots=True)
class UsageForm:
    """One dialect's counts: how they become ours, and ours theirs."""

    dialect: Dialect
    from_plain: Callable[[dict[str, Any]], Usage]
    to_plain: Callable[[Usage], dict[str, Any]]

    def read(self, text: bytes) -> Usage:
        """The counts; members that ours do not give back are kept in `extra`."""
        plain = load(text)
        if not isinstance(plain, dict):
            raise Misfit
        counts = self.from_plain(plain)
        ours = self.to_plain(counts)
        extra = {key: Json(dump(value)) for key, value in plain.items() if _differ(ours.get(key, ABSENT), value)}
        extra |= {key: ABSENT for key in ours if key not in plain}
        counts = replace(counts, extra=extra or NOTHING)
        return replace(counts, origin=Origin(self.dialect, text, (counts,)))

    def write(self, usage: Usage) -> bytes:
        """The dialect's JSON of the counts."""
        ours = self.to_plain(usage)
        origin = usage.origin
        if origin is not None and origin.dialect == self.dialect:
            before: Usage = origin.fields[0]
            if usage == before:
                return origin.text
            was = self.to_plain(before)
            kept = {key: json for key, json in usage.extra.items() if not _differ(was.get(key), ours.get(key))}
        else:
            kept = dict(usage.extra)
        plain = ours | {key: json.value for key, json in kept.items() if json.text}
        return dump({key: value for key, value in plain.items() if kept.get(key) != ABSENT})


def count(plain: Any, *path: str) -> int:
    """The whole number at that path of members, or 0; what is odd there is kept by the form."""
    for key in path:
        plain = plain.get(key) if isinstance(plain, dict) else None
    return plain if type(plain) is int else 0


def usage(field: str, key: str, form: UsageForm) -> Member:
    """A usage object that may be missing or null."""
    return one(field, key, form.read, lambda new, _: None if new is None else form.write(new))


def _differ(ours: Any, theirs: Any) -> bool:
    return ours is ABSENT or canonical(ours) != canonical(theirs)
