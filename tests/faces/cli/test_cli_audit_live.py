import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentforge.audit import Report
from agentforge.faces.cli.audit_live import Place, live_report, names
from agentforge.faces.cli.clients import find_client
from agentforge.faces.cli.isolation import layers, namespace
from agentforge.wire.errors import OutsideError
from knowledge.laid import front, lay

INSTALLED = Path(__file__).parents[3] / ".clients" / "bin"
SERVERS = Path(__file__).parents[2] / "data" / "mcp_servers"
MEMORY = "# Post office\n\nParcels are weighed before they are sorted.\n"
FAKE = f"""#!{sys.executable}
import json, os, sys, urllib.request
memory = open("CLAUDE.md").read() if os.path.exists("CLAUDE.md") else ""
open(os.path.join(os.environ["HOME"], "written.txt"), "w").write("x"); open("written.txt", "w").write("x")
texts = ["You are a client.", f"Contents of {{os.getcwd()}}/CLAUDE.md:\\n\\n" + memory, sys.argv[2]]
body = {{"model": "claude-opus-5-5", "max_tokens": 9, "tools": [{{"name": "t", "input_schema": {{"type": "object"}}}}],
        "messages": [{{"role": "user", "content": [{{"type": "text", "text": one}} for one in texts]}}]}}
head = {{"content-type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01"}}
url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), head)).read()
"""


def run(client: str, folder: Path, env: dict, path: Path | str = INSTALLED, **given) -> Report:
    """The live report on a project and a home below a folder, neither of which may change."""
    before = tree(folder)
    told = {"HOME": str(folder / "home"), "PATH": os.pathsep.join([str(path), *os.environ["PATH"].split(os.pathsep)])}
    root, home = folder / "project", folder / "home"
    report = live_report(
        client,
        root,
        home,
        {**told, **env},
        model_id=given.get("model"),
        usage=None,
        network=given.get("network", False),
    )
    assert tree(folder) == before
    return report


def tree(folder: Path) -> dict[str, str]:
    """Every file and folder with its hash, and when it was changed."""
    return {
        str(
            path
        ): f"{path.lstat().st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ''}"
        for path in sorted(folder.rglob("*"))
    }


def install(folder: Path, text: str, name: str = "claude") -> Path:
    """A folder with a program of that name."""
    folder.mkdir()
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder


def test_a_client_that_is_not_installed_is_an_error_that_says_how_to_get_it(tmp_path):
    with pytest.raises(OutsideError, match="npm install -g @anthropic-ai/claude-code"):
        live_report("claude-code", tmp_path, tmp_path, {"PATH": ""}, model_id=None, usage=None, network=False)


def test_a_client_whose_api_is_not_simulated_is_an_error_that_says_so(tmp_path):
    with pytest.raises(OutsideError, match="does not speak gemini-cli's API"):
        live_report("gemini-cli", tmp_path, tmp_path, {"PATH": ""}, model_id=None, usage=None, network=False)


def test_a_client_that_asks_nothing_is_an_error_with_its_last_words(tmp_path):
    lay(tmp_path, {"project/README.md": "x", "home/notes.txt": "x"})
    path = install(tmp_path / "bin", "#!/bin/sh\necho 'no such model' >&2\nexit 3\n")
    with pytest.raises(OutsideError, match="ended with 3 and asked nothing; it said: no such model"):
        run("claude-code", tmp_path, {}, path)


@pytest.mark.skipif(layers() is None, reason="no layer can be laid over a folder here")
def test_what_a_client_sends_is_weighed_and_what_it_writes_is_gone(tmp_path):
    lay(tmp_path, {"project/CLAUDE.md": MEMORY, "home/notes.txt": "x"})
    report = run("claude-code", tmp_path, {}, install(tmp_path / "bin", FAKE))

    assert report.sent is not None
    assert report.sent.isolated == (namespace() is not None)
    assert sum(part.bytes for part in report.parts) == report.sent.bytes
    own = [part for part in report.parts if part.is_yours]
    assert [(part.category, part.source) for part in own] == [("memory", f"{tmp_path}/project/CLAUDE.md:1")]
    assert {part.category for part in report.parts if part.source == "built in"} >= {"built-in tools", "environment"}
    assert not [part for part in report.parts if part.category == "unattributed"]


