"""The scale: what one block, message or tool weighs for a model. It weighs the text a model would see, markers not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from agentforge.tokens.count import Count, total
from agentforge.tokens.families import Family, longest_prefix
from agentforge.tokens.kinds import Kind, kind_of
from agentforge.tokens.media import weigh_media
from agentforge.tokens.ranks import count_text
from agentforge.tokens.weights import BlockWeight, MessageWeight, ToolWeight
from agentforge.wire import Block, Json, Media, Message, Other, Text, Thinking, Tool, ToolReference, ToolResult, ToolUse
from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import ABSENT, dump, parse_object

Measured: TypeAlias = tuple[int, Kind]
Measure: TypeAlias = Callable[[str], Measured]
PROVIDER_TOOL_ERROR = 0.3


def measure(text: str) -> Measured:
    """A text's o200k tokens, and what kind of text it is."""
    return count_text(text), kind_of(text)


@dataclass(frozen=True, slots=True)
class Scale:
    """Weighs for one model; `measure` may remember."""

    model: str
    family: Family
    measure: Measure = measure

    def text(self, text: str, *, is_json: bool = False) -> Count:
        """The tokens of a text."""
        tokens, kind = self.measure(text)
        if is_json and kind != "json_indented":
            kind = "json"
        ratio = self.family.ratios[kind]
        return self.count(int(tokens * ratio.tokens + 0.5), ratio.error)

    def count(self, value: int, error: float | None = 0.0) -> Count:
        """A figure of this scale's."""
        return Count(value, "estimated", self.model, error)

    def blocks(self, blocks: Sequence[Block]) -> tuple[BlockWeight, ...]:
        """Each block with its weight."""
        return tuple(BlockWeight(_type_of(block), self.block(block)) for block in blocks)

    def block(self, block: Block) -> Count:
        """The tokens of a block."""
        match block:
            case Text(text=text):
                return self.text(text)
            case Thinking(text=text):
                seen = self.text(text)
                # Reasoning that is not shown is charged all the same, and its size is nobody's to see.
                return replace(seen, error=None) if block.redacted or (block.signature and not text) else seen
            case ToolUse(name=name, input=arguments):
                call = [self.text(name), self.text(_text_of(arguments), is_json=True), self.count(self.family.tool_use)]
                return total(call, self.model)
            case ToolReference(name=name):
                return self.text(name)
            case ToolResult():
                return total(map(self._leaf, _flat((block,))), self.model)
            case Media():
                heft = weigh_media(block, self.family)
                return self.count(heft.tokens, heft.error) + self.text(heft.text)
            case Other(body=body):
                return self.text(_unmarked(body))

    def _leaf(self, block: Block) -> Count:
        return self.count(self.family.tool_result) if isinstance(block, ToolResult) else self.block(block)

    def message(self, message: Message) -> MessageWeight:
        """A message with its blocks."""
        content = message.blocks
        blocks = self.blocks(content)
        frame = self.count(self.family.message)
        count = total([*(block.count for block in blocks), frame], self.model)
        return MessageWeight(message.role, blocks, count, tuple(_references(content)))

    def tool(self, tool: Tool) -> ToolWeight:
        """A tool definition."""
        named = tool.extra.get("type")
        kind = "" if named is None or named is ABSENT else named.value
        if tool.input_schema is None and isinstance(kind, str) and kind not in ("", "custom", "function"):
            prefix = longest_prefix(kind, self.family.provider_tools)
            tokens = self.family.provider_tools[prefix] if prefix else 0
            count = self.count(tokens, PROVIDER_TOOL_ERROR if prefix else None)
            return ToolWeight(tool.name or kind, count, in_view=not tool.deferred)
        parts = [self.text(tool.name), self.text(tool.description or ""), self.count(self.family.tool)]
        shown = (tool.input_schema, tool.extra.get("input_examples"))
        parts += [self.text(_text_of(json), is_json=True) for json in shown if json is not None]
        return ToolWeight(tool.name, total(parts, self.model), in_view=not tool.deferred)


def _type_of(block: Block) -> str:
    match block:
        case Text():
            return "text"
        case Thinking():
            return "thinking"
        case Media(media=media):
            return media
        case ToolUse():
            return "tool_use"
        case ToolReference():
            return "tool_reference"
        case ToolResult():
            return "tool_result"
        case Other(type=name):
            return name or "other"


def _text_of(json: Json) -> str:
    """Its compact text: the white space a client writes between the members is not what a model sees."""
    try:
        return dump(json.value).decode()
    except NotJson:  # a number that no machine can hold
        return json.text.decode(errors="replace")


def _unmarked(body: Json) -> str:
    if not body.text.startswith(b"{") or b"cache_control" not in body.text:
        return _text_of(body)
    members = {key: raw for key, raw in parse_object(body.text).items() if key != "cache_control"}
    return _text_of(Json(b"{%b}" % b",".join(b"%b:%b" % (dump(key), raw) for key, raw in members.items())))


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    """Every block, and those inside of results after their result; however deep a hostile one is nested."""
    left = list(reversed(blocks))
    while left:
        block = left.pop()
        yield block
        if isinstance(block, ToolResult):
            left.extend(reversed(Message("tool", block.content).blocks))


def _references(blocks: Sequence[Block]) -> Iterator[str]:
    for block in _flat(blocks):
        match block:
            case ToolReference(name=name):
                yield name
            case Other(type=kind, body=body) if kind != "tool_removal" and b"tool_reference" in body.text:
                yield from _named(body.value)


def _named(value: Any) -> Iterator[str]:
    """The tools that a JSON value refers to, wherever in it."""
    left = [value]
    while left:
        match left.pop():
            case {"type": "tool_reference", **rest}:
                name = rest.get("tool_name") or rest.get("name")
                if isinstance(name, str):
                    yield name
            case dict() as members:
                left.extend(members.values())
            case list() as items:
                left.extend(items)
