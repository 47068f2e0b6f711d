"""Measures how long the clients' own words are, and writes the dated table that the static audit reads.

    make clients
    .venv/bin/python scripts/client_sizes.py             # writes src/agentforge/knowledge/data/client_sizes.json
    .venv/bin/python scripts/client_sizes.py --print     # only shows it

Runs the installed clients against the simulated provider, in a network namespace, each with nothing of the user's and
then with one thing at a time. What one thing adds beside its own text is the client's frame around it. Sizes are kept,
never texts. The sums that others reported stay as they are in the table.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from agentforge.audit import BUILT_IN  # noqa: E402
from agentforge.knowledge import (  # noqa: E402
    build_for,
    deferred_lines,
    failure_line,
    instructions_text,
    pieces_of,
    read_setup,
)
from agentforge.knowledge.mcp import probe, tool_name  # noqa: E402
from agentforge.tokens.ranks import count_text  # noqa: E402
from clients.first_request import (  # noqa: E402
    Client,
    audited,
    claude_code,
    codex,
    configure,
    first_request,
    opencode,
    size_of,
    texts_of,
)
from knowledge.laid import front, lay  # noqa: E402

TABLE: Final = ROOT / "src" / "agentforge" / "knowledge" / "data" / "client_sizes.json"
SERVER: Final = ROOT / "tests" / "data" / "mcp_servers" / "said.py"
NOTE: Final = (
    "Sizes only: UTF-8 bytes of the JSON on the wire, and o200k_base tokens of the text. "
    "Parts that name a folder, a date or a system are as long as where they were measured."
)
PROMPT: Final = "hello"
SEARCH_OFF: Final = {"ENABLE_TOOL_SEARCH": "false"}
LOSING: Final = ("init", "security-review")
"""Claude Code's own skills whose descriptions give way to the user's."""
UNCOUNTED: Final = 2
"""Characters of the list that the client does not count."""
STARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "claude-code": {
        "# Environment": "environment",
        "You are powered by": "environment",
        "The following deferred tools": "deferred_tools",
        "Available agent types": "agents",
        "When you launch multiple": "agents",
        "The following skills are": "skills",
        "<total_tokens>": "date",
        "Today's date": "date",
        "While bypass": "mode",
        "Attribution for git": "attribution",
    },
    "codex": {
        "<skills_instructions>": "skills",
        "<permissions": "permissions",
        "<tools>": "deferred_tools",
        "<environment_context>": "environment",
    },
    "opencode": {"Skills provide specialized": "skills"},
}
"""How the parts of a request begin."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing of the user's, and the frame that comes with it."""

    frame: str
    files: Mapping[str, Any] = field(default_factory=dict)
    server: tuple[str, ...] = ()
    """The command of an MCP server."""
    url: str = ""
    beside: str = ""
    """Another frame that comes along."""


STYLE: Final[Mapping[str, Any]] = {".claude/settings.json": {"outputStyle": "Terse"}}
KEEPING: Final = {"description": "Short.", "keep-coding-instructions": "true"}
SPEAKING: Final = (sys.executable, str(SERVER), "--instructions", "Ask for parcels.")
CASES: Final[Mapping[str, tuple[Case, ...]]] = {
    "claude-code": (
        Case("memory", {"CLAUDE.md": "Parcels first.\n"}),
        Case("git_status"),
        Case("mcp_instructions", server=SPEAKING),
        Case("output_style", STYLE | {".claude/output-styles/o.md": front(name="Terse", description="Short.")}),
        Case("output_style_keeping", STYLE | {".claude/output-styles/o.md": front(name="Terse", **KEEPING)}),
        Case("auto_memory_warning", beside="memory"),
        Case("failed_servers", server=("/nonexistent/server",)),
        Case("failed_remote_servers", url="http://127.0.0.1:9/mcp"),
    ),
    "codex": (Case("memory", {"AGENTS.md": "Parcels first.\n"}),),
    "opencode": (Case("mcp_instructions", server=SPEAKING),),
}