def test_folders_have_the_same_names_wherever_the_client_is_run():
    found = names(Place(Path("/h"), Path("/h/src/my_shop"), None, Path("/t")))
    assert found == {**found, "/h": "HOME", "/h/src/my_shop": "PROJECT", "/t": "TEMPORARY", "-h-src-my-shop": "SLUG"}


def personas() -> dict:
    files: dict = {
        "project/CLAUDE.md": f"{MEMORY}\n@docs/rules.md\n",
        "project/docs/rules.md": "".join(f"- A letter of {at} grams costs {at * 3} cents.\n" for at in range(60)),
        "home/.claude/CLAUDE.md": "I collect stamps.\n",
        "home/.claude/rules/kind.md": "Be kind to customers.\n",
        "home/.claude.json": {"numStartups": 3},
    }
    for at in range(20):
        described = f"Agent {at}: " + "word " * at
        files[f"project/.claude/agents/a{at}.md"] = front(name=f"agent-{at}", description=described)
    for at in range(15):
        files[f"project/.claude/commands/c{at}.md"] = front(description=f"Command {at}")
    for at in range(10):
        files[f"project/.claude/skills/s{at}/SKILL.md"] = front(description=f"Skill {at} " + "text " * 10 * at)
    return files


def servers() -> dict:
    told = {name: {"command": sys.executable, "args": [str(SERVERS / f"{name}.py")]} for name in ("good", "official")}
    told["lost"] = {"command": sys.executable, "args": ["-c", ""]}
    told["many"] = {"command": sys.executable, "args": [str(SERVERS / "many.py"), "60"]}
    return {
        **personas(),
        "project/.mcp.json": {"mcpServers": told},
        "project/.claude/settings.local.json": {"enableAllProjectMcpServers": True},
    }


def hooks() -> dict:
    does = [{"hooks": [{"type": "command", "command": "echo 'The post office opens at nine.'; echo; echo Rain."}]}]
    style = front("Say little.\n\nNever more than a line.", name="Terse", description="short")
    return {
        **personas(),
        "project/.claude/settings.json": {"outputStyle": "Terse", "hooks": {"SessionStart": does}},
        "project/.claude/output-styles/terse.md": style,
    }


def bare() -> dict:
    return {"project/README.md": "Nothing for agents.\n", "home/notes.txt": "x"}


def codex() -> dict:
    told = "".join(
        f'\n[mcp_servers.{name}]\ncommand = "{sys.executable}"\nargs = ["{SERVERS / name}.py"]\n'
        for name in ("good", "official")
    )
    return {
        "project/AGENTS.md": MEMORY,
        **{f"project/.codex/skills/s{at}/SKILL.md": front(name=f"s{at}", description=f"Sorts {at}") for at in range(9)},
        "home/.codex/config.toml": f'model = "gpt-5.5"\n{told}',
        "home/.codex/AGENTS.md": "I collect stamps.\n",
    }


def opencode() -> dict:
    told = {
        name: {"type": "local", "command": [sys.executable, str(SERVERS / f"{name}.py")]}
        for name in ("good", "official")
    }
    return {
        "project/AGENTS.md": MEMORY,
        **{
            f"project/.opencode/skills/s{at}/SKILL.md": front(name=f"s{at}", description=f"Sorts {at}")
            for at in range(9)
        },
        "project/.opencode/agent/clerk.md": front(description="Weighs parcels", mode="subagent"),
        "project/opencode.json": {"mcp": told},
        "home/.config/opencode/AGENTS.md": "I collect stamps.\n",
    }


