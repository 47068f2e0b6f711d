"""What a client sends of its own, by the dated table of sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from agentforge.audit.report import BUILT_IN, Category, Part
from agentforge.audit.sending import Sending
from agentforge.knowledge import Build, Size, deferred_lines, wire_bytes
from agentforge.tokens import Count, counter_for, family

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
        "output_style_keeping": "system prompt",
        "auto_memory_warning": "memory",
        "failed_servers": "deferred tool names",
        "failed_remote_servers": "deferred tool names",
    }
)


def built_in_parts(
    build: Build,
    model: str,
    *,
    sending: Sending,
    frames: Collection[str],
    denied: Collection[str] = (),
    resources: bool = False,
) -> Iterator[Part]:
    """The client's own prompt, tools and frames; what is denied or not needed is left out.

    The sizes are of one model's prompt: for any other model nobody knows how far they are off. `resources`: whether
    there are servers with resources to read.
    """
    for name, size in build.parts.items():
        if sending.names or name != "deferred_tools":
            shown = f"{build.client}'s {name.replace('_', ' ')}"
            yield _part(_CATEGORIES.get(name, "environment"), shown, size, build, model)
    for name, size in build.frames.items():
        if name in frames:
            yield _part(_CATEGORIES.get(name, "environment"), f"around {name.replace('_', ' ')}", size, build, model)
    for name, size in build.tools.items():
        if name not in denied and (not sending.definitions or name not in SEARCH_TOOLS):
            yield _part("built-in tools", name, size, build, model)
    if sending.definitions:
        for name, size in build.deferred.items():
            if name not in denied:
                yield _part("built-in tools", name, size, build, model)
    if resources:
        yield from _resource_tools(build, model, sending, denied)


def left_out_part(build: Build, model: str, characters: int) -> Part:
    """What the client leaves out of its own list of skills where the user's fill it; it weighs less than nothing."""
    own = build.parts["skills"]
    size = Size(-characters, -round(characters * own.tokens / own.bytes))
    return _part("skills and commands", f"{build.client}'s descriptions left out", size, build, model)


def _resource_tools(build: Build, model: str, sending: Sending, denied: Collection[str]) -> Iterator[Part]:
    """The tools to read resources with: whole from clients that defer none of their own, else like the others."""
    for name, size in build.resources.items():
        if name in denied:
            continue
        if sending.definitions or not build.deferred:
            yield _part("built-in tools", name, size, build, model)
        if sending.names and build.deferred:
            line = deferred_lines([name])
            yield Part("deferred tool names", name, wire_bytes(line), counter_for(model).text(line), BUILT_IN)


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
