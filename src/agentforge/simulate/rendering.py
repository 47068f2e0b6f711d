"""The prompt a provider makes of a request, in its order: tools, system, messages; cut where a cache entry may end."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from agentforge.simulate.abilities import Abilities
from agentforge.simulate.promptcache import Lifetime, Segment
from agentforge.simulate.weighing import Weighed
from agentforge.wire import canonical
from agentforge.wire.jsontext import dump

Plain = dict[str, Any]
Place: TypeAlias = tuple[int, int]
"""Message and block within it."""
_REFERRING: Final = ("tool_result", "tool_reference", "tool_addition", "tool_search_tool_result")


@dataclass(frozen=True, slots=True)
class Piece:
    """A content block as the model is shown it."""

    place: Place
    role: str
    block: Plain
    content: bytes
    """Its one form: markers left out, keys sorted, the definitions that it brings into view behind it."""
    order: bytes
    """A call's arguments as they were written: a cache minds the order of their keys, a signature does not."""
    loads: tuple[int, ...] = ()
    """The deferred tools that are in view from here on, by their number in the request."""


def pieces_of(request: Plain) -> list[Piece]:
    """Every content block of a Messages request."""
    tools = request.get("tools") or []
    waiting = {tool.get("name"): at for at, tool in enumerate(tools) if tool.get("defer_loading")}
    pieces = []
    for number, message in enumerate(request["messages"]):
        role = str(message.get("role"))
        for place, block in enumerate(blocks_of(message.get("content"))):
            content = canonical(shown(block))
            loads = tuple(waiting.pop(name) for name in references(block) if name in waiting) if waiting else ()
            for at in loads:
                content += canonical(shown(tools[at]))
            order = dump(block["input"]) if "input" in block else b""
            pieces.append(Piece((number, place), role, block, content, order, loads))
    return pieces


def anthropic_segments(
    request: Plain,
    pieces: Sequence[Piece],
    weighed: Weighed,
    model: Abilities,
    *,
    gone: Container[Place] = (),
    thought: Mapping[Place, int] | None = None,
) -> list[Segment]:
    """The rendered prompt of a Messages request.

    `gone` is thinking that is not shown to the model; `thought` what thinking weighs, which its text does not tell.
    """
    segments = [
        Segment(canonical(shown(tool)) + dump(tool.get("input_schema")), tokens, lifetime_of(tool), "tools")
        for tool, tokens in zip(request.get("tools") or [], weighed.tools, strict=True)
        if not tool.get("defer_loading")
    ]
    settings = canonical(request.get("speed"))
    for block, tokens in zip(blocks_of(request.get("system")), weighed.system, strict=False):
        segments.append(Segment(canonical(shown(block)), tokens, lifetime_of(block), "system", settings))
        settings = b""
    settings += canonical(_message_settings(request, model))
    for piece in pieces:
        if piece.place in gone:
            continue
        number, place = piece.place
        tokens = (thought or {}).get(piece.place, weighed.messages[number][place])
        tokens += sum(weighed.tools[at] for at in piece.loads)
        content = b"%b\0%b%b" % (piece.role.encode(), piece.content, piece.order)
        segments.append(Segment(content, tokens, lifetime_of(piece.block), "messages", settings))
        settings = b""
    return _marked_at_the_end(_framed(segments, weighed.frame), lifetime_of(request))


def chat_segments(request: Plain, weighed: Weighed) -> list[Segment]:
    """The rendered prompt of a Chat or Responses request: tools first, then every message or item."""
    items = request.get("messages", request.get("input"))
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    segments = [
        Segment(canonical(tool), tokens, part="tools")
        for tool, tokens in zip(request.get("tools") or [], weighed.tools, strict=True)
    ]
    if weighed.system:
        segments.append(Segment(canonical(request["instructions"]), sum(weighed.system), part="system"))
    segments += [
        Segment(canonical(item), sum(tokens)) for item, tokens in zip(items or [], weighed.messages, strict=True)
    ]
    return _framed(segments, weighed.frame)


def blocks_of(content: Any) -> list[Plain]:
    """Content as blocks, whichever way it was written."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def deep_blocks(content: Any) -> Iterator[Plain]:
    """The blocks of a content, and behind each tool result those within."""
    for block in blocks_of(content):
        yield block
        if block.get("type") == "tool_result":
            yield from blocks_of(block.get("content"))


def references(block: Plain) -> list[str]:
    """The tools that a block brings into view."""
    if block.get("type") not in _REFERRING:
        return []
    match block:
        case {"type": "tool_reference", "tool_name": str(name)}:
            return [name]
        case {"type": "tool_addition", "tool": {"type": "tool_reference", "name": str(name)}}:
            return [name]
        case {"type": "tool_result", "content": list(inner)}:
            return [name for one in blocks_of(inner) for name in references(one)]
        case {"type": "tool_search_tool_result", "content": {"tool_references": list(inner)}}:
            return [name for one in blocks_of(inner) for name in references(one)]
    return []


def shown(plain: Plain) -> Plain:
    """A tool or block as the model sees it: no cache markers, and of a URL what does not change when it is signed."""
    bare = {key: value for key, value in plain.items() if key != "cache_control"}
    match bare:
        case {"content": list(inner)}:
            bare["content"] = [shown(one) if isinstance(one, dict) else one for one in inner]
        case {"source": {"type": "url", "url": str(url)} as source}:
            bare["source"] = {**source, "url": url.partition("?")[0]}
    return bare


def lifetime_of(plain: Plain) -> Lifetime | None:
    """The lifetime that a marker asks for: a block's own, or that of a block within it."""
    marker = plain.get("cache_control")
    if isinstance(marker, dict):
        return "1h" if marker.get("ttl") == "1h" else "5m"
    within = blocks_of(plain.get("content")) if plain.get("type") == "tool_result" else []
    return next((found for block in within if (found := lifetime_of(block))), None)


def _message_settings(request: Plain, model: Abilities) -> Plain:
    """What restarts the cache of the messages when it changes; saying a default is saying nothing."""
    thinking = request.get("thinking") or ({"type": "adaptive"} if model.thinks_unasked else {})
    images = any(
        block.get("type") == "image" for message in request["messages"] for block in deep_blocks(message.get("content"))
    )
    return {
        "tool_choice": request.get("tool_choice") or {"type": "auto"},
        "thinking": {key: value for key, value in thinking.items() if key in ("type", "budget_tokens")},
        "effort": (request.get("output_config") or {}).get("effort") or model.effort,
        "images": images,
    }


def _framed(segments: list[Segment], frame: int) -> list[Segment]:
    """The segments, the first of which carries what the provider puts around the whole."""
    if not segments:
        return [Segment(b"", frame)]
    first = segments[0]
    return [Segment(first.content, first.tokens + frame, first.marker, first.part, first.settings), *segments[1:]]


def _marked_at_the_end(segments: list[Segment], automatic: Lifetime | None) -> list[Segment]:
    last = segments[-1]
    if automatic is None or last.marker:
        return segments
    return [*segments[:-1], Segment(last.content, last.tokens, automatic, last.part, last.settings)]
