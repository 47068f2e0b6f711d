"""What a model's endpoint accepts beyond what the price list says, as documented in November 2026."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agentforge.tokens import Model

_SYSTEM_MESSAGES: Final = (
    "claude-opus-4-8",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-haiku-5",
    "claude-fable-5",
    "claude-mythos-5",
)
_NO_FORCED_TOOLS: Final = (
    "claude-fable-5-1",
    "claude-fable-5-2",
    "claude-mythos-5-1",
    "claude-mythos-5-2",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
)
_CACHE_MINIMUM: Final = 1024
"""Where the minimum is not known: the commonest one."""
_WINDOW: Final = 200_000


@dataclass(frozen=True, slots=True)
class Abilities:
    """The switches the refusals look at."""

    model: str
    window: int
    max_output: int | None
    cache_minimum: int
    adaptive_only: bool
    """No sampling settings, no thinking budget, no prefill."""
    always_thinks: bool
    forced_tools: bool
    system_messages: bool
    prefix_check: bool
    """The signed-thinking check refuses, as it does for new accounts."""


def abilities_of(model: Model) -> Abilities:
    """The abilities of a model."""
    thinking = model.thinking or ()
    return Abilities(
        model=model.id,
        window=model.window or _WINDOW,
        max_output=model.max_output,
        cache_minimum=model.cache_minimum or _CACHE_MINIMUM,
        adaptive_only="adaptive" in thinking and "enabled" not in thinking,
        always_thinks=bool(thinking) and "disabled" not in thinking,
        forced_tools=not model.id.startswith(_NO_FORCED_TOOLS),
        system_messages=model.id.startswith(_SYSTEM_MESSAGES),
        prefix_check=model.prefix_check not in (None, "nobody"),
    )
