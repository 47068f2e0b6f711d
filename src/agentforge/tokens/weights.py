"""What a request weighs, part by part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentforge.tokens.count import Count, total
from agentforge.tokens.families import family


@dataclass(frozen=True, slots=True)
class BlockWeight:
    """One content block: its type (text, thinking, tool_use, tool_result, image, ...) and its tokens."""

    kind: str
    count: Count


@dataclass(frozen=True, slots=True)
class MessageWeight:
    """One message: its blocks, and all of it with what the provider puts around."""

    role: str
    blocks: tuple[BlockWeight, ...]
    count: Count
    references: tuple[str, ...] = ()
    """The tools it brings into view."""


@dataclass(frozen=True, slots=True)
class ToolWeight:
    """One tool definition; one that is deferred and was not found yet is not in view, and not in the total."""

    name: str
    count: Count
    in_view: bool = True


@dataclass(frozen=True, slots=True)
class Weights:
    """A request, part by part. The parts are estimates; `estimate` is their sum, and `total` the best that is known."""

    model: str
    system: Count
    tools: tuple[ToolWeight, ...]
    messages: tuple[MessageWeight, ...]
    tool_prompt: Count
    """What the provider adds when there are tools."""
    frame: Count
    """What the provider puts around the whole."""
    estimate: Count
    """What `Calibration.observe` wants to compare with the usage that comes back."""
    total: Count

    @property
    def all_tools(self) -> Count:
        """The tool definitions in view, together."""
        return self._together(tool.count for tool in self.tools if tool.in_view)

    @property
    def all_messages(self) -> Count:
        """The messages, together."""
        return self._together(message.count for message in self.messages)

    @property
    def by_kind(self) -> dict[str, Count]:
        """The messages' blocks together, by kind of block."""
        kinds: dict[str, list[Count]] = {}
        for message in self.messages:
            for block in message.blocks:
                kinds.setdefault(block.kind, []).append(block.count)
        return {kind: self._together(counts) for kind, counts in kinds.items()}

    def _together(self, counts: Iterable[Count]) -> Count:
        """Their sum, which is no surer than the tokenizer's generation is known."""
        return total(counts, self.model, at_least=family(self.model).total_error)
