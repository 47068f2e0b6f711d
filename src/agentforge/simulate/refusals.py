"""What the Messages API refuses, in its own words: the rules in the order they are met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from agentforge.simulate.asked import Asked
from agentforge.simulate.conversation import check_contents, check_pairs, check_roles
from agentforge.simulate.reply import invalid
from agentforge.simulate.settings import (
    check_betas,
    check_markers,
    check_prewarming,
    check_sampling,
    check_sources,
    check_thinking,
    check_tool_choice,
    check_tools,
)
from agentforge.simulate.signing import Fault
from agentforge.simulate.wellformed import check_form

RULES: Final[tuple[Callable[[Asked], None], ...]] = (
    check_form,
    check_roles,
    check_contents,
    check_sampling,
    check_thinking,
    check_betas,
    check_tools,
    check_tool_choice,
    check_prewarming,
    check_sources,
    check_pairs,
    check_markers,
)
"""What can be told from the request alone; signatures and the prompt's length come after."""


def check(asked: Asked) -> None:
    """Raises the first refusal that a request earns by itself."""
    for rule in RULES:
        rule(asked)


def check_signatures(asked: Asked, found: Sequence[Fault]) -> None:
    """Raises where thinking was tampered with, or stands behind what it is not bound to and that is refused."""
    binding = (asked.body.get("thinking") or {}).get("block_binding") or {}
    behaviour = binding.get("prefix_mismatch_behavior")
    enforced = asked.model.prefix_check if asked.enforce_prefix is None else asked.enforce_prefix
    refuses = behaviour == "error" or (enforced and behaviour != "drop_block")
    for fault in found:
        if fault.reason == "tampered":
            raise invalid(f"{fault.path}: Invalid `signature` in `thinking` block.")
        if fault.reason == "prefix_binding_mismatch" and refuses:
            raise invalid(
                f"{fault.path}: Invalid `signature` in `thinking` block. The block is bound to a different "
                f"conversation. The first change before it is at {fault.changed}."
            )
