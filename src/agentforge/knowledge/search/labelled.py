"""Tools, past queries and queries as JSON lines, so that anyone can score the search on data of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from agentforge.knowledge.search.entries import Entry
from agentforge.knowledge.search.search import Search
from agentforge.wire.errors import UsageError

FORM: Final = (
    'a line is {"tools": [{"id", "name", "description", "server", "params": [{"name", "description"}]}]}, first, then '
    '{"past": [{"query", "used": [ids]}]} or {"query": "..."}'
)
RANKED: Final = 10
"""Ids in an answer, unless told otherwise."""


def answers(lines: Iterable[str], *, limit: int = RANKED, say: Callable[[str], object] | None = None) -> Iterator[str]:
    """A JSON list of ids, best first, for each query line; `say` is told what is read otherwise than it was meant."""
    search: Search | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        told = _read(line, number)
        if "tools" not in told and search is None:
            raise _wrong(number, 'the first line has no "tools"')
        if "tools" in told:
            entries = [_entry(one, number, at) for at, one in enumerate(_rows(told, "tools", number), 1)]
            once = {entry.id: entry for entry in reversed(entries)}
            if say and len(once) < len(entries):
                say(f"line {number}: {len(entries) - len(once)} tools have the id of an earlier one and are left out")
            search = Search(reversed(once.values()))
        assert search is not None
        if "past" in told:
            for one in _rows(told, "past", number):
                search.learn(_text(one, "query", number), _listed(one, "used", number))
        if "query" in told:
            hits = search.rank(_text(told, "query", number), limit=limit)
            yield json.dumps([hit.entry.id for hit in hits], ensure_ascii=False)
        if not {"tools", "past", "query"} & told.keys():
            raise _wrong(number, 'it has none of "tools", "past" and "query"')


def _read(line: str, number: int) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _wrong(number, f"it is not JSON: {error}") from error
    if not isinstance(told, dict):
        raise _wrong(number, "it is no JSON object")
    return told


def _entry(told: Mapping[str, Any], number: int, at: int) -> Entry:
    name = told.get("name") or told.get("id")
    id = told.get("id") if told.get("id") is not None else name
    if not isinstance(name, str) or not isinstance(id, str):
        raise _wrong(number, f"tool {at} has no id or name that is a string")
    params = told.get("params")
    given = [one for one in params if isinstance(one, dict)] if isinstance(params, list) else []
    parameters = tuple((_or_empty(one.get("name")), _or_empty(one.get("description"))) for one in given)
    return Entry(id, name, _or_empty(told.get("description")), _or_empty(told.get("server")), parameters)


def _rows(told: Mapping[str, Any], key: str, number: int) -> list[Mapping[str, Any]]:
    rows = _listed(told, key, number, dict)
    return [row for row in rows if isinstance(row, dict)]


def _listed(told: Mapping[str, Any], key: str, number: int, of: type = str) -> list[Any]:
    rows = told.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, of) for row in rows):
        raise _wrong(number, f'"{key}" is no list of {"objects" if of is dict else "strings"}')
    return rows


def _text(told: Mapping[str, Any], key: str, number: int) -> str:
    text = told.get(key)
    if not isinstance(text, str):
        raise _wrong(number, f'"{key}" is no string')
    return text


def _or_empty(text: Any) -> str:
    return text if isinstance(text, str) else ""


def _wrong(number: int, what: str) -> UsageError:
    return UsageError(what, where=f"line {number} of stdin", fix=FORM)
