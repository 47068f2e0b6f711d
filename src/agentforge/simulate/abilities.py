"""What a model's endpoint accepts beyond what the price list says, as documented in November 2026."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agentforge.tokens import Model, known_models

_SYSTEM_MESSAGES: Final = (
    "claude-opus-4-8",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-haiku-5",
    "claude-fable-5",
    "claude-mythos-5",
)
_THINKS_UNASKED: Final = _SYSTEM_MESSAGES[1:]
_NO_FORCED_TOOLS: Final = (
    "claude-fable-5-1",
    "claude-fable-5-2",
    "claude-mythos-5-1",
    "claude-mythos-5-2",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
)
_FORGETS_THINKING: Final = ("claude-sonnet-4-5", "claude-haiku-4-5")
_OFF_AT_LOW_EFFORT: Final = ("claude-opus-5",)
_MEDIUM_EFFORT: Final = ("claude-opus-5-5", "claude-haiku-5-5")
_CACHE_MINIMUM: Final = 1024
"""Where the minimum is not known: the commonest one."""
_WINDOW: Final = 200_000


@dataclass(frozen=True, slots=True)
class Abilities:
    """The switches the refusals look at."""

    model: str
    """The model's own name: a dated id has the caches and the signatures of the model it names."""
    window: int
    max_output: int | None
    cache_minimum: int
    thinking: tuple[str, ...]
    """The values of `thinking.type` it takes; empty: not known, so any."""
    adaptive_only: bool
    """No sampling settings, no thinking budget, no prefill."""
    thinks_unasked: bool
    thinks_at_high_effort: bool
    """Thinking cannot be off above high effort."""
    effort: str
    """The default one."""
    keeps_thinking: bool
    """Earlier turns' thinking stays in view; older models lose it at the next plain user message."""
    forced_tools: bool
    system_messages: bool
    prefix_check: bool
    """The signed-thinking check runs, and refuses new accounts."""


def abilities_of(model: Model) -> Abilities:
    """The abilities of a model."""
    thinking = model.thinking or ()
    name = _own_name(model.id)
    return Abilities(
        model=name,
        window=model.window or _WINDOW,
        max_output=model.max_output,
        cache_minimum=model.cache_minimum or _CACHE_MINIMUM,
        thinking=thinking,
        adaptive_only="adaptive" in thinking and "enabled" not in thinking,
        thinks_unasked=name.startswith(_THINKS_UNASKED),
        thinks_at_high_effort=name in _OFF_AT_LOW_EFFORT,
        effort="medium" if name in _MEDIUM_EFFORT else "high",
        keeps_thinking=name not in _FORGETS_THINKING,
        forced_tools=not name.startswith(_NO_FORCED_TOOLS),
        system_messages=name.startswith(_SYSTEM_MESSAGES),
        prefix_check=model.prefix_check not in (None, "nobody"),
    )


def _own_name(given: str) -> str:
    return max((one.id for one in known_models() if given.startswith(one.id)), key=len, default=given)
