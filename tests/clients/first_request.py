"""What the installed clients send first, with a set-up that is laid out in a folder; and what the static audit says."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentforge.audit import Report, audit_setup
from agentforge.knowledge import read_setup
from agentforge.knowledge.mcp import probe
from clients.driver import URL, drive
from knowledge.laid import lay

PROGRAMS = Path(__file__).parents[2] / ".clients" / "bin"
PROMPT = "hello"
CODEX = f"""\
model = "gpt-5.5"
model_provider = "simulated"
check_for_update_on_startup = false

[model_providers.simulated]
name = "simulated"
base_url = "{URL}/v1"
env_key = "SIMULATED_KEY"
wire_api = "responses"
supports_websockets = false
request_max_retries = 1
stream_max_retries = 1

[analytics]
enabled = false

[otel]
exporter = "none"
"""


@dataclass(frozen=True, slots=True)
class Client:
    """A client as it is started for one request."""

    name: str
    program: Path
    model: str
    start: str
    """How it is started, in words for a table."""
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The number it tells."""
        with tempfile.TemporaryDirectory() as home:
            told = subprocess.run(
                [str(self.program), "--version"],
                env={"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        return next(word for word in told.split() if word[0].isdigit())


def claude_code(model: str, program: Path = PROGRAMS / "claude") -> Client:
    """Claude Code; servers are waited for, so that the first request has their tools."""
    environ = {
        "ANTHROPIC_BASE_URL": URL,
        "ANTHROPIC_API_KEY": "sk-ant-dummy-000",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "IS_SANDBOX": "1",
        "MCP_CONNECTION_NONBLOCKING": "0",
        "MCP_CONNECT_TIMEOUT_MS": "60000",
        "ENABLE_TOOL_SEARCH": "true",
    }
    start = ("-p", "--dangerously-skip-permissions")
    return Client("claude-code", program, model, " ".join(start), (*start, "--model", model, PROMPT), environ)


def codex(model: str, program: Path = PROGRAMS / "codex") -> Client:
    """Codex; the model stands in its configuration."""
    start = ("exec", "--dangerously-bypass-approvals-and-sandbox")
    command = (*start, "--json", "--skip-git-repo-check", "--model", model, PROMPT)
    return Client("codex", program, model, " ".join(start), command, {"SIMULATED_KEY": "sk-dummy"})


def opencode(model: str, program: Path = PROGRAMS / "opencode") -> Client:
    """Opencode with Anthropic's models."""
    environ = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    return Client("opencode", program, model, "run", ("run", "--model", f"anthropic/{model}", PROMPT), environ)


def configure(client: Client, folder: Path, servers: Mapping[str, Sequence[str] | str]) -> None:
    """Writes what the client needs to reach the provider, and its MCP servers: each a command, or a URL."""
    if client.name == "claude-code" and servers:
        said = {name: _usual(server) for name, server in servers.items()}
        files = {
            ".mcp.json": {"mcpServers": said},
            ".claude/settings.local.json": {"enableAllProjectMcpServers": True},
        }
        lay(folder / "project", files)
    elif client.name == "codex":
        tables = (
            f"[mcp_servers.{name}]\ncommand = {json.dumps(server[0])}\nargs = {json.dumps(server[1:])}\n"
            for name, server in servers.items()
        )
        lay(folder / "home", {".codex/config.toml": "\n".join((CODEX, *tables))})
    elif client.name == "opencode":
        limit = {"limit": {"context": 200_000, "output": 32_000}}
        options = {"baseURL": f"{URL}/v1", "apiKey": "sk-dummy"}
        config = {
            "autoupdate": False,
            "share": "disabled",
            "provider": {"anthropic": {"options": options, "models": {client.model: limit}}},
            "mcp": {name: {"type": "local", "command": list(server)} for name, server in servers.items()},
        }
        lay(folder / "home", {".config/opencode/opencode.json": config})


def _usual(server: Sequence[str] | str) -> dict[str, Any]:
    if isinstance(server, str):
        return {"type": "http", "url": server}
    return {"command": server[0], "args": list(server[1:])}


def first_request(client: Client, folder: Path, *, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The body of the first request that brings tools; the user's files are in `folder/project` and `folder/home`."""
    for name in ("project", "home"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "record.jsonl").unlink(missing_ok=True)
    if not (folder / "home" / ".codex").exists() and not (folder / "home" / ".config").exists():
        configure(client, folder, {})
    command = [str(client.program), *client.command]
    run = drive(command, folder, {"turns": [{"text": "Hi."}], "aside": "Hi"}, {**client.environ, **(env or {})})
    for line in run.record:
        asked = json.loads(line)
        if asked["body"] and asked["body"].get("tools") and "count_tokens" not in asked["path"]:
            return dict(asked["body"])
    raise AssertionError(f"{client.name} asked for nothing:\n" + "\n".join(text for _, text in run.sections()))


def size_of(body: Mapping[str, Any]) -> int:
    """The bytes of a body, written as the clients write it."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def texts_of(body: Mapping[str, Any]) -> Iterator[str]:
    """Every text of a prompt, in order."""
    if isinstance(body.get("instructions"), str):
        yield body["instructions"]
    for block in body.get("system", ()):
        yield block["text"]
    for message in (*body.get("messages", ()), *body.get("input", ())):
        content = message.get("content", ())
        for block in [{"text": content}] if isinstance(content, str) else content:
            yield block.get("text", "")


def audited(client: Client, folder: Path, *, env: Mapping[str, str] | None = None, now: float = 0) -> Report:
    """What the static audit says of the set-up in `folder/project` and `folder/home`."""
    environ = {**client.environ, **(env or {})}
    root = folder / "project"
    setup = read_setup(client.name, root, folder / "home", environ)
    rows = probe(setup.servers, timeout=30, cache_dir=None, clock=lambda: 0, cwd=root) if setup.servers else ()
    in_git = (root / ".git").exists()
    return audit_setup(setup, env=environ, model_id=client.model, probed=rows, in_git=in_git, now=now)
