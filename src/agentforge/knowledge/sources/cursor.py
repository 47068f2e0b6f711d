"""What Cursor is set up with: rules, AGENTS.md, commands and MCP servers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.items import Activation, Item, Server, Setup, Source
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources.globs import patterns_of
from agentforge.knowledge.sources.servers import servers_in

CLIENT = "cursor"
VARIABLE: Final = re.compile(r"\$\{env:(?P<name>\w+)\}")


def read_setup(root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None) -> Setup:
    """The set-up of Cursor with `root` open."""
    reading = Reading(parsed)
    servers: dict[str, Server] = {}
    for path, scope in ((home / ".cursor" / "mcp.json", "user"), (root / ".cursor" / "mcp.json", "project")):
        for server in servers_in(reading.json(path), path, scope, CLIENT, env, reading, variables=VARIABLE):
            servers[server.name] = server
    items = [*_plain(root / ".cursorrules", reading), *_plain(root / "AGENTS.md", reading)]
    items += _rules(root / ".cursor" / "rules", reading)
    for folder, scope in ((root / ".cursor" / "commands", "project"), (home / ".cursor" / "commands", "user")):
        for path in sorted(reading.walk(folder)):
            text = reading.text(path)
            if text is not None:
                source = Source(CLIENT, scope, str(path))
                items.append(Item("command", path.stem, "", text.strip(), source, "user_invoked"))
    return Setup(
        client=CLIENT,
        items=tuple(items),
        servers=tuple(servers.values()),
        files=reading.files,
        problems=reading.problems,
    )


def _plain(path: Path, reading: Reading) -> Iterator[Item]:
    text = reading.text(path)
    if text and text.strip():
        yield Item("memory", path.name, "", text.strip(), Source(CLIENT, "project", str(path)), "always")


def _rules(folder: Path, reading: Reading) -> Iterator[Item]:
    for path in sorted(reading.walk(folder, ".mdc")):
        document = reading.document(path)
        if document is None:
            continue
        globs = patterns_of(document.meta.get("globs"))
        description = text_of(document.meta, "description")
        activation: Activation = "user_invoked"
        if document.meta.get("alwaysApply") is True:
            activation = "always"
        elif globs:
            activation = "path_globs"
        elif description:
            activation = "model_invoked"
        yield Item(
            kind="rule",
            name=path.relative_to(folder).with_suffix("").as_posix(),
            description=description,
            body=document.body.strip(),
            source=Source(CLIENT, "project", str(path), document.line_of("description")),
            activation=activation,
            triggers=globs,
        )
