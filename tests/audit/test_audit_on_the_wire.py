"""The static audit beside what the installed clients really send.

How the user's part on the wire is known: a client is run twice in one folder, home, environment and minute, first with
nothing there, then with the set-up. What it sends of its own is the same both times, so the difference in bytes is what
the user's files and servers bring, with the words that the client puts around them and without those it leaves out
because of them. The audit is asked twice in the same way. That two errors do not cancel out is seen by the texts: every
piece that the audit says is sent has to stand in the request, word for word, and every tool of a server with its size.
"""

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agentforge.audit import Report
from agentforge.faces.cli.audit_live import live_report
from agentforge.faces.cli.clients import find_client
from agentforge.knowledge import build_for, pieces_of, read_setup
from audit.laid_out import dirty_personas, folder_of_personas, nothing, plugins_of_personas, project, six_servers
from clients.driver import namespace
from clients.first_request import (
    PROGRAMS,
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
from knowledge.laid import front, lay

pytestmark = pytest.mark.client

OPUS, SONNET = claude_code("claude-opus-5-5"), claude_code("claude-sonnet-4-5")
CODEX, OPENCODE = codex("gpt-5.5"), opencode("claude-sonnet-5")
SERVERS_AWAITED = {name: value for name, value in OPUS.environ.items() if name.startswith("MCP_")}
TITLE = "table: The static audit beside the wire"
HEAD = "\n".join(
    f"{first:56} {total:>8} {yours:>8} {said:>8} {off:>7}   {tokens:>7} {found:>9} {live:>7}"
    for first, total, yours, said, off, tokens, found, live in (
        ("", "request", "yours", "said", "", "tokens", "pieces", "--live"),
        ("client, model, set-up", "bytes", "bytes", "bytes", "off", "said", "found", "knows"),
    )
)


def small(folder: Path) -> None:
    """A file of instructions and five skills, where Codex and opencode look."""
    files = {"AGENTS.md": "# Post office\n\nParcels are weighed before they are sorted.\n"}
    for at in range(5):
        text = front(name=f"s{at}", description=f"Skill {at} " + "stamps letters " * 6 * at)
        files[f".agents/skills/s{at}/SKILL.md"] = text
    lay(folder / "project", files)


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table."""

    name: str
    client: Client
    lay: Callable[[Path], None] = nothing
    servers: Callable[[], Mapping[str, Sequence[str]]] = dict
    env: Mapping[str, str] = field(default_factory=dict)


def one_server() -> Mapping[str, Sequence[str]]:
    return {"everything": six_servers()["everything"]}


def broken_servers() -> Mapping[str, Sequence[str]]:
    return {"missing": ("/nonexistent/server",), "quits": ("false",)}


OFF = {"ENABLE_TOOL_SEARCH": "false"}
CASES = (
    Case("bare", OPUS),
    Case("bare, tool search off", OPUS, env=OFF),
    Case("20 agents, 15 commands, 10 skills", OPUS, project),
    Case("20 agents, 15 commands, 10 skills", SONNET, project),
    Case("158 public agents", OPUS, folder_of_personas),
    Case("488 public items in plugins", OPUS, plugins_of_personas),
    Case("488 public items in plugins", SONNET, plugins_of_personas),
    Case("200 dirty personas", OPUS, dirty_personas),
    Case("6 servers, tool search on", OPUS, servers=six_servers),
    Case("6 servers, tool search off", OPUS, servers=six_servers, env=OFF),
    Case("2 servers that do not start", OPUS, servers=broken_servers),
    Case("AGENTS.md, 5 skills, 1 server", CODEX, small, one_server),
    Case("AGENTS.md, 5 skills, 1 server", OPENCODE, small, one_server),
)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: f"{CASES[number].client.name}-{number}")
def test_what_a_client_really_sends_of_the_users_files_and_servers_is_what_the_audit_says(
    number, tmp_path, record_property
):
    case = CASES[number]
    client = case.client
    if find_client(client.program.name, str(PROGRAMS)) is None:
        pytest.skip(f"{client.program.name} is not installed here: `make clients` gets it")
    if namespace() is None:
        pytest.skip("no network namespace can be made here: `unshare --net true` fails")
    servers = case.servers()
    now = time.time()
    bare, bare_report = first_request(client, tmp_path, env=case.env), audited(client, tmp_path, env=case.env)
    case.lay(tmp_path)
    configure(client, tmp_path, servers)
    body, report = (
        first_request(client, tmp_path, env=case.env),
        audited(client, tmp_path, env=case.env, now=now),
    )

    yours = size_of(body) - size_of(bare)
    said = sum(part.bytes for part in report.parts) - sum(part.bytes for part in bare_report.parts)
    missing, pieces = missing_pieces(client, tmp_path, case, body, report, now)
    off = f"{(said - yours) / yours:+.2%}" if yours else f"{said - yours:+}"
    label = f"{client.name}, {client.model.removeprefix('claude-')}: {case.name}"
    figures = f"{size_of(body):8,} {yours:8,} {said:8,} {off:>7}   {report.total.value:7,}"
    share = attributed(client, tmp_path, case)
    record_property(TITLE, [0, HEAD])
    record_property(TITLE, [number + 1, f"{label:56} {figures} {pieces - len(missing):4}/{pieces:<4} {share:7.2%}"])
    assert abs(said - yours) <= 0.03 * yours
    assert not missing
    assert share >= 0.99


def attributed(client: Client, folder: Path, case: Case) -> float:
    """The share of a request's bytes that `--live` finds the source of."""
    node = shutil.which("node") or "/usr/bin/node"
    path = os.pathsep.join((str(PROGRAMS), str(Path(node).parent), "/usr/local/bin", "/usr/bin", "/bin"))
    environ = {"PATH": path, **SERVERS_AWAITED, **case.env}
    root, home = folder / "project", folder / "home"
    report = live_report(client.name, root, home, environ, model_id=client.model, usage=None, network=False)
    assert report.sent is not None
    return report.sent.attributed


def missing_pieces(
    client: Client, folder: Path, case: Case, body: dict, report: Report, now: float
) -> tuple[list[str], int]:
    """The texts that are not in the request and the tools of another size, and how many of both there are."""
    environ = {**client.environ, **case.env}
    setup = read_setup(client.name, folder / "project", folder / "home", environ)
    pieces = pieces_of(setup, build_for(client.name, client.model), environ, now=now)
    texts = [*texts_of(body), *(tool.get("description", "") for tool in body["tools"])]
    sent = "\n".join(texts) + "\n"
    missing = [piece.text for piece in pieces if piece.text.rstrip("\n") not in sent]
    tools = {tool.get("name"): size_of(tool) + len(",") for tool in body["tools"]}
    whole = [part for part in report.parts if part.category == "MCP tools"]
    missing += [part.name for part in whole if tools.get(part.name) != part.bytes]
    return missing, len(pieces) + len(whole)
