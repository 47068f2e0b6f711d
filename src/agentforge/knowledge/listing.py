"""What each client sends of a set-up before the first word: one piece a line, a file or an entry, in its exact text.

The clients' own words around the pieces are not here; `sizes` says how long they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agentforge.knowledge.claude_listing import (
    SkillBudget,
    claude_code_pieces,
    listing_of,
    own_left_out,
    skill_budget,
)
from agentforge.knowledge.items import Item, Setup
from agentforge.knowledge.other_listings import (
    codex_pieces,
    codex_skill,
    opencode_pieces,
    opencode_skill,
    plain_line,
    plain_pieces,
)
from agentforge.knowledge.pieces import Piece
from agentforge.knowledge.sizes import Build


def pieces_of(setup: Setup, build: Build, env: Mapping[str, str], *, now: float = 0) -> tuple[Piece, ...]:
    """What the client of a set-up sends of the user's files, in order.

    `build` says which client and model it is; `env` may change budgets, and `now`, in seconds since 1970, tells which
    skills were used lately.
    """
    if setup.client == "claude-code":
        return claude_code_pieces(setup, _budget(setup, build, env), now=now)
    pieces = {"codex": codex_pieces, "opencode": opencode_pieces}.get(setup.client, plain_pieces)
    return pieces(setup)


def own_words_left_out(setup: Setup, build: Build, env: Mapping[str, str], *, now: float = 0) -> int:
    """How many characters of its own listing a client leaves out to make room for the user's."""
    return own_left_out(setup, _budget(setup, build, env), now=now) if setup.client == "claude-code" else 0


def _budget(setup: Setup, build: Build, env: Mapping[str, str]) -> SkillBudget:
    return skill_budget(
        setup.settings,
        env,
        window=build.window,
        characters_per_token=build.characters_per_token,
        taken=build.skill_characters,
        in_turn=build.skills_in_turn,
    )


def with_listings(setup: Setup) -> Setup:
    """The same set-up, each item with the line that its client lists it with, budgets aside."""
    return replace(setup, items=tuple(replace(item, listing=_listing(item)) for item in setup.items))


def _listing(item: Item) -> str:
    if item.source.client == "claude-code":
        return listing_of(item)
    if item.activation != "model_invoked":
        return ""
    if item.kind == "skill" and item.source.client in ("codex", "opencode"):
        return codex_skill(item) if item.source.client == "codex" else opencode_skill(item)
    return plain_line(item)
