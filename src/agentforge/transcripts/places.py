"""Where the clients of this machine keep their transcripts, wherever the environment moved them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agentforge.transcripts.events import Client


def places_of(home: Path, env: Mapping[str, str]) -> Mapping[Client, tuple[Path, ...]]:
    """Each client's folders, whether they are there or not."""

    def moved(name: str, default: Path) -> Path:
        return Path(env[name]).expanduser() if env.get(name) else default

    config = moved("XDG_CONFIG_HOME", home / ".config")
    # Several programs read a list of folders out of this variable; the client itself takes one.
    claude = [Path(each.strip()).expanduser() for each in env.get("CLAUDE_CONFIG_DIR", "").split(",") if each.strip()]
    codex = moved("CODEX_HOME", home / ".codex")
    return {
        "claude-code": tuple(folder / "projects" for folder in claude or (home / ".claude", config / "claude")),
        "codex": (codex / "sessions", codex / "archived_sessions"),
        "opencode": (moved("XDG_DATA_HOME", home / ".local" / "share") / "opencode",),
        "gemini-cli": (moved("GEMINI_CLI_HOME", home) / ".gemini" / "tmp",),
        "copilot-cli": (moved("COPILOT_HOME", home / ".copilot") / "session-state",),
    }