def main() -> int:
    """The exit code."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    table["measured"] = datetime.now(UTC).date().isoformat()
    table["note"] = NOTE
    table["builds"] = [
        measured(claude_code("claude-opus-5-5"), window=1_000_000, characters_per_token=3),
        measured(claude_code("claude-sonnet-4-5"), window=200_000, characters_per_token=4),
        measured(codex("gpt-5.5"), window=200_000, characters_per_token=4),
        measured(opencode("claude-sonnet-5"), window=200_000, characters_per_token=4),
    ]
    text = written(table)
    if "--print" in sys.argv[1:]:
        sys.stdout.write(text)
    else:
        TABLE.write_text(text, encoding="utf-8", newline="\n")
    return 0


def measured(client: Client, *, window: int, characters_per_token: float) -> dict[str, Any]:
    """A build of the table."""
    with tempfile.TemporaryDirectory(prefix="sizes-") as made:
        folder = Path(made)
        body = first_request(client, folder)
        parts, tools = parts_of(client, body), tools_of(body)
        known = sum(size["bytes"] for size in (*parts.values(), *tools.values()))
        parts["envelope"] = {"bytes": size_of(body) - known - len(PROMPT), "tokens": 0}
        tokens = sum(size["tokens"] for size in (*parts.values(), *tools.values()))
        build: dict[str, Any] = {
            "client": client.name,
            "version": client.version,
            "model": client.model,
            "start": client.start,
            "window": window,
            "characters_per_token": characters_per_token,
            "total": {"bytes": size_of(body), "tokens": tokens},
            "parts": parts,
            "tools": tools,
        }
    build["deferred"] = deferred(client, tools)
    build["resources"] = resources(client, {**tools, **build["deferred"]})
    build["frames"] = frames = {}
    for case in CASES[client.name]:
        along = frames.get(case.beside, {"bytes": 0, "tokens": 0})
        frames[case.frame] = {key: value - along[key] for key, value in frame(client, case).items()}
    if client.name == "claude-code":
        build["skills"] = own_skills(body)
    sys.stderr.write(f"{client.name} {client.version} {client.model}: {build['total']}\n")
    return build


def parts_of(client: Client, body: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """The size of each part of the prompt."""
    sizes: dict[str, dict[str, int]] = {}
    starts = STARTS[client.name]
    edge = re.compile("|".join(rf"^{re.escape(start)}" for start in starts), re.M)
    prompts = [block["text"] for block in body.get("system", ())] if client.name == "claude-code" else []
    for text in texts_of(body):
        if text == PROMPT:
            continue
        marks = [] if text in prompts else [(found.start(), starts[found[0]]) for found in edge.finditer(text)]
        # A message begins with the tag around its first part, other prompts with words of their own.
        first = marks[0][1] if marks and client.name != "opencode" else "system"
        bounds = [(0, first), *marks]
        for (start, part), end in zip(bounds, [*(at for at, _ in bounds[1:]), len(text)], strict=True):
            add(sizes, part, text[start:end])
    return {part: size for part, size in sizes.items() if size["bytes"]}


def add(sizes: dict[str, dict[str, int]], part: str, text: str) -> None:
    """Nothing; counts a text to a part."""
    size = sizes.setdefault(part, {"bytes": 0, "tokens": 0})
    size["bytes"] += len(json.dumps(text, ensure_ascii=False).encode()) - 2
    size["tokens"] += count_text(text)


def tools_of(body: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """The size of each tool."""
    sizes = {}
    for tool in body["tools"]:
        text = json.dumps(tool, ensure_ascii=False, separators=(",", ":"))
        sizes[tool.get("name") or tool["type"]] = {"bytes": len(text.encode()) + len(","), "tokens": count_text(text)}
    return sizes


def deferred(client: Client, tools: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """The tools that Claude Code sends only without tool search."""
    if client.name != "claude-code":
        return {}
    with tempfile.TemporaryDirectory(prefix="sizes-") as folder:
        whole = tools_of(first_request(client, Path(folder), env=SEARCH_OFF))
    return {name: size for name, size in whole.items() if name not in tools}


def resources(client: Client, tools: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """The tools that come with a server that has resources."""
    with tempfile.TemporaryDirectory(prefix="sizes-") as folder:
        case = Case("", server=(sys.executable, str(SERVER), "--resources"))
        prepare(client, Path(folder), case)
        whole = tools_of(first_request(client, Path(folder), env=SEARCH_OFF))
    return {name: size for name, size in whole.items() if name not in tools and not re.match("mcp__|post_", name)}


def frame(client: Client, case: Case) -> dict[str, int]:
    """What comes with one thing of the user's, beside its own text."""
    with tempfile.TemporaryDirectory(prefix="sizes-") as made:
        folder = Path(made)
        bare = first_request(client, folder)
        prepare(client, folder, case)
        body = first_request(client, folder)
        own = [part for part in audited(client, folder).parts if part.source != BUILT_IN]
        texts = list(texts_of_own(client, folder))
    added = sum(map(count_text, texts_of(body))) - sum(map(count_text, texts_of(bare)))
    return {
        "bytes": size_of(body) - size_of(bare) - sum(part.bytes for part in own),
        "tokens": added - sum(map(count_text, texts)),
    }


