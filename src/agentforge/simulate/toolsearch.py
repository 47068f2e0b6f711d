"""The provider's own tool search: deferred tools by name, description and arguments; by pattern or by words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log
from typing import Any, Final

from agentforge.simulate.rendering import Plain

FOUND: Final = 5
_LONGEST: Final = 200
_WORD: Final = re.compile(r"[a-z0-9]+")


def answer_search(request: Plain, query: str, call_id: str) -> list[Plain]:
    """The blocks of a search and its result; none where the request brings no search tool."""
    tool = next(
        (one for one in request.get("tools") or [] if str(one.get("type")).startswith("tool_search_tool_")), None
    )
    if tool is None:
        return []
    by_pattern = "regex" in str(tool["type"])
    asked = {"pattern" if by_pattern else "query": query}
    call = {"type": "server_tool_use", "id": call_id, "name": tool.get("name"), "input": asked}
    deferred = [one for one in request["tools"] if one.get("defer_loading")]
    content: Plain
    try:
        names = _by_pattern(deferred, query) if by_pattern else _by_words(deferred, query)
        references = [{"type": "tool_reference", "tool_name": name} for name in names]
        content = {"type": "tool_search_tool_search_result", "tool_references": references}
    except re.error:
        content = {"type": "tool_search_tool_result_error", "error_code": "invalid_tool_input"}
    return [call, {"type": "tool_search_tool_result", "tool_use_id": call_id, "content": content}]


def _by_pattern(tools: list[Plain], pattern: str) -> list[str]:
    if len(pattern) > _LONGEST:
        raise re.error("longer than 200 characters")
    sought = re.compile(pattern)
    return [str(tool["name"]) for tool in tools if any(map(sought.search, _texts(tool)))][:FOUND]


def _by_words(tools: list[Plain], query: str) -> list[str]:
    documents = {str(tool["name"]): _WORD.findall(" ".join(_texts(tool)).lower().replace("_", " ")) for tool in tools}
    asked = set(_WORD.findall(query.lower()))
    rare = {word: log(1 + len(documents) / (1 + sum(word in words for words in documents.values()))) for word in asked}
    scores = {
        name: sum(rare[word] * words.count(word) / (words.count(word) + 1.5) for word in asked)
        for name, words in documents.items()
    }
    return sorted((name for name, score in scores.items() if score > 0), key=lambda name: -scores[name])[:FOUND]


def _texts(tool: Plain) -> Iterator[str]:
    yield str(tool.get("name", ""))
    yield str(tool.get("description", ""))
    properties: dict[str, Any] = (tool.get("input_schema") or {}).get("properties") or {}
    for name, schema in properties.items():
        yield name
        yield str(schema.get("description", "")) if isinstance(schema, dict) else ""
