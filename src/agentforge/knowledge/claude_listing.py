"""How Claude Code shows what it is set up with: agents, skills within their budget, memory, deferred tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agentforge.knowledge.collation import collated
from agentforge.knowledge.items import Item, Setup
from agentforge.knowledge.pieces import Piece
from agentforge.knowledge.utf16 import cut, units

MOST_OF_A_DESCRIPTION: Final = 1536
SHARE_OF_THE_WINDOW: Final = 0.01
MOST_OF_A_QUOTED_LINE: Final = 60
_MEMORY_MARKS: Final[Mapping[str, str]] = {
    "user": "user's private global instructions for all projects",
    "project": "project instructions, checked into the codebase",
    "directory": "project instructions, checked into the codebase",
    "managed": "project instructions, checked into the codebase",
    "local": "user's private project instructions, not checked in",
    "auto": "user's auto-memory, persists across conversations",
}
_TOOL = re.compile(r"[^\s,(]+(?:\([^)]*\))?")
_BREAKS = re.compile(r"[\t\n\v\f\r]+")
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class SkillBudget:
    """How many characters the list of skills and commands may take, and what the client's own take of it."""

    characters: int
    longest: int = MOST_OF_A_DESCRIPTION
    """So much of one description is shown."""
    taken: int = 0
    """By the client's own skills, which never lose their descriptions, and by its other names."""
    in_turn: tuple[int, ...] = ()
    """How long the client's own descriptions are that give way to the user's."""


def skill_budget(
    settings: Mapping[str, Any],
    env: Mapping[str, str],
    *,
    window: int,
    characters_per_token: float,
    taken: int = 0,
    in_turn: tuple[int, ...] = (),
) -> SkillBudget:
    """The budget by the user's settings and the model's window."""
    fraction = settings.get("skillListingBudgetFraction")
    longest = settings.get("skillListingMaxDescChars")
    share = fraction if isinstance(fraction, int | float) and fraction > 0 else SHARE_OF_THE_WINDOW
    told = env.get("SLASH_COMMAND_TOOL_CHAR_BUDGET", "")
    return SkillBudget(
        characters=int(told) if told.isdecimal() and int(told) else int(window * share * characters_per_token),
        longest=longest if isinstance(longest, int) and longest > 0 else MOST_OF_A_DESCRIPTION,
        taken=taken,
        in_turn=in_turn,
    )


def agent_line(item: Item) -> str:
    """The line Claude Code lists a persona with."""
    own = not item.source.scope.startswith("plugin:")
    description = item.description.replace("\\n", "\n") if own else item.description.strip()
    return f"- {item.name}: {description} (Tools: {_tools_of(item.extra)})"


def _tools_of(extra: Mapping[str, Any]) -> str:
    tools, denied = tools_in(extra.get("tools")), tools_in(extra.get("disallowedTools"))
    if not tools or "*" in tools:
        return f"All tools except {', '.join(denied)}" if denied else "All tools"
    if extra.get("memory") in ("user", "project", "local"):
        tools += [name for name in ("Write", "Edit", "Read") if name not in tools]
    return ", ".join(name for name in tools if name not in denied) or "None"


def tools_in(value: object) -> list[str]:
    """The tools of a list, or of a text with commas or spaces between them."""
    parts = value if isinstance(value, list) else [value]
    return [found[0] for part in parts if isinstance(part, str) for found in _TOOL.finditer(part)]


def skill_text(item: Item, longest: int = MOST_OF_A_DESCRIPTION) -> str:
    """The description Claude Code lists a skill or a command with, when there is room."""
    if item.extra.get("listed") == "name-only":
        return ""
    when = item.extra.get("when_to_use")
    text = f"{item.description.strip()} - {when}" if isinstance(when, str) and when else item.description.strip()
    text = _BREAKS.sub(" ", text).replace("<", "&lt;").replace(">", "&gt;")
    return text if units(text) <= longest else f"{cut(text, longest - 1)}…"


def skill_name(item: Item) -> str:
    """The name Claude Code lists a skill or a command under: what one calls it by, and its label where that differs."""
    label = item.extra.get("name")
    plugin = item.source.scope.removeprefix("plugin:") if item.source.scope.startswith("plugin:") else ""
    if not isinstance(label, str) or not label or _SPACE.search(label) or (item.kind == "command" and not plugin):
        return item.name
    label = f"{plugin}:{label}" if plugin else label
    return item.name if label == item.name else f"{item.name} ({label})"