def prepare(client: Client, folder: Path, case: Case) -> None:
    """Nothing; lays one thing of the user's into a folder."""
    lay(folder / "project", case.files)
    servers: dict[str, Sequence[str] | str] = {"post": case.url or case.server} if case.url or case.server else {}
    configure(client, folder, servers)
    if case.frame == "auto_memory_warning":
        slug = re.sub(r"[^A-Za-z0-9]", "-", str(folder / "project"))
        notes = "".join(f"- note {at}\n" for at in range(300))
        lay(folder / "home", {f".claude/projects/{slug}/memory/MEMORY.md": notes})
    if case.frame == "git_status":
        subprocess.run(["git", "init", "--quiet", str(folder / "project")], check=True)


def texts_of_own(client: Client, folder: Path) -> Iterator[str]:
    """The texts of the user's own parts."""
    environ = client.environ
    setup = read_setup(client.name, folder / "project", folder / "home", environ)
    for piece in pieces_of(setup, build_for(client.name, client.model), environ):
        yield piece.text
    for row in probe(setup.servers, timeout=30, cache_dir=None, clock=lambda: 0):
        if row.status == "ok":
            yield instructions_text(row.server.name, row.instructions, client.name)
            yield from (deferred_lines([tool_name(row.server.name, tool.name)]) for tool in row.tools)
        else:
            yield failure_line(row.server, row.problem, late=False)


def own_skills(body: Mapping[str, Any]) -> dict[str, Any]:
    """What Claude Code's own skills take of the budget for listing skills, in characters."""
    text = next(text for text in texts_of(body) if "The following skills are" in text)
    listed = text[text.index("\n- ", text.index("The following skills are")) + 1 :]
    always, *losing = re.split(rf"\n- ({'|'.join(LOSING)}): ", listed)
    turns = {name: len(said.split("\n")[0]) for name, said in zip(losing[::2], losing[1::2], strict=True)}
    return {"always": len(always), "in_turn": turns, "uncounted": UNCOUNTED}


def written(table: Mapping[str, Any]) -> str:
    """The table as it is kept, a size a line."""
    text = json.dumps(table, indent=1, ensure_ascii=False)
    text = re.sub(r'\{\s*"bytes": (-?\d+),\s*"tokens": (-?\d+)\s*\}', r'{"bytes": \1, "tokens": \2}', text)
    reported = table["reported"]
    inner = ",\n".join(f"  {{ {json.dumps(one, ensure_ascii=False)[1:-1]} }}" for one in reported)
    start, end = text.index('"reported": ['), text.index(' "reported_source"')
    return f'{text[:start]}"reported": [\n{inner}\n ],\n{text[end:]}\n'


if __name__ == "__main__":
    sys.exit(main())
