"""The project that the tests of `agentforge audit` look at."""

import tempfile

import pytest

from knowledge.laid import front, lay

WORDS = "sorts all parcels by town and street and then loads them into the right van"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a memory file and two personas that say the same; nothing else of this machine counts."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "ENABLE_TOOL_SEARCH"):
        monkeypatch.delenv(name, raising=False)
    files = {f".claude/agents/{name}.md": front("Same.", name=name, description=WORDS) for name in ("one", "two")}
    return lay(tmp_path / "project", {"CLAUDE.md": "# Post office\n", **files})
