"""Where transcripts are looked for."""

from __future__ import annotations

from pathlib import Path

from agentforge.transcripts import CLIENTS, places_of

HOME = Path("/home/dev")


def test_without_a_word_of_the_environment_they_are_where_the_clients_keep_them() -> None:
    found = places_of(HOME, {})
    assert set(found) == set(CLIENTS)
    assert {str(place.relative_to(HOME)) for places in found.values() for place in places} == {
        ".claude/projects",
        ".config/claude/projects",
        ".codex/sessions",
        ".codex/archived_sessions",
        ".local/share/opencode",
        ".gemini/tmp",
        ".copilot/session-state",
    }


def test_each_client_is_followed_to_where_the_environment_moved_it() -> None:
    env = {
        "CLAUDE_CONFIG_DIR": "/a",
        "CODEX_HOME": "/b",
        "XDG_DATA_HOME": "/c",
        "GEMINI_CLI_HOME": "/d",
        "COPILOT_HOME": "/e",
    }
    assert places_of(HOME, env) == {
        "claude-code": (Path("/a/projects"),),
        "codex": (Path("/b/sessions"), Path("/b/archived_sessions")),
        "opencode": (Path("/c/opencode"),),
        "gemini-cli": (Path("/d/.gemini/tmp"),),
        "copilot-cli": (Path("/e/session-state"),),
    }


def test_a_list_of_folders_is_followed_to_each() -> None:
    assert places_of(HOME, {"CLAUDE_CONFIG_DIR": "/a, /b"})["claude-code"] == (Path("/a/projects"), Path("/b/projects"))
