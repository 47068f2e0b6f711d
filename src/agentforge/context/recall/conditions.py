"""Conditions on records: `status=error`, `latency_ms>500`, `name~shoe`, several joined by `and`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentforge.context.text import value_of
from agentforge.wire.errors import UsageError

_ONE: Final = re.compile(r"\s*(?P<key>[^=<>!~]+?)\s*(?P<sign>!=|>=|<=|==|=|>|<|~)\s*(?P<value>.*?)\s*", re.DOTALL)
_AND: Final = re.compile(r"\s+(?:and|AND|&&)\s+")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a value must be."""

    key: str
    sign: str
    value: str

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is so; one without the value is not."""
        there, value = _under(record, self.key)
        if not there:
            return False
        if self.sign == "~":
            return self.value.lower() in _said(value).lower()
        if self.sign in ("=", "=="):
            return _is(value, self.value)
        if self.sign == "!=":
            return not _is(value, self.value)
        wanted = value_of(self.value)
        value = value_of(value) if isinstance(value, str) else value
        if isinstance(value, int | float) and isinstance(wanted, int | float):
            return _ORDERS[self.sign](value, wanted)
        return _ORDERS[self.sign](_said(value), self.value)


_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": lambda a, b: bool(a > b),
    "<": lambda a, b: bool(a < b),
    ">=": lambda a, b: bool(a >= b),
    "<=": lambda a, b: bool(a <= b),
}


def conditions(where: str) -> tuple[Condition, ...]:
    """All conditions that must hold."""
    found = []
    for part in _AND.split(where):
        one = _ONE.fullmatch(part)
        if one is None:
            raise UsageError(f"{part[:60]!r} is no condition", fix="write column=value, column>5 or column~part")
        found.append(Condition(one["key"].strip("\"'`"), one["sign"], _unquoted(one["value"])))
    return tuple(found)


def _under(record: Mapping[str, Any], key: str) -> tuple[bool, Any]:
    if key in record:
        return True, record[key]
    value: Any = record
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return False, None
        value = value[part]
    return True, value


def _is(value: Any, wanted: str) -> bool:
    if _said(value) == wanted:
        return True
    number = value_of(value) if isinstance(value, str) else value
    meant = value_of(wanted)
    return isinstance(number, int | float) and isinstance(meant, int | float) and number == meant


def _said(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
