"""What opencode is set up with: instructions, skills, agents, commands and MCP servers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.items import Activation, Item, Kind, Problem, Server, Setup, Source
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources.claude_settings import merge, section, texts
from agentforge.knowledge.sources.folders import down_to, named, repository_of
from agentforge.knowledge.sources.servers import servers_in
from agentforge.knowledge.sources.skills import skills_below

CLIENT = "opencode"
VARIABLE: Final = re.compile(r"\{env:(?P<name>\w+)\}")
_CONFIGS: Final = ("opencode.json", "opencode.jsonc")


def read_setup(root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None) -> Setup:
    """The set-up of opencode started in `root`."""
    reading = Reading(parsed)
    moved = env.get("XDG_CONFIG_HOME", "")
    own = (Path(moved) if moved else home / ".config") / "opencode"
    folders = down_to(root, repository_of(root))
    settings: dict[str, Any] = {}
    servers: dict[str, Server] = {}
    for folder, scope in [(own, "user"), *((folder, "project") for folder in folders)]:
        for path in (*(folder / name for name in _CONFIGS), *(folder / ".opencode" / name for name in _CONFIGS)):
            said = reading.jsonc(path)
            settings = merge(settings, said)
            for server in servers_in(_usual(said), path, scope, CLIENT, env, reading, variables=VARIABLE):
                servers[server.name] = server
    items = [
        *_memory(own, folders, root, home, settings, reading),
        *_skills(own, folders, home, reading),
        *_markdown(own, folders, "agent", "persona", reading),
        *_configured(settings, "agent", "persona", root),
        *_markdown(own, folders, "command", "command", reading),
        *_configured(settings, "command", "command", root),
    ]
    return Setup(
        client=CLIENT,
        items=tuple(items),
        servers=tuple(servers.values()),
        settings=settings,
        files=reading.files,
        problems=reading.problems,
    )


def _usual(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Opencode's `mcp` in the form that the other clients give their servers."""
    servers: dict[str, Any] = {}
    for name, said in section(settings, "mcp").items():
        if not isinstance(said, dict):
            servers[name] = said
            continue
        usual = {**said, "env": said.get("environment"), "disabled": said.get("enabled") is False}
        usual["type"] = "stdio" if said.get("type") == "local" else "http"
        command = texts(said, "command")
        if command:
            usual["command"], usual["args"] = command[0], list(command[1:])
        servers[name] = usual
    return {"mcpServers": servers}


def _memory(
    own: Path, folders: tuple[Path, ...], root: Path, home: Path, settings: Mapping[str, Any], reading: Reading
) -> Iterator[Item]:
    """The user's file, the project's, and what `instructions` names."""
    paths = [(path, "user") for path in _first([own / "AGENTS.md", home / ".claude" / "CLAUDE.md"])]
    for name in ("AGENTS.md", "CLAUDE.md", "CONTEXT.md"):
        found = [folder / name for folder in reversed(folders) if (folder / name).is_file()]
        if found:
            paths += [(path, "project") for path in found]
            break
    for wanted in texts(settings, "instructions"):
        if re.match(r"https?://", wanted):
            continue
        base, pattern = (home, wanted[2:]) if wanted.startswith("~/") else (root, wanted)
        if Path(pattern).is_absolute():
            base, pattern = Path(pattern).parent, Path(pattern).name
        try:
            matched = sorted(base.glob(pattern))
        except (ValueError, NotImplementedError):  # no pattern at all: an empty one, or ** inside a name
            matched = []
        if not matched:
            reading.note(Problem(f"the instructions {wanted} match no file", f"{root / _CONFIGS[0]}:1"))
        paths += [(path, "project") for path in matched]
    for path, scope in dict(paths).items():
        text = reading.text(path)
        if text and text.strip():
            yield Item("memory", named(path, root, home), "", text, Source(CLIENT, scope, str(path)), "always")


def _first(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.is_file()][:1]


def _skills(own: Path, folders: tuple[Path, ...], home: Path, reading: Reading) -> list[Item]:
    """Skills by name, sorted; one without name or description is not taken."""
    places = [(folder / inner, "project") for folder in folders for inner in (".claude", ".agents", ".opencode")]
    places += [(home / ".claude", "user"), (home / ".agents", "user"), (own, "user")]
    found: dict[str, Item] = {}
    for place, scope in places:
        for inner in ("skill", "skills") if place == own or place.name == ".opencode" else ("skills",):
            for item in skills_below(place / inner, CLIENT, scope, reading):
                if item.description and text_of(item.extra, "name"):
                    found.setdefault(item.name, item)
                else:
                    what = "opencode leaves this skill out: it needs a name and a description"
                    reading.note(Problem(what, f"{item.source.path}:1"))
    return sorted(found.values(), key=lambda item: item.name)


def _markdown(own: Path, folders: tuple[Path, ...], key: str, kind: Kind, reading: Reading) -> Iterator[Item]:
    for place, scope in [(own, "user"), *((folder / ".opencode", "project") for folder in folders)]:
        for inner in (key, f"{key}s"):
            for path in sorted(reading.walk(place / inner)):
                document = reading.document(path)
                if document is not None:
                    name = path.relative_to(place / inner).with_suffix("").as_posix()
                    source = Source(CLIENT, scope, str(path), document.line_of("description"))
                    yield _item(kind, name, document.meta, document.body.strip(), source)


def _configured(settings: Mapping[str, Any], key: str, kind: Kind, root: Path) -> Iterator[Item]:
    for name, said in section(settings, key).items():
        if isinstance(said, dict):
            body = text_of(said, "prompt") or text_of(said, "template")
            yield _item(kind, name, said, body, Source(CLIENT, "project", str(root / _CONFIGS[0])))


def _item(kind: Kind, name: str, said: Mapping[str, Any], body: str, source: Source) -> Item:
    """An agent that others may call, or a command, which only the user may."""
    activation: Activation = "user_invoked"
    if said.get("disable") is True:
        activation = "hidden"
    elif kind == "persona" and said.get("mode") != "primary":
        activation = "model_invoked"
    rest = {key: value for key, value in said.items() if key not in ("description", "prompt", "template")}
    return Item(kind, name, text_of(said, "description"), body, source, activation, extra=rest)
