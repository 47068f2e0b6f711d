"""How long the clients' own words are: a dated table by client, version and model. Sizes, not texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Size:
    """How long something is."""

    bytes: int
    """On the wire, as JSON."""
    tokens: int
    """By the tokenizer o200k_base."""


@dataclass(frozen=True, slots=True)
class Build:
    """A client at one version, talking to one model, with nothing of the user's."""

    client: str
    version: str
    model: str
    start: str
    """How it was started."""
    measured: str
    """The day."""
    window: int
    characters_per_token: float
    """What the client reckons with when it turns its share of the window into characters."""
    total: Size
    parts: Mapping[str, Size] = field(default_factory=dict, hash=False)
    tools: Mapping[str, Size] = field(default_factory=dict, hash=False)
    """The built-in tools whose schemas it sends."""
    deferred: Mapping[str, Size] = field(default_factory=dict, hash=False)
    """Those that it sends too when tool search is off."""
    resources: Mapping[str, Size] = field(default_factory=dict, hash=False)
    """Those that it adds where MCP servers have resources."""
    frames: Mapping[str, Size] = field(default_factory=dict, hash=False)
    """Its words around what is the user's, each there only where there is something to frame."""
    skill_characters: int = 0
    """What its own skills take of the budget for listing skills."""
    skills_in_turn: tuple[int, ...] = ()
    """How long those of its own descriptions are that give way to the user's."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A whole first request of some client, as it was found elsewhere: the sum only."""

    client: str
    version: str
    model: str
    setup: str
    tokens: int
    """By the tokenizer cl100k_base."""
    bytes: int | None = None


@cache
def _table() -> Any:
    text = (files("agentforge.knowledge") / "data" / "client_sizes.json").read_text(encoding="utf-8")
    return json.loads(text)


@cache
def builds() -> tuple[Build, ...]:
    """Every client, version and model that was measured part by part."""
    table = _table()
    return tuple(_build(one, table["measured"]) for one in table["builds"])


def _build(one: Mapping[str, Any], measured: str) -> Build:
    skills = one.get("skills", {"always": 0, "in_turn": {}, "uncounted": 0})
    names = sum(len(f"\n- {name}") for name in skills["in_turn"])
    sized = {key: _sizes(one.get(key, {})) for key in ("parts", "tools", "deferred", "resources", "frames")}
    return Build(
        client=one["client"],
        version=one["version"],
        model=one["model"],
        start=one["start"],
        measured=measured,
        window=one["window"],
        characters_per_token=one["characters_per_token"],
        total=Size(**one["total"]),
        skill_characters=skills["always"] + names - skills["uncounted"],
        skills_in_turn=tuple(skills["in_turn"].values()),
        **sized,
    )


def _sizes(table: Mapping[str, Mapping[str, int]]) -> dict[str, Size]:
    return {name: Size(**size) for name, size in table.items()}


@cache
def reported() -> tuple[Reported, ...]:
    """Sums for other versions, models and set-ups, to compare with."""
    return tuple(Reported(**one) for one in _table()["reported"])


def build_for(client: str, model: str | None = None, version: str | None = None) -> Build:
    """The build that was measured nearest to what is asked for: this model, or else one with as large a window."""
    known = [build for build in builds() if build.client == client] or list(builds()[:1])
    return max(known, key=lambda build: (build.model == model, build.version == version, build.window))
