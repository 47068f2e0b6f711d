"""How a client sends tools: their definitions, only their names, or both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agentforge.knowledge import Setup

_OFF: Final = frozenset({"false", "0", "no", "off"})
_AUTO: Final = re.compile(r"auto(?::(\d+))?")
_SHARE: Final = 10


@dataclass(frozen=True, slots=True)
class Sending:
    """What the first request says of tools that a client can defer."""

    definitions: bool
    names: bool


def sending_of(setup: Setup, env: Mapping[str, str], tokens: int, window: int) -> Sending:
    """What is sent of deferrable tools that together weigh so much.

    Below the threshold of `auto`, Claude Code sends the definitions and still lists the names.
    """
    if setup.client != "claude-code":
        return Sending(definitions=setup.client != "codex", names=setup.client == "codex")
    wanted = env.get("ENABLE_TOOL_SEARCH", "").strip().lower()
    if (
        wanted in _OFF
        or "ToolSearch" in denied_tools(setup)
        or env.get("CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS") == "1"
    ):
        return Sending(definitions=True, names=False)
    auto = _AUTO.fullmatch(wanted)
    below = auto is not None and tokens < window * int(auto[1] or _SHARE) / 100
    return Sending(definitions=below, names=True)


def denied_tools(setup: Setup) -> frozenset[str]:
    """The tools, and `mcp__SERVER` for whole servers, that Claude Code's permissions take out of the request."""
    permissions = setup.settings.get("permissions")
    rules = permissions.get("deny") if isinstance(permissions, dict) else None
    if setup.client != "claude-code" or not isinstance(rules, list):
        return frozenset()
    whole = (rule.strip().removesuffix("(*)") for rule in rules if isinstance(rule, str))
    return frozenset(rule.removesuffix("__*") for rule in whole if "(" not in rule)
