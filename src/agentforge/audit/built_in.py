"""What a client sends of its own, by the dated table of sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from agentforge.audit.report import BUILT_IN, Category, Part
from agentforge.knowledge import Build, Size
from agentforge.tokens import Count, family

SEARCH_TOOLS: Final = frozenset({"ToolSearch", "DeferredToolPlaceholder"})
"""Claude Code's tools that are there only while others are deferred."""
_CATEGORIES: Final[Mapping[str, Category]] = MappingProxyType(
    {
        "system": "system prompt",
        "permissions": "system prompt",
        "mode": "system prompt",
        "output_style": "system prompt",
        "agents": "personas",
        "skills": "skills and commands",
        "deferred_tools": "deferred tool names",
        "memory": "memory",
        "mcp_instructions": "MCP instructions",
    }
)


def built_in_parts(
    build: Build, model: str, *, deferring: bool, frames: Collection[str], denied: Collection[str] = ()
) -> Iterator[Part]:
    """The client's own prompt, tools and frames; what is denied or not needed is left out.

    The sizes are of one model's prompt: for any other model nobody knows how far they are off.
    """
    for name, size in build.parts.items():
        if deferring or name != "deferred_tools":
            yield _part(_CATEGORIES.get(name, "environment"), f"own {name.replace('_', ' ')}", size, build, model)
    for name in frames:
        if name in build.frames:
            category = _CATEGORIES.get(name, "environment")
            yield _part(category, f"around {name.replace('_', ' ')}", build.frames[name], build, model)
    for name, size in build.tools.items():
        if name not in denied and (deferring or name not in SEARCH_TOOLS):
            yield _part("built-in tools", name, size, build, model)
    if not deferring:
        for name, size in build.deferred.items():
            if name not in denied:
                yield _part("built-in tools", name, size, build, model)


def _part(category: Category, name: str, size: Size, build: Build, model: str) -> Part:
    ratio = family(model).ratios["json" if category == "built-in tools" else "markdown"]
    error = ratio.error if build.model == model else None
    return Part(
        category,
        name,
        size.bytes,
        Count(int(size.tokens * ratio.tokens + 0.5), "estimated", model, error),
        BUILT_IN,
    )
