"""What a server listed, taken as it came: each entry kept as far as it makes sense, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from agentforge.knowledge.mcp.limits import CHECKED, CHECKED_SIZE
from agentforge.knowledge.mcp.probed import ProbedPrompt, ProbedResource, ProbedTool
from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import Json

T = TypeVar("T")

Flaw: TypeAlias = Callable[[str], None]

KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array", dict: "an object"}
)


def tools_of(entries: Iterable[object], flaw: Flaw) -> tuple[ProbedTool, ...]:
    """The tools of a `tools/list`, each name once."""
    tools = tuple(_distinct(_objects(entries, "tool", flaw), lambda entry: _tool(entry, flaw), "tool", flaw))
    size = 0
    schemas: dict[bytes, ProbedTool] = {}
    for tool in tools:
        schemas.setdefault(tool.input_schema.text, tool)
    for tool in islice(schemas.values(), CHECKED):
        size += len(tool.input_schema.text)
        if size > CHECKED_SIZE:
            break
        _check_schema(tool, flaw)
    return tools


def prompts_of(entries: Iterable[object], flaw: Flaw) -> tuple[ProbedPrompt, ...]:
    """The prompts of a `prompts/list`, each name once."""

    def read(entry: dict[str, Any]) -> ProbedPrompt | None:
        name = _name(entry, "name", "prompt", flaw)
        if name is None:
            return None
        return ProbedPrompt(name, _text(entry, "description", name, flaw), _json(entry, "arguments"))

    return tuple(_distinct(_objects(entries, "prompt", flaw), read, "prompt", flaw))


def resources_of(entries: Iterable[object], flaw: Flaw, *, template: bool = False) -> tuple[ProbedResource, ...]:
    """The resources of a `resources/list`, or of a `resources/templates/list`."""
    key = "uriTemplate" if template else "uri"

    def read(entry: dict[str, Any]) -> ProbedResource | None:
        uri = _name(entry, key, "resource", flaw)
        if uri is None:
            return None
        return ProbedResource(uri, _text(entry, "name", uri, flaw), _text(entry, "description", uri, flaw), template)

    return tuple(filter(None, map(read, _objects(entries, "resource", flaw))))


def _objects(entries: Iterable[object], what: str, flaw: Flaw) -> Iterator[dict[str, Any]]:
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            yield entry
        else:
            flaw(f"{what} {number} is {_kind(entry)}, not an object")


def _distinct(
    entries: Iterator[dict[str, Any]], read: Callable[[dict[str, Any]], T | None], what: str, flaw: Flaw
) -> Iterator[T]:
    seen: set[str] = set()
    for entry in entries:
        found = read(entry)
        if found is None:
            continue
        if entry["name"] in seen:
            flaw(f"lists the {what} {_short(entry['name'])} more than once")
            continue
        seen.add(entry["name"])
        yield found


def _tool(entry: dict[str, Any], flaw: Flaw) -> ProbedTool | None:
    name = _name(entry, "name", "tool", flaw)
    if name is None:
        return None
    description = _text(entry, "description", name, flaw)
    schema = entry.get("inputSchema")
    if not isinstance(schema, dict):
        flaw(f"{_short(name)}: its inputSchema is {_kind(schema)}, not an object")
    elif schema.get("type") != "object":
        flaw(f'{_short(name)}: its inputSchema is not of type "object"')
    return ProbedTool(name, description, Json.of(schema), _json(entry, "annotations"), _json(entry, "_meta"))


def _check_schema(tool: ProbedTool, flaw: Flaw) -> None:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(tool.input_schema.value)
    except SchemaError as error:
        where = "".join(f"/{step}" for step in error.absolute_path) or "/"
        flaw(f"{_short(tool.name)}: no valid JSON Schema at {_short(where)}: {_short(error.message)}")
    except (RecursionError, NotJson):
        flaw(f"{_short(tool.name)}: its schema is nested too deeply")


def _name(entry: dict[str, Any], key: str, what: str, flaw: Flaw) -> str | None:
    name = entry.get(key)
    if isinstance(name, str) and name:
        return name
    flaw(f"a {what} has {_kind(name)} for a {key}; it was left out")
    return None


def _text(entry: dict[str, Any], key: str, name: str, flaw: Flaw) -> str:
    text = entry.get(key)
    if text is None or isinstance(text, str):
        return text or ""
    flaw(f"{_short(name)}: its {key} is {_kind(text)}, not a string")
    return ""


def _json(entry: dict[str, Any], key: str) -> Json | None:
    return None if entry.get(key) is None else Json.of(entry[key])


def _kind(value: object) -> str:
    return KINDS.get(type(value), "nothing")


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
