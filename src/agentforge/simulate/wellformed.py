"""The form of a Messages request: which members it must have, and of which type each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from agentforge.simulate.asked import Asked
from agentforge.simulate.reply import invalid

_WORDS: Final[dict[type, str]] = {
    str: "a valid string",
    bool: "a valid boolean",
    int: "a valid integer",
    list: "a valid list",
    dict: "an object",
}
_MEMBERS: Final[dict[str, tuple[type, ...]]] = {
    "system": (list, str),
    "tools": (list,),
    "tool_choice": (dict,),
    "thinking": (dict,),
    "output_config": (dict,),
    "metadata": (dict,),
    "stop_sequences": (list,),
    "stream": (bool,),
    "cache_control": (dict,),
    "context_management": (dict,),
    "diagnostics": (dict,),
    "speed": (str,),
}
_NESTED: Final[dict[tuple[str, str], tuple[type, ...]]] = {
    ("thinking", "block_binding"): (dict,),
    ("output_config", "format"): (dict,),
    ("output_config", "effort"): (str,),
    ("context_management", "edits"): (list,),
}
_Members: TypeAlias = dict[str, tuple[type, ...]]
_WITH_MEMBERS: Final[dict[str, _Members]] = {
    "text": {"text": (str,)},
    "image": {"source": (dict,)},
    "document": {"source": (dict,)},
    "search_result": {"content": (list,)},
    "thinking": {"thinking": (str,), "signature": (str,)},
    "redacted_thinking": {"data": (str,)},
    "tool_use": {"id": (str,), "name": (str,), "input": (dict,)},
    "tool_result": {"tool_use_id": (str,)},
    "tool_reference": {"tool_name": (str,)},
    "server_tool_use": {"id": (str,), "name": (str,), "input": (dict,)},
    "tool_search_tool_result": {"tool_use_id": (str,), "content": (dict,)},
    "tool_addition": {"tool": (dict,)},
    "tool_removal": {"tool": (dict,)},
    "container_upload": {"file_id": (str,)},
}
_OTHERS: Final = (
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
    "mcp_tool_listing",
    "compaction",
    "fallback",
    "advisor_tool_result",
)
_IN_RESULTS: Final = ("text", "image", "document", "search_result", "tool_reference", "browser_state")


def check_form(asked: Asked) -> None:
    """Raises where a member is missing or of another type."""
    body = asked.body
    for name, types in _MEMBERS.items():
        _check(body, name, types, name, optional=True)
    for (outer, name), types in _NESTED.items():
        _check(body.get(outer) or {}, name, types, f"{outer}.{name}", optional=True)
    for number, one in enumerate(body.get("stop_sequences") or []):
        if not isinstance(one, str):
            raise invalid(f"stop_sequences.{number}: Input should be a valid string")
    _check_max_tokens(asked)
    if isinstance(body.get("system"), list):
        for number, block in enumerate(body["system"]):
            _check_block(block, f"system.{number}", ("text",))
    _check(body, "messages", (list,), "messages")
    if not asked.messages:
        raise invalid("messages: at least one message is required")
    known = (*_WITH_MEMBERS, *_OTHERS, *asked.said)
    for number, message in enumerate(asked.messages):
        if not isinstance(message, dict):
            raise invalid(f"messages.{number}: Input should be an object")
        _check(message, "role", (str,), f"messages.{number}.role")
        _check(message, "content", (list, str), f"messages.{number}.content")
        for place, block in _numbered(message["content"]):
            _check_block(block, f"messages.{number}.content.{place}", known)


def _check_max_tokens(asked: Asked) -> None:
    if asked.counting:
        return
    _check(asked.body, "max_tokens", (int,), "max_tokens")
    most, limit = asked.body["max_tokens"], asked.model.max_output
    if most < 0:
        raise invalid("max_tokens: Input should be greater than or equal to 0")
    if limit and most > limit:
        raise invalid(
            f"max_tokens: {most} > {limit}, which is the maximum allowed number of output tokens for "
            f"{asked.model.model}"
        )


def _check_block(block: Any, path: str, known: tuple[str, ...]) -> None:
    if not isinstance(block, dict):
        raise invalid(f"{path}: Input should be an object")
    _check(block, "type", (str,), f"{path}.type")
    kind = block["type"]
    if kind not in known:
        expected = ", ".join(f"'{one}'" for one in known)
        raise invalid(
            f"{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}"
        )
    for name, types in _WITH_MEMBERS.get(kind, {}).items():
        _check(block, name, types, f"{path}.{kind}.{name}")
    _check(block, "cache_control", (dict,), f"{path}.{kind}.cache_control", optional=True)
    if kind == "tool_result":
        _check(block, "content", (list, str), f"{path}.{kind}.content", optional=True)
        for place, inner in _numbered(block.get("content")):
            _check_block(inner, f"{path}.{kind}.content.{place}", _IN_RESULTS)


def _check(plain: Mapping[str, Any], name: str, types: tuple[type, ...], path: str, *, optional: bool = False) -> None:
    value = plain.get(name)
    if value is None and (optional or name not in plain):
        if optional:
            return
        raise invalid(f"{path}: Field required")
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise invalid(f"{path}: Input should be {_WORDS[types[0]]}")


def _numbered(content: Any) -> Iterator[tuple[int, Any]]:
    return enumerate(content) if isinstance(content, list) else iter(())
