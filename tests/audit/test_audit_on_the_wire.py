import json
import sys
from pathlib import Path

import pytest

from agentforge.audit import BUILT_IN, audit_setup
from agentforge.faces.cli.clients import find_client
from agentforge.knowledge import read_setup
from agentforge.knowledge.mcp import probe
from clients.driver import URL, drive, namespace
from knowledge.laid import front, lay

INSTALLED = Path(__file__).parents[2] / ".clients" / "bin"
SERVER = Path(__file__).parents[1] / "data" / "mcp_servers" / "many.py"
MODEL = "claude-opus-5-5"


def bare() -> dict:
    return {"README.md": "Nothing for agents.\n"}


def personas() -> dict:
    files: dict = {"CLAUDE.md": "# Post office\n\nParcels are weighed before they are sorted.\n"}
    for at in range(20):
        files[f".claude/agents/a{at}.md"] = front(name=f"agent-{at}", description=f"Agent {at}: " + "word " * at)
    for at in range(15):
        files[f".claude/commands/c{at}.md"] = front(description=f"Command {at}")
    for at in range(10):
        files[f".claude/skills/s{at}/SKILL.md"] = front(description=f"Skill {at} " + "text " * 10 * at)
    return files


def servers() -> dict:
    server = {"command": sys.executable, "args": [str(SERVER), "60"]}
    return {
        **personas(),
        ".mcp.json": {"mcpServers": {"post": server}},
        ".claude/settings.local.json": {"enableAllProjectMcpServers": True},
    }


@pytest.mark.client
@pytest.mark.parametrize(
    ("laid", "search"), [(bare, "true"), (bare, "false"), (personas, "true"), (servers, "true"), (servers, "false")]
)
def test_what_claude_code_really_sends_of_the_users_files_and_servers_is_what_the_audit_says(laid, search, tmp_path):
    client = find_client("claude", str(INSTALLED))
    if client is None:
        pytest.skip("claude is not installed here: `make clients` gets it")
    if namespace() is None:
        pytest.skip("no network namespace can be made here: `unshare --net true` fails")
    root, home = lay(tmp_path / "project", laid()), tmp_path / "home"
    home.mkdir()
    environ = {
        "ANTHROPIC_BASE_URL": URL,
        "ANTHROPIC_API_KEY": "sk-ant-dummy-000",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "IS_SANDBOX": "1",
        "MCP_CONNECTION_NONBLOCKING": "0",
        "ENABLE_TOOL_SEARCH": search,
    }
    command = [str(client.program), "-p", "hello", "--model", MODEL, "--dangerously-skip-permissions"]
    run = drive(command, tmp_path, {"turns": [{"text": "Hi."}]}, environ)
    body = next(one["body"] for one in map(json.loads, run.record) if one["body"] and one["body"].get("tools"))
    sent = len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    setup = read_setup("claude-code", root, home, environ)
    rows = probe(setup.servers, timeout=20, cache_dir=None, clock=lambda: 0, cwd=root)
    report = audit_setup(setup, env=environ, model_id=MODEL, probed=rows)
    own = sum(part.bytes for part in report.parts if part.source != BUILT_IN)
    said = sum(part.bytes for part in report.parts)
    line = (
        f"{laid.__name__:8}, tool search {search:5}: wire {sent:7,} audit {said:7,} yours {own:6,} off {sent - said:+,}"
    )
    sys.stdout.write(f"{line}\n")
    # Folder and date in the client's own words are as long as they are here: 300 bytes are theirs.
    assert abs(sent - said) <= 0.03 * own + 300
