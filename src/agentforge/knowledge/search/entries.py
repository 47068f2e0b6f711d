"""What is searched: one entry for each item, whatever its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agentforge.knowledge.items import Item

FIRST_WORDS: Final = 600
"""Characters of a body that stand for a description where there is none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as it is searched and as it is told."""

    id: str
    name: str
    description: str = ""
    server: str = ""
    """Where a tool comes from."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Each with what is said of it."""
    aliases: tuple[str, ...] = ()
    """Other words that call for it."""
    kind: str = "tool"
    signature: str = ""
    """How it is called, where that is known better than by its parameters' names."""
    uses: int = field(default=0, compare=False)
    """How often it was used."""


def entry_of(item: Item) -> Entry:
    """An item as it is searched."""
    schema = _schema(item.body) if item.kind == "tool" else {}
    given = schema.get("properties")
    said = given if isinstance(given, dict) else {}
    parameters = tuple((name, _described(one)) for name, one in said.items())
    server, tool = item.extra.get("server"), item.extra.get("tool")
    return Entry(
        item.id,
        item.name,
        item.description or ("" if schema else item.body[:FIRST_WORDS]),
        server if isinstance(server, str) else "",
        parameters,
        (*item.triggers, *((tool,) if isinstance(tool, str) else ())),
        item.kind,
        f"{item.name}({', '.join(_typed(name, one, schema) for name, one in said.items())})" if said else "",
    )


def entries_of(items: Iterable[Item]) -> tuple[Entry, ...]:
    """Items as they are searched, without those that a rule of the user's hides."""
    return tuple(entry_of(item) for item in items if item.activation != "hidden")


def _schema(text: str) -> Mapping[str, Any]:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        return {}  # a tool whose schema is not known is found by its name and description
    return plain if isinstance(plain, dict) else {}


def _typed(name: str, one: Any, schema: Mapping[str, Any]) -> str:
    """A parameter as in `labels?: array`, where it may be left out."""
    kind, required = one.get("type") if isinstance(one, dict) else None, schema.get("required")
    told = f": {kind}" if isinstance(kind, str) else ""
    return f"{name}{'' if isinstance(required, list) and name in required else '?'}{told}"


def _described(one: Any) -> str:
    said = one.get("description") if isinstance(one, dict) else None
    return said if isinstance(said, str) else ""
