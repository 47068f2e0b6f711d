"""The simulated provider's own scale: the offline estimate of `agentforge tokens count`, taken as the truth here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agentforge.tokens import counter_for
from agentforge.wire import Dialect, Message, decode_request
from agentforge.wire.jsontext import dump


@dataclass(frozen=True, slots=True)
class Weighed:
    """The tokens of each piece of a prompt, in the order of the request."""

    frame: int
    """What the provider puts around the whole, and its words about tools."""
    tools: tuple[int, ...]
    """Every definition, also of tools that are not in view."""
    system: tuple[int, ...]
    messages: tuple[tuple[int, ...], ...]
    """Each message's blocks; its first one carries what the provider puts around the message."""


def weigh(dialect: Dialect, model: str, plain: dict[str, Any]) -> Weighed:
    """The tokens of a request's pieces; what did not change since the last one is remembered."""
    # Written again, so that a client's white space weighs nothing.
    request = decode_request(dialect, dump(plain))
    counter = counter_for(model)
    weights = counter.weigh(request)
    system: tuple[int, ...] = ()
    if request.system is not None:
        blocks = counter.message(Message("system", request.system)).blocks
        system = tuple(block.count.value for block in blocks)
    messages = []
    for message in weights.messages:
        tokens = [block.count.value for block in message.blocks] or [0]
        tokens[0] += message.count.value - sum(tokens)
        messages.append(tuple(tokens))
    return Weighed(
        frame=weights.frame.value + weights.tool_prompt.value,
        tools=tuple(tool.count.value for tool in weights.tools),
        system=system,
        messages=tuple(messages),
    )
