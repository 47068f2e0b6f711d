"""The provider's own tool search: deferred tools by name, description and arguments; by pattern or by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import log
from typing import Any, Final

from agentforge.simulate.rendering import Plain

FOUND: Final = 5
LONGEST: Final = 200
"""Characters of a pattern."""
_WORD: Final = re.compile(r"[a-z0-9]+")
_SATURATION: Final = 1.5
_LENGTH: Final = 0.75
"""The usual constants of BM25."""


def answer_search(request: Plain, query: str, call_id: str) -> list[Plain]:
    """The blocks of a search and its result; none where the request brings no search tool."""
    tools = request.get("tools") or []
    tool = next((one for one in tools if str(one.get("type")).startswith("tool_search_tool_")), None)
    if tool is None:
        return []
    by_pattern = "regex" in tool["type"]
    asked = {"pattern" if by_pattern else "query": query}
    call = {"type": "server_tool_use", "id": call_id, "name": tool.get("name"), "input": asked}
    deferred = {str(one["name"]): list(_texts(one)) for one in tools if one.get("defer_loading") and one.get("name")}
    content: Plain
    try:
        names = _by_pattern(deferred, query) if by_pattern else _by_words(deferred, query)
        references = [{"type": "tool_reference", "tool_name": name} for name in names]
        content = {"type": "tool_search_tool_search_result", "tool_references": references}
    except (re.error, OverflowError):
        content = {"type": "tool_search_tool_result_error", "error_code": "invalid_tool_input"}
    return [call, {"type": "tool_search_tool_result", "tool_use_id": call_id, "content": content}]


def _by_pattern(tools: Mapping[str, list[str]], pattern: str) -> list[str]:
    if len(pattern) > LONGEST:
        raise re.error(f"longer than {LONGEST} characters")
    sought = re.compile(pattern)
    return [name for name, texts in tools.items() if any(map(sought.search, texts))][:FOUND]


def _by_words(tools: Mapping[str, list[str]], query: str) -> list[str]:
    """The tools with the highest BM25 score: the fewer tools have a word, the more it tells."""
    words = {name: _WORD.findall(" ".join(texts).lower().replace("_", " ")) for name, texts in tools.items()}
    usual = sum(map(len, words.values())) / max(len(words), 1) or 1
    scores = dict.fromkeys(words, 0.0)
    for word in dict.fromkeys(_WORD.findall(query.lower())):
        having = sum(word in mine for mine in words.values())
        tells = log(1 + (len(words) - having + 0.5) / (having + 0.5))
        for name, mine in words.items():
            times = mine.count(word)
            length = 1 - _LENGTH + _LENGTH * len(mine) / usual
            scores[name] += tells * times * (_SATURATION + 1) / (times + _SATURATION * length)
    return sorted((name for name, score in scores.items() if score > 0), key=lambda name: -scores[name])[:FOUND]


def _texts(tool: Plain) -> Iterator[str]:
    yield str(tool.get("name", ""))
    yield str(tool.get("description") or "")
    schema = tool.get("input_schema")
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    for name, argument in properties.items() if isinstance(properties, dict) else ():
        yield name
        yield str(argument.get("description", "")) if isinstance(argument, dict) else ""
