"""What Gemini CLI is set up with: context files, commands, skills, extensions and MCP servers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.items import Item, Server, Setup, Source
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources.claude_settings import merge, section, texts
from agentforge.knowledge.sources.folders import down_to, named, repository_of
from agentforge.knowledge.sources.servers import servers_in
from agentforge.knowledge.sources.skills import skills_below

CLIENT = "gemini-cli"
VARIABLE: Final = re.compile(r"\$(?P<brace>\{)?(?P<name>[A-Za-z_]\w*)(?(brace)\})")


def read_setup(root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None) -> Setup:
    """The set-up of Gemini CLI started in `root`."""
    reading = Reading(parsed)
    own = home / ".gemini"
    folders = down_to(root, repository_of(root))
    settings: dict[str, Any] = {}
    servers: dict[str, Server] = {}
    sources = [(own / "settings.json", "user"), (root / ".gemini" / "settings.json", "project")]
    extensions = _extensions(own, reading)
    for extension, manifest in extensions:
        path = extension / "gemini-extension.json"
        for server in servers_in(manifest, path, f"plugin:{extension.name}", CLIENT, env, reading, variables=VARIABLE):
            servers[server.name] = server
    for path, scope in sources:
        said = reading.jsonc(path)
        settings = merge(settings, said)
        for server in servers_in(said, path, scope, CLIENT, env, reading, variables=VARIABLE):
            servers[server.name] = server
    names = _context_names(settings)
    places = [(own / name, "user") for name in names]
    places += [(folder / name, "project") for folder in folders for name in names]
    for extension, manifest in extensions:
        given = manifest.get("contextFileName")
        wanted = [given] if isinstance(given, str) else texts(manifest, "contextFileName") or names
        places += [(extension / name, f"plugin:{extension.name}") for name in wanted]
    items = [
        *_memory(places, root, home, reading),
        *skills_below(root / ".gemini" / "skills", CLIENT, "project", reading),
        *skills_below(own / "skills", CLIENT, "user", reading),
        *_commands(root / ".gemini" / "commands", "project", reading),
        *_commands(own / "commands", "user", reading),
    ]
    return Setup(
        client=CLIENT,
        items=tuple(items),
        servers=tuple(servers.values()),
        settings=settings,
        files=reading.files,
        problems=reading.problems,
    )


def _extensions(own: Path, reading: Reading) -> list[tuple[Path, Mapping[str, Any]]]:
    found: list[tuple[Path, Mapping[str, Any]]] = []
    for folder in sorted(reading.folder(own / "extensions")):
        manifest = reading.json(folder / "gemini-extension.json")
        if manifest:
            found.append((folder, manifest))
    return found


def _context_names(settings: Mapping[str, Any]) -> list[str]:
    context = section(settings, "context")
    given = context.get("fileName", settings.get("contextFileName"))
    return [given] if isinstance(given, str) else list(texts({"names": given}, "names")) or ["GEMINI.md"]


def _memory(places: list[tuple[Path, str]], root: Path, home: Path, reading: Reading) -> Iterator[Item]:
    for path, scope in places:
        text = reading.text(path)
        if text and text.strip():
            source = Source(CLIENT, scope, str(path))
            yield Item("memory", named(path, root, home), "", text.strip(), source, "always")


def _commands(folder: Path, scope: str, reading: Reading) -> Iterator[Item]:
    for path in sorted(reading.walk(folder, ".toml")):
        said = reading.toml(path)
        if said:
            name = ":".join(path.relative_to(folder).with_suffix("").parts)
            source = Source(CLIENT, scope, str(path))
            yield Item("command", name, text_of(said, "description"), text_of(said, "prompt"), source, "user_invoked")