def skill_line(item: Item, longest: int = MOST_OF_A_DESCRIPTION) -> str:
    """The line Claude Code lists a skill or a command with, when there is room."""
    text = skill_text(item, longest)
    return f"- {skill_name(item)}: {text}" if text else f"- {skill_name(item)}"


def memory_text(item: Item) -> str:
    """How Claude Code shows a file of its memory chain."""
    return f"Contents of {item.source.path} ({_MEMORY_MARKS[item.source.scope]}):\n\n{item.body}"


def listing_of(item: Item) -> str:
    """What Claude Code shows of an item while its body is not in view, the budget aside."""
    if item.activation != "model_invoked":
        return ""
    if item.kind == "persona":
        return agent_line(item)
    return skill_line(item) if item.kind in ("skill", "command") else ""


def skill_lines(
    items: Sequence[Item], budget: SkillBudget, usage: Mapping[str, Any], now: float
) -> tuple[list[str], int]:
    """A line each, within the budget: every name, then descriptions, those of the most used first.

    And how many characters the client leaves out of its own, whose turn comes last.
    """
    lines = [f"- {skill_name(item)}" for item in items]
    left = budget.characters - budget.taken - sum(units(line) + 1 for line in lines)
    order = sorted(range(len(items)), key=lambda at: -_used(usage.get(items[at].name), now))
    for at in order:
        line = skill_line(items[at], budget.longest)
        more = units(line) - units(lines[at])
        if more <= left:
            left -= more
            lines[at] = line
    lost = 0
    for more in (len(": ") + length for length in budget.in_turn):
        if more <= left:
            left -= more
        else:
            lost += more
    return lines, lost


def _used(usage: object, now: float) -> float:
    """How much a skill was used: uses, fading by half every week."""
    if not isinstance(usage, dict):
        return 0
    count, last = usage.get("usageCount"), usage.get("lastUsedAt")
    if not isinstance(count, int | float) or not isinstance(last, int | float):
        return 0
    days = max(0.0, now - last / 1000) / 86_400
    return float(count * max(0.5 ** (days / 7), 0.1))


def claude_code_pieces(setup: Setup, budget: SkillBudget, *, now: float = 0) -> tuple[Piece, ...]:
    """What Claude Code sends of the user's files, in order."""
    active = [item for item in setup.items if item.activation != "hidden"]
    memory = [item for item in active if item.kind in ("memory", "rule") and item.activation == "always"]
    styles = [item for item in active if item.kind == "output_style" and item.activation == "always"]
    agents = sorted((item for item in active if item.kind == "persona"), key=lambda item: collated(item.name))
    skills = _skills(active)
    usage = setup.settings.get("skillUsage")
    lines, _ = skill_lines(skills, budget, usage if isinstance(usage, dict) else {}, now)
    return (
        *(Piece("memory", memory_text(item) + _cut_off(item) + "\n\n", item) for item in memory),
        *(piece for item in styles for piece in _style(item)),
        *(Piece("agents", agent_line(item) + "\n", item) for item in agents),
        *(Piece("skills", line + "\n", item) for line, item in zip(lines, skills, strict=True)),
    )


def own_left_out(setup: Setup, budget: SkillBudget, *, now: float = 0) -> int:
    """How many characters Claude Code leaves out of its own skills' descriptions because of the user's."""
    usage = setup.settings.get("skillUsage")
    _, lost = skill_lines(_skills(setup.items), budget, usage if isinstance(usage, dict) else {}, now)
    return lost


def _skills(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.kind in ("skill", "command") and item.activation == "model_invoked"]


def _cut_off(item: Item) -> str:
    """What the client quotes of its own notes, where they are too long to be loaded whole."""
    first = item.extra.get("first_line_cut")
    if not isinstance(first, str):
        return ""
    return first if units(first) <= MOST_OF_A_QUOTED_LINE else f"{cut(first, MOST_OF_A_QUOTED_LINE)}…"


def _style(item: Item) -> Iterator[Piece]:
    """The style itself, and the reminder of it."""
    yield Piece("output_style", f"# Output Style: {item.name}\n{item.body}\n\n", item)
    yield Piece("output_style", f"{item.name} output style is active", item)
