"""Weighs requests and remembers what it weighed, so that a growing conversation only pays for what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count as numbers
from typing import Any, Final

from agentforge.tokens.calibration import NEVER_SEEN, Calibration
from agentforge.tokens.count import Count, total
from agentforge.tokens.families import Family, family
from agentforge.tokens.scale import Measured, Scale, measure
from agentforge.tokens.weights import MessageWeight, ToolWeight, Weights
from agentforge.wire import Items, Message, Request, Tool
from agentforge.wire.memory import Memory, key_of
from agentforge.wire.values import Content

REMEMBERED: Final = 8_192
"""Texts, messages and sets of tools each, per generation of the memory."""


class Counter:
    """Weighs for one model. A remembered weight is the weight that would be found again, to the token."""

    __slots__ = ("_messages", "_numbers", "_readers", "_scale", "_systems", "_texts", "_tools")

    def __init__(self, model: str, *, remembers: int = REMEMBERED) -> None:
        self._texts: Memory[Measured] = Memory(remembers)
        self._messages: Memory[MessageWeight] = Memory(remembers)
        self._tools: Memory[tuple[ToolWeight, ...]] = Memory(remembers)
        self._systems: Memory[Count] = Memory(remembers)
        self._readers: dict[Callable[[bytes], Any], int] = {}
        self._numbers = numbers()
        self._scale = Scale(model, family(model), self._measure)

    @property
    def model(self) -> str:
        """The model it weighs for."""
        return self._scale.model

    @property
    def family(self) -> Family:
        """The tokenizer generation it weighs with."""
        return self._scale.family

    def text(self, text: str) -> Count:
        """The tokens of a text."""
        return self._scale.text(text)

    def message(self, message: Message) -> MessageWeight:
        """The weight of one message."""
        content = message.content
        if not isinstance(content, Items):
            return self._scale.message(message)
        key = self._key(content, message.role.encode(errors="surrogatepass") + b"\0" + content.text)
        weight = self._messages.get(key)
        if weight is None:
            weight = self._scale.message(message)
            self._messages.put(key, weight)
        return weight

    def weigh(self, request: Request, calibration: Calibration = NEVER_SEEN) -> Weights:
        """The weight of a request, part by part, for this counter's model."""
        scale = self._scale
        messages = tuple(self._weigh_messages(request))
        tools = self._weigh_tools(request)
        if any(not tool.in_view for tool in tools):
            found = {name for message in messages for name in message.references}
            tools = tuple(replace(tool, in_view=True) if tool.name in found else tool for tool in tools)
        system = self._weigh_system(request)
        prompt = self._tool_prompt(request) if tools else scale.count(0)
        frame = scale.count(scale.family.request)
        parts = [system, prompt, frame]
        parts += [tool.count for tool in tools if tool.in_view]
        parts += [message.count for message in messages]
        estimate = total(parts, scale.model, at_least=scale.family.total_error)
        best = calibration.apply(estimate)
        return Weights(scale.model, system, tools, messages, prompt, frame, estimate, best)

    def _key(self, items: Items[Any], text: bytes) -> bytes:
        """What a weight is remembered by: the same text means another thing to another reader, so both."""
        reader = self._readers.setdefault(items.read, next(self._numbers))
        return key_of(b"%d %b" % (reader, text))

    def _measure(self, text: str) -> Measured:
        key = key_of(text.encode(errors="surrogatepass"))
        measured = self._texts.get(key)
        if measured is None:
            measured = measure(text)
            self._texts.put(key, measured)
        return measured

    def _weigh_messages(self, request: Request) -> Iterator[MessageWeight]:
        messages = request.messages
        if not isinstance(messages, Items):
            yield from map(self.message, messages)
            return
        for number, text in enumerate(messages.texts):
            key = self._key(messages, text)
            weight = self._messages.get(key)
            if weight is None:
                weight = self.message(messages[number])
                self._messages.put(key, weight)
            yield weight

    def _weigh_tools(self, request: Request) -> tuple[ToolWeight, ...]:
        tools: Sequence[Tool] = request.tools or ()
        if not isinstance(tools, Items):
            return tuple(map(self._scale.tool, tools))
        key = self._key(tools, tools.text)
        weights = self._tools.get(key)
        if weights is None:
            weights = tuple(self._weigh_tool(tools, at, text) for at, text in enumerate(tools.texts))
            self._tools.put(key, weights)
        return weights

    def _weigh_tool(self, tools: Items[Tool], at: int, text: bytes) -> ToolWeight:
        key = self._key(tools, text)
        weights = self._tools.get(key)
        if weights is None:
            weights = (self._scale.tool(tools[at]),)
            self._tools.put(key, weights)
        return weights[0]

    def _weigh_system(self, request: Request) -> Count:
        system = request.system
        if not isinstance(system, Items):
            return self._system(system)
        key = self._key(system, system.text)
        count = self._systems.get(key)
        if count is None:
            count = self._system(system)
            self._systems.put(key, count)
        return count

    def _system(self, system: Content) -> Count:
        return total((block.count for block in self._scale.blocks(Message("system", system).blocks)), self.model)

    def _tool_prompt(self, request: Request) -> Count:
        choice = request.extra.get("tool_choice")
        value = choice.value if choice is not None else None
        forced = isinstance(value, dict) and value.get("type") in ("any", "tool")
        prompt = self._scale.family.tool_prompt
        return self._scale.count(prompt.forced if forced else prompt.auto, prompt.error)


def count_request(request: Request, model: str | None = None, *, calibration: Calibration = NEVER_SEEN) -> Weights:
    """The weight of a request, part by part, for its own model or another."""
    return counter_for(model or request.model).weigh(request, calibration)


def count_tokens(text: str, model: str) -> Count:
    """The tokens of a text for a model."""
    return counter_for(model).text(text)


@lru_cache(maxsize=16)
def counter_for(model: str) -> Counter:
    """The one counter of this process for a model."""
    return Counter(model)
