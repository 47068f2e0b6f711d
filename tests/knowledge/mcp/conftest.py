"""Real servers that behave and misbehave: tests/data/mcp_servers, each a program."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agentforge.knowledge.items import Server, Source
from agentforge.knowledge.mcp import Probed, probe

SCRIPTS = Path(__file__).parents[2] / "data" / "mcp_servers"


HANGS_AT = ("initialize", "tools/list", "prompts/list", "page two")


def script(name: str, *arguments: object, **more: object) -> Server:
    """The server of a script; its name is the script with its arguments."""
    label = " ".join([name, *(str(argument) for argument in arguments)])
    command = (sys.executable, str(SCRIPTS / f"{name}.py"), *map(str, arguments))
    return Server(label, "stdio", Source("claude-code", "project", "/p/.mcp.json"), command, **more)


def ask_for(*servers: Server, **more: object) -> tuple[Probed, ...]:
    return probe(servers, **{"timeout": 30.0, "cache_dir": None, "clock": time.time, **more})


@pytest.fixture(scope="session", name="script")
def script_fixture() -> Callable[..., Server]:
    return script


@pytest.fixture(scope="session")
def ask() -> Callable[..., tuple[Probed, ...]]:
    return ask_for


@pytest.fixture(scope="session")
def rows() -> dict[str, Probed]:
    """All the odd servers and good ones, probed together: what one does may not show in another's row."""
    hanging = [script("hangs"), *(script("hangs", at) for at in HANGS_AT)]
    others = [
        script("modern"),
        script("crashes", "initialize", env={"THE_KEY": "sk-not-to-be-seen"}),
        script("crashes", "tools/list"),
        script("crashes", "prompts/list"),
        script("lies"),
        script("mumbles"),
        script("changes"),
        script("missing"),
        Server("no program", "stdio", Source("claude-code", "user", "/h/.claude.json"), ("no-such-program-here",)),
        script("endless", "again"),
        script("endless", "new"),
        script("many", 20_000),
        script("many", 10_000, "in pages"),
        script("many", 10_001, "in pages"),
        script("many", 100_000),
        script("floods", "stdout", "lines"),
        script("floods", "stdout", "one"),
        script("floods", "stdout", "brace"),
        script("floods", "stderr", "lines"),
    ]
    found = (*ask_for(*hanging, script("good"), timeout=6.0), *ask_for(*others, timeout=60.0))
    return {row.server.name: row for row in found}
