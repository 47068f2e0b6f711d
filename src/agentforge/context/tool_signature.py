"""A tool in one line, as in `create_issue(title: string, labels?: string[])`, and what is wrong with a call of it.

Schemas come from anywhere: what cannot be told in few words is `any`, and nothing in them can make this long or fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agentforge.wire import Tool

LONGEST: Final = 900
"""Characters of a signature; required parameters are always there."""
_DEEPEST: Final = 4
_CHOICES: Final = 8
_LONGEST_TYPE: Final = 160
_PYTHON: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def signature(tool: Tool) -> str:
    """How a tool is called; a question mark says that a parameter may be left out."""
    schema = _schema(tool)
    given, required = properties(tool), _required(schema)
    texts = [(name, f"{name}{'' if name in required else '?'}: {_type(one, schema)}") for name, one in given.items()]
    room = LONGEST - sum(len(text) + 2 for name, text in texts if name in required)
    shown, left = [], 0
    for name, text in texts:
        if name not in required:
            room -= len(text) + 2
            if room < 0:
                left += 1
                continue
        shown.append(text)
    more = [f"and {left} more"] if left else []
    return f"{tool.name}({', '.join([*shown, *more])})"


def fault(tool: Tool, arguments: Mapping[str, Any]) -> str | None:
    """What is wrong with the arguments at first sight: one is missing, unknown, or of another type."""
    schema = _schema(tool)
    given = properties(tool)
    missing = [name for name in _required(schema) if name not in arguments]
    if missing:
        return f"{_quoted(missing)} {'is' if len(missing) == 1 else 'are'} required"
    unknown = [name for name in arguments if name not in given]
    if unknown and schema.get("additionalProperties") is False:
        return f"{_quoted(unknown)} {'is no parameter' if len(unknown) == 1 else 'are no parameters'}"
    for name, value in arguments.items():
        one = given.get(name)
        wanted = one.get("type") if isinstance(one, dict) else None
        kinds = _PYTHON.get(wanted) if isinstance(wanted, str) else None
        # A lone null often stands for a value that is left out; the tool itself shall judge.
        if (
            kinds
            and value is not None
            and (
                not isinstance(value, kinds)
                or (value in (True, False) and bool not in kinds and isinstance(value, bool))
            )
        ):
            return f"`{name}` is to be of type {wanted}"
    return None


def properties(tool: Tool) -> Mapping[str, Any]:
    """The parameters of a tool, each with its schema."""
    given = _schema(tool).get("properties")
    return given if isinstance(given, dict) else {}


def descriptions(given: Mapping[str, Any]) -> dict[str, str]:
    """What is said of each parameter, where something is."""
    said = {name: one.get("description") for name, one in given.items() if isinstance(one, dict)}
    return {name: text for name, text in said.items() if isinstance(text, str) and text.strip()}


def _schema(tool: Tool) -> Mapping[str, Any]:
    plain = tool.input_schema.value if tool.input_schema is not None else None
    return plain if isinstance(plain, dict) else {}


def _required(schema: Mapping[str, Any]) -> list[str]:
    named = schema.get("required")
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []


def _type(one: Any, root: Mapping[str, Any], depth: int = 0) -> str:
    text = _told(one, root, depth)
    return text if len(text) <= _LONGEST_TYPE or depth else "object" if text.startswith("{") else "any"


def _told(one: Any, root: Mapping[str, Any], depth: int) -> str:
    if not isinstance(one, dict) or depth > _DEEPEST:
        return "any"
    match one:
        case {"$ref": str(path)}:
            return _told(_referred(path, root), root, depth + 1)
        case {"const": value}:
            return _word(value)
        case {"enum": list(values)} if values:
            return "|".join([*map(_word, values[:_CHOICES]), *(["…"] if len(values) > _CHOICES else [])])
        case {"anyOf": list(ways)} | {"oneOf": list(ways)} if ways:
            return "|".join(dict.fromkeys(_told(way, root, depth + 1) for way in ways[:_CHOICES]))
        case {"type": list(kinds)} if kinds:
            return "|".join(str(kind) for kind in kinds[:_CHOICES])
        case {"type": "array"}:
            inner = _told(one.get("items", {}), root, depth + 1)
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case {"properties": dict(inner)} if inner and depth < _DEEPEST:
            required = _required(one)
            parts = (
                f"{name}{'' if name in required else '?'}: {_told(of, root, depth + 1)}" for name, of in inner.items()
            )
            text = "{" + ", ".join(parts) + "}"
            return text if len(text) <= _LONGEST_TYPE else "object"
        case {"type": str(kind)}:
            return kind[:40]
    return "any"


def _referred(path: str, root: Mapping[str, Any]) -> Any:
    at: Any = root
    for step in path.removeprefix("#").strip("/").split("/"):
        at = at.get(step) if isinstance(at, dict) else None
    return at


def _word(value: Any) -> str:
    return f'"{value[:40]}"' if isinstance(value, str) else str(value)[:40]


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name[:60]}`" for name in names[:_CHOICES])
