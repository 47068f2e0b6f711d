import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.items import Server, Source
from agentforge.knowledge.mcp.fingerprint import fingerprint

SOURCE = Source("claude-code", "project", "/p/.mcp.json")
NAMES = st.text(min_size=1, max_size=5)


@pytest.fixture
def package(tmp_path) -> Path:
    """An npm package with two files."""
    folder = tmp_path / "package"
    (folder / "dist").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": "1.0.0"}))
    (folder / "dist" / "index.js").write_text("one")
    (folder / "dist" / "tools.js").write_text("one")
    return folder


def of(command: tuple[str, ...], cwd: Path, **env: str) -> str:
    return fingerprint(Server("s", "stdio", SOURCE, command, env), {"PATH": os.defpath, **env}, cwd)


def test_it_stays_while_nothing_changes(package):
    command = ("node", "dist/index.js")
    assert of(command, package, A="1") == of(command, package, A="1")


@pytest.mark.parametrize("file", ["package.json", "dist/index.js", "dist/tools.js"])
def test_a_changed_file_of_the_program_changes_it(package, file):
    before = of(("node", "dist/index.js"), package)
    (package / file).write_text('{"version": "1.0.1"}')
    assert of(("node", "dist/index.js"), package) != before


def test_a_file_the_program_works_on_does_not(tmp_path):
    data = tmp_path / "data.db"
    data.write_text("one")
    before = of(("sh", str(data)), tmp_path)
    data.write_text("other")
    assert of(("sh", str(data)), tmp_path) == before


def test_what_is_installed_into_its_virtual_environment_changes_it(tmp_path):
    program = tmp_path / "bin" / "mcp-server"
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    program.parent.mkdir()
    packages.mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").touch()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    before = of((str(program),), tmp_path)
    os.utime(packages, (1, 1))
    assert of((str(program),), tmp_path) != before


@pytest.mark.parametrize("word", ["@scope/server", "@scope/server@latest"])
def test_what_npx_fetched_changes_it(tmp_path, word):
    package = tmp_path / ".npm" / "_npx" / "0a1b" / "node_modules" / "@scope" / "server"
    package.mkdir(parents=True)
    before = of(("npx", "-y", word), tmp_path, HOME=str(tmp_path))
    (package / "package.json").write_text("{}")
    assert of(("npx", "-y", word), tmp_path, HOME=str(tmp_path)) != before


@given(st.tuples(NAMES, NAMES), st.dictionaries(NAMES, st.text(max_size=5), max_size=3))
def test_law_3_it_tells_any_two_configurations_apart_and_no_order_of_names(texts, env):
    here = Path("/nowhere")
    server = Server("s", "http", SOURCE, url="http://127.0.0.1/", headers={"A": texts[0], "B": texts[1]})
    server = replace(server, env=env)
    turned = replace(server, headers={"B": texts[1], "A": texts[0]}, env=dict(reversed(env.items())))
    assert fingerprint(server, {}, here) == fingerprint(turned, {"TERM": "other"}, here)
    others = [
        replace(server, url="http://127.0.0.1/x"),
        replace(server, headers={"A": texts[0]}),
        replace(server, headers={"A": texts[0], "B": texts[1] + "x"}),
        replace(server, transport="sse"),
        replace(server, env={**env, "a new name": "x"}),
    ]
    assert len({fingerprint(other, {}, here) for other in [server, *others]}) == 6


def test_a_strange_word_in_a_command_breaks_nothing(tmp_path):
    (tmp_path / ".npm" / "_npx" / "0a1b" / "node_modules").mkdir(parents=True)
    for word in ("a\0b", "x" * 5000, "x" * 5000 + ".py", "../..", "@", "@/", "\udc80"):
        assert of(("sh", word), tmp_path, HOME=str(tmp_path))
        assert of((word,), tmp_path, HOME=str(tmp_path))
