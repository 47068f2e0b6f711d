import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentforge.faces.cli.entry import main
from knowledge.laid import front, lay

TOOLS = {"tools": [{"id": "1", "name": "sendMail"}, {"id": "2", "name": "openDoor"}]}
RUN = [sys.executable, "-m", "agentforge.faces.cli"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A project with personas, a skill and a command; nothing else of this machine counts."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    files = {
        ".claude/agents/dba.md": front("Look at locks.", name="dba", description="Reviews database migrations."),
        ".claude/agents/poet.md": front("Rhyme.", name="poet", description="Writes verses."),
        ".claude/skills/tests/SKILL.md": front("Test.", name="tests", description="Runs the tests of a database."),
        ".claude/commands/release.md": front("Release.", description="Makes a release."),
    }
    folder = lay(tmp_path / "project", files)
    monkeypatch.chdir(folder)
    return Path(folder)


def test_the_item_that_fits_is_told_in_a_line_or_two(here, capsys):
    assert main(["find", "review", "a", "database", "migration"]) == 0
    assert capsys.readouterr().out.startswith("persona dba\n  Reviews database migrations.")


def test_kind_and_limit_narrow_what_is_found(here, capsys):
    assert main(["find", "--kind", "skill", "database"]) == 0
    assert capsys.readouterr().out.startswith("skill tests")
    assert main(["find", "--json", "--limit", "1", "database"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["searched"] == 4
    assert [row["name"] for row in told["found"]] == ["dba"] or len(told["found"]) == 1


def test_where_nothing_fits_it_says_so(here, capsys):
    assert main(["find", "xylophone"]) == 0
    assert capsys.readouterr().out.startswith("None of the 4 items fits")


@pytest.mark.parametrize("words", [["find"], ["find", " "], ["find", "--batch", "word"], ["find", "--batch", "--json"]])
def test_a_call_that_asks_nothing_or_both_is_wrong_usage(words, capsys):
    assert main(words) == 2
    assert "Error" in capsys.readouterr().err


def test_tools_of_servers_that_were_asked_before_are_found_and_no_server_is_started(here, tmp_path, capsys):
    pytest.importorskip("mcp")
    from agentforge.knowledge import read_setups
    from agentforge.knowledge.mcp import probe

    server = Path(__file__).parents[2] / "data" / "mcp_servers"
    script = next(path for path in sorted(server.glob("*.py")) if "tool" in path.read_text(encoding="utf-8"))
    configured = {"mcpServers": {"house": {"command": sys.executable, "args": [str(script)]}}}
    (here / ".mcp.json").write_text(json.dumps(configured), encoding="utf-8")
    servers = [one for setup in read_setups(here, tmp_path / "home", {}) for one in setup.servers]
    cache = tmp_path / "cache" / "agentforge" / "mcp"
    rows = probe(servers, timeout=30, cache_dir=cache, clock=time.time, cwd=here)
    names = [tool.name for row in rows for tool in row.tools]
    assert names, rows
    assert main(["find", "--json", "--kind", "tool", names[0]]) == 0
    assert json.loads(capsys.readouterr().out)["found"][0]["name"] == f"mcp__house__{names[0]}"


def test_a_batch_answers_each_query_before_the_next_is_asked():
    with subprocess.Popen([*RUN, "find", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        run.stdin.write(json.dumps(TOOLS) + "\n")
        for query, id in (("mail", "1"), ("door", "2")):
            run.stdin.write(json.dumps({"query": query}) + "\n")
            run.stdin.flush()
            assert json.loads(run.stdout.readline()) == [id]
        run.stdin.close()
        assert run.wait() == 0


def test_a_batch_names_the_line_that_is_wrong_after_it_has_answered_those_before():
    lines = "\n".join([json.dumps(TOOLS), '{"query": "mail"}', '{"query": 3}'])
    done = subprocess.run([*RUN, "find", "--batch"], input=lines, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, '["1"]\n')
    assert 'line 3 of stdin: "query" is no string' in done.stderr
