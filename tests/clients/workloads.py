"""Two sessions of a real agent, to be priced with the gateway and without: reading code, and large results of tools.

The model is the simulated provider's scripted agent. Before every second call it needs something of the result before,
to the byte: it goes on where that is in view, else recalls it, else runs the call again; all of that is paid for.
What it needs is chosen by place, not by whether it stays in view.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from agentforge.tokens import cost
from agentforge.wire import Usage, decode_request, is_prefix
from clients.driver import URL, Run, drive
from clients.recorded import asked, conversation
from data.mcp_servers import stock

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "tests" / "data" / "mcp_servers" / "stock.py"
ENVIRON = {
    "ANTHROPIC_API_KEY": "sk-ant-dummy-000",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "ENABLE_TOOL_SEARCH": "true",
    "IS_SANDBOX": "1",
    "MCP_CONNECTION_NONBLOCKING": "0",
    "MCP_CONNECT_TIMEOUT_MS": "60000",
}
NOTES = "notes.md"
NEEDED_AT = 0.6
"""Where in a result the line stands that is needed later."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A session: what is asked, what the model does, and how the client is started for it."""

    prompt: str
    steps: tuple[dict[str, Any], ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Worked:
    """What a session came to, by what the provider recorded and charged."""

    dollars: float
    requests: int
    peak: int
    """Tokens of the longest prompt."""
    tokens: int
    """Of all prompts."""
    breaks: int
    """Requests that do not begin with the one before."""
    refused: int
    recalls: int
    refetches: int
    lost: tuple[str, ...]
    """What the agent had to do without."""
    notes: str
    """What it left behind."""


def work(claude: str, folder: Path, workload: Workload, gateway: Sequence[str] | None) -> Run:
    """A run of Claude Code, in `folder`; `gateway` as `drive` takes it."""
    command = [claude, "-p", workload.prompt, "--output-format", "json", "--dangerously-skip-permissions"]
    base = URL if gateway is None else f"{URL}/p/works"
    environ = {**ENVIRON, "ANTHROPIC_BASE_URL": base}
    script = {"steps": list(workload.steps), "last": "The notes are written."}
    return drive([*command, *workload.options], folder, script, environ, gateway=gateway, seconds=300)


def worked(run: Run) -> Worked:
    """What a run came to."""
    charged = [(one.plain_body["model"], usage_of(one.usage)) for one in asked(run) if one.usage]
    requests = [decode_request("anthropic", one.body) for one in conversation(run)]
    agent = run.state["agent"]
    notes = run.project / NOTES
    return Worked(
        dollars=sum(float(cost(usage, model).total or 0) for model, usage in charged),
        requests=len(requests),
        peak=max((usage.prompt for _, usage in charged), default=0),
        tokens=sum(usage.prompt for _, usage in charged),
        breaks=sum(not is_prefix(first, second) for first, second in pairwise(requests)),
        refused=sum(one.status != 200 for one in asked(run)),
        recalls=agent["recalls"],
        refetches=agent["refetches"],
        lost=tuple(agent["lost"]),
        notes=notes.read_text() if notes.is_file() else "",
    )


def usage_of(plain: dict[str, Any]) -> Usage:
    """What the provider said that it charges."""
    return Usage(
        input_tokens=plain["input_tokens"],
        cache_read=plain["cache_read_input_tokens"],
        cache_write=plain["cache_creation_input_tokens"],
        output_tokens=plain["output_tokens"],
    )


def snapshot(folder: Path) -> Path:
    """Where this repository's source now also stands, so that two runs read the same."""
    for inner in ("src/agentforge", "tests/wire"):
        shutil.copytree(ROOT / inner, folder / inner, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def reading(folder: Path, repository: Path) -> Workload:
    """W1: eleven looks at this repository's own source, as it is in `folder/project` then, and notes of them."""
    project = folder / "project"
    shutil.copytree(repository, project)
    src = "src/agentforge"
    lint = f"'{sys.executable}' -m ruff check --isolated --no-cache --exit-zero --select D,ANN,PLR,S,TRY,EM"
    calls = [
        _bash(f"find {src} -name '*.py' | LC_ALL=C sort | xargs wc -l"),
        _bash(f"grep -rnE '^(def|class) ' {src}/gateway {src}/ledger | LC_ALL=C sort"),
        _read(project / src / "gateway" / "treated.py"),
        _read(project / src / "gateway" / "record.py"),
        _read(project / src / "wire" / "shape.py"),
        _bash(f"cat {src}/ledger/redact.py"),
        _bash(f"{lint} --output-format concise {src}/gateway"),
        _read(project / "tests" / "wire" / "test_codec.py"),
        _bash(f"grep -rn 'text' {src}/context/admission | LC_ALL=C sort"),
        _read(project / src / "gateway" / "treated.py"),
        _bash(f"cat {src}/wire/check.py"),
    ]
    lines = [_line_of(_told(call, project)) for call in calls]
    steps = [
        {"thinking": f"Look {at + 1} of {len(calls)}.", "calls": [call], "needs": _needs(at, lines)}
        for at, call in enumerate(calls)
    ]
    prompt = (
        "How is a long tool result cut, where is the rest kept, and what proves that? Write what you find to notes.md."
    )
    return Workload(prompt, (*steps, _noted(project, lines)))


def large_results(folder: Path, _: Path) -> Workload:
    """W2: ten calls of an MCP server, each answered in about ten thousand tokens, and notes of them."""
    (folder / "project").mkdir(exist_ok=True)
    servers = {"stock": {"command": sys.executable, "args": [str(SERVER)]}}
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    names = [f"mcp__stock__{name}" for name in stock.TOOLS]
    asks = [(name, part) for part in stock.PARTS for name in stock.TOOLS]
    lines = [stock.TOOLS[name](part).plain[at % 4] for at, (name, part) in enumerate(asks)]
    find = {"name": "ToolSearch", "input": {"query": f"select:{','.join(names)}", "max_results": len(names)}}
    first = {"thinking": "Which tools are there?", "calls": [find]}
    steps = [
        {
            "thinking": f"Call {at + 1} of {len(asks)}.",
            "calls": [{"name": f"mcp__stock__{name}", "input": {"part": part}}],
            "needs": [{**need, "of": need["of"] + 1} for need in _needs(at, lines)],
        }
        for at, (name, part) in enumerate(asks)
    ]
    options = ("--mcp-config", str(folder / "mcp.json"), "--strict-mcp-config")
    prompt = "Go through both parts of everything that the warehouse tells. Write what is wrong with it to notes.md."
    return Workload(prompt, (first, *steps, _noted(folder / "project", lines)), options)


WORKLOADS: dict[str, Callable[[Path, Path], Workload]] = {"reading": reading, "large results": large_results}


def _bash(command: str) -> dict[str, Any]:
    return {"name": "Bash", "input": {"command": command}}


def _read(path: Path) -> dict[str, Any]:
    return {"name": "Read", "input": {"file_path": str(path)}}


def _told(call: dict[str, Any], project: Path) -> str:
    """What a call will tell the agent."""
    if call["name"] == "Read":
        return Path(call["input"]["file_path"]).read_text()
    ended = subprocess.run(
        ["sh", "-c", call["input"]["command"]], cwd=project, capture_output=True, text=True, check=False
    )
    return ended.stdout


def _line_of(text: str) -> tuple[str, str]:
    """What to look for, and the line that is needed: the first one behind that place that says something of its own."""
    lines = text.splitlines()
    for line in lines[int(len(lines) * NEEDED_AT) :]:
        words = re.findall(r"\w{6,}", line)
        if words and text.count(line.strip()) == 1:
            return max(words, key=lambda word: (-text.count(word), len(word))), line.strip()
    raise AssertionError("no line of it stands for itself")


def _needs(at: int, lines: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Before every second call, a line of the result before."""
    if at % 2 == 0:
        return []
    hint, text = lines[at - 1]
    return [{"text": text, "of": at - 1, "hint": hint}]


def _noted(project: Path, lines: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The last step: everything needed on the way, in a file."""
    content = "\n".join(text for _, text in lines[::2]) + "\n"
    return {
        "thinking": "That is all.",
        "calls": [{"name": "Write", "input": {"file_path": str(project / NOTES), "content": content}}],
    }