@pytest.mark.client
@pytest.mark.skipif(layers() is None, reason="no layer can be laid over a folder here")
@pytest.mark.parametrize(
    ("client", "laid", "env", "categories"),
    [
        ("claude-code", bare, {}, set()),
        ("claude-code", personas, {}, {"memory", "personas", "skills and commands"}),
        ("claude-code", servers, {"ENABLE_TOOL_SEARCH": "true"}, {"deferred tool names", "MCP instructions"}),
        ("claude-code", servers, {"ENABLE_TOOL_SEARCH": "false"}, {"MCP tools", "MCP instructions"}),
        ("claude-code", hooks, {}, {"environment", "system prompt"}),
        ("codex", codex, {}, {"memory", "skills and commands", "deferred tool names"}),
        ("opencode", opencode, {}, {"memory", "skills and commands", "personas", "MCP tools"}),
    ],
)
def test_nearly_every_byte_a_real_client_sends_is_somebodys_and_nothing_of_the_users_changes(
    client, laid, env, categories, tmp_path
):
    program = {"claude-code": "claude"}.get(client, client)
    if find_client(program, str(INSTALLED)) is None:
        pytest.skip(f"{program} is not installed here: `make clients` gets it")
    lay(tmp_path, laid())
    if laid is not bare:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path / "project", check=True)
    report = run(client, tmp_path, env)

    sent = report.sent
    assert sent is not None
    off = (
        ""
        if sent.off is None
        else f", the files alone predicted {sent.predicted:,} of {sent.from_files:,} ({sent.off:+.2%})"
    )
    line = (
        f"{client:11} {laid.__name__:8} {json.dumps(env)}: {sent.bytes:,} bytes, {sent.attributed:.2%} attributed{off}"
    )
    sys.stdout.write(f"{line}\n")
    assert sum(part.bytes for part in report.parts) == sent.bytes
    assert {part.category for part in report.parts if part.is_yours} >= categories
    assert sent.attributed >= 0.99
    assert abs(sent.off or 0) <= 0.03


@pytest.mark.skipif(layers() is None, reason="no layer can be laid over a folder here")
def test_a_clients_folder_that_is_a_link_out_of_the_home_folder_is_left_as_it_is(tmp_path):
    lay(tmp_path, {"project/CLAUDE.md": MEMORY, "home/notes.txt": "x", "kept/.credentials.json": "{}"})
    (tmp_path / "home" / ".claude").symlink_to(tmp_path / "kept")
    writing = FAKE.replace(
        "open(os.path", 'os.makedirs(os.environ["HOME"] + "/.claude", exist_ok=True); open(os.path', 1
    )
    writing = writing.replace('"written.txt"), "w")', '".claude", "written.txt"), "w")')
    run("claude-code", tmp_path, {}, install(tmp_path / "bin", writing))
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [".credentials.json"]


def test_who_interrupts_waits_for_no_client_that_hangs(tmp_path):
    lay(tmp_path, {"project/README.md": "x", "home/notes.txt": "x"})
    path = install(tmp_path / "bin", "#!/bin/sh\nexec sleep 90\n")
    env = os.environ | {"HOME": str(tmp_path / "home"), "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    words = [sys.executable, "-m", "agentforge.faces.cli", "audit", "--live", "claude-code", str(tmp_path / "project")]
    ours = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        late = time.monotonic() + 20
        while not sleeping(ours.pid) and time.monotonic() < late:
            time.sleep(0.05)
        assert sleeping(ours.pid)
        ours.send_signal(signal.SIGINT)
        ours.communicate(timeout=30)
    finally:
        ours.kill()
    assert ours.returncode == 130


def sleeping(pid: int) -> bool:
    """Whether the client has come to where it hangs, somewhere below that process."""
    told = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in told.splitlines()]
    family = {str(pid)}
    for _ in rows:
        family |= {child for child, parent, _ in rows if parent in family}
    return any(child in family and words == "sleep 90" for child, _, words in rows)
