"""Claude Code's settings: where each level stands, and what they come to together."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.files import Reading
from agentforge.knowledge.sources.folders import repository_of

MANAGED: Final = Path(
    {
        "darwin": "/Library/Application Support/ClaudeCode",
        "win32": r"C:\Program Files\ClaudeCode",
    }.get(sys.platform, "/etc/claude-code")
)
_WHOLE: Final = {"fallbackModel"}
"""Lists that a higher level replaces."""
_RULE = re.compile(r"(?P<tool>[\w-]+)(?:\((?P<about>.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Places:
    """Where Claude Code looks."""

    root: Path
    """The folder it is started in."""
    config: Path
    """Where it keeps what is the user's own; `~/.claude` unless `CLAUDE_CONFIG_DIR` moves it."""
    state: Path
    """Its `.claude.json`."""
    managed: Path
    home: Path
    repository: Path | None
    """The nearest folder at or above the root that git keeps."""

    @property
    def upward(self) -> tuple[Path, ...]:
        """The folders whose `.claude` counts as the project's, nearest first: up to the repository, or to the top."""
        folders = (self.root, *self.root.parents)
        if self.repository is None:
            return folders
        return folders[: folders.index(self.repository) + 1]

    @property
    def downward(self) -> tuple[Path, ...]:
        """Every folder from the top of the file system to the root."""
        return (self.root, *self.root.parents)[::-1]


def find_places(root: Path, home: Path, env: Mapping[str, str], managed: Path) -> Places:
    """The folders and files Claude Code looks at when it is started in `root`."""
    moved = env.get("CLAUDE_CONFIG_DIR", "")
    config = Path(moved) if moved else home / ".claude"
    state = config / ".claude.json" if moved else home / ".claude.json"
    return Places(root, config, state, managed, home, repository_of(root))


def read_settings(places: Places, reading: Reading) -> dict[str, Any]:
    """All levels merged: user, project, local, managed, each stronger than the one before."""
    merged: dict[str, Any] = {}
    for path in (
        places.config / "settings.json",
        places.root / ".claude" / "settings.json",
        places.root / ".claude" / "settings.local.json",
        places.managed / "managed-settings.json",
    ):
        merged = merge(merged, reading.json(path))
    return merged


def merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Two levels together: objects merge, lists add up without repeating, for anything else the higher one wins."""
    merged = dict(low)
    for key, value in high.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = merge(old, value)
        elif isinstance(old, list) and isinstance(value, list) and key not in _WHOLE:
            merged[key] = [*old, *(one for one in value if one not in old)]
        else:
            merged[key] = value
    return merged


def section(settings: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key; empty where there is none."""
    found = settings.get(key)
    return found if isinstance(found, dict) else {}


def texts(settings: Mapping[str, Any], key: str) -> Sequence[str]:
    """The texts in the list under a key; empty where there is none."""
    found = settings.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def denied_agents(settings: Mapping[str, Any]) -> frozenset[str]:
    """The names of the agents that deny rules keep out of the listing; `*` for all."""
    names = set()
    for rule in texts(section(settings, "permissions"), "deny"):
        found = _RULE.fullmatch(rule.strip())
        if found and found["tool"] in ("Agent", "Task"):
            names.add((found["about"] or "*").strip())
    return frozenset(names)


def enabled(settings: Mapping[str, Any], key: str, env: Mapping[str, str], against: str) -> bool:
    """Whether something is on that a setting or a variable can turn off."""
    return settings.get(key) is not False and env.get(against, "").lower() not in ("1", "true", "yes", "on")
