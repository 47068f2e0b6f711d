"""The prompt a provider makes of a request, in its order: tools, system, messages; cut where a cache entry may end."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any, Protocol

from agentforge.simulate.promptcache import Lifetime, Segment
from agentforge.wire import canonical

Plain = dict[str, Any]


class Weigh(Protocol):
    """The tokens of a piece of the prompt."""

    def __call__(self, kind: str, plain: Any, /) -> int:
        """`kind` is tool, system, or a content block's type."""


def anthropic_segments(request: Plain, weigh: Weigh, *, gone: Container[tuple[int, int]] = ()) -> list[Segment]:
    """The rendered prompt of a Messages request; `gone`: thinking that it does not show the model."""
    tools = request.get("tools") or []
    deferred = {tool.get("name"): tool for tool in tools if tool.get("defer_loading")}
    segments = [
        Segment(_content("tool", unmarked(tool)), weigh("tool", unmarked(tool)), _lifetime(tool))
        for tool in tools
        if not tool.get("defer_loading")
    ]
    # A change of these restarts the cache from the system prompt, or from the messages on: they weigh nothing.
    segments.append(Segment(_content("system", request.get("speed")), 0))
    segments += [
        Segment(_content("system", unmarked(block)), weigh("system", unmarked(block)), _lifetime(block))
        for block in blocks_of(request.get("system"))
    ]
    segments.append(Segment(_content("messages", _message_settings(request)), 0))
    for number, message in enumerate(request.get("messages") or []):
        for place, block in enumerate(blocks_of(message.get("content"))):
            if (number, place) in gone:
                continue
            bare = unmarked(block)
            loaded = [deferred[name] for name in _references(block) if name in deferred]
            tokens = weigh(str(block.get("type")), bare) + sum(weigh("tool", unmarked(tool)) for tool in loaded)
            segments.append(Segment(_content(str(message.get("role")), [bare, *loaded]), tokens, _lifetime(block)))
    automatic = _lifetime(request)
    if automatic and segments:
        last = segments[-1]
        segments[-1] = Segment(last.content, last.tokens, last.marker or automatic)
    return segments


def chat_segments(request: Plain, weigh: Weigh) -> list[Segment]:
    """The rendered prompt of a Chat or Responses request: tools first, then every message or item."""
    items = request.get("messages") or request.get("input") or []
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    before = [("tool", tool) for tool in request.get("tools") or []]
    if request.get("instructions"):
        before.append(("system", request["instructions"]))
    return [
        Segment(_content(kind, plain), weigh(kind, plain))
        for kind, plain in (*before, *(("message", item) for item in items))
    ]


def blocks_of(content: Any) -> list[Plain]:
    """Content as blocks, whichever way it was written."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [block for block in content or [] if isinstance(block, dict)]


def _message_settings(request: Plain) -> Plain:
    effort = (request.get("output_config") or {}).get("effort")
    thinking = {
        key: value for key, value in (request.get("thinking") or {}).items() if key in ("type", "budget_tokens")
    }
    images = any(
        block.get("type") == "image"
        for message in request.get("messages") or []
        for block in _deep_blocks(message.get("content"))
    )
    return {"tool_choice": request.get("tool_choice"), "thinking": thinking, "effort": effort, "images": images}


def _deep_blocks(content: Any) -> Iterator[Plain]:
    for block in blocks_of(content):
        yield block
        if block.get("type") == "tool_result":
            yield from blocks_of(block.get("content"))


def _references(block: Plain) -> list[str]:
    return [inner["tool_name"] for inner in _reference_blocks(block) if isinstance(inner.get("tool_name"), str)]


def _reference_blocks(block: Plain) -> Iterator[Plain]:
    content = block.get("content")
    if block.get("type") == "tool_reference":
        yield block
    elif isinstance(content, list):
        for inner in blocks_of(content):
            yield from _reference_blocks(inner)
    elif isinstance(content, dict):
        for inner in content.get("tool_references") or []:
            yield from _reference_blocks(inner)


def unmarked(plain: Any) -> Any:
    """A tool or block without cache markers, its own and those of the blocks within."""
    if not isinstance(plain, dict):
        return plain
    bare = {key: value for key, value in plain.items() if key != "cache_control"}
    if isinstance(bare.get("content"), list):
        bare["content"] = [unmarked(inner) for inner in bare["content"]]
    return bare


def _content(kind: str, plain: Any) -> bytes:
    return kind.encode() + canonical(plain)


def _lifetime(plain: Plain) -> Lifetime | None:
    marker = plain.get("cache_control")
    if not isinstance(marker, dict):
        return None
    return "1h" if marker.get("ttl") == "1h" else "5m"
