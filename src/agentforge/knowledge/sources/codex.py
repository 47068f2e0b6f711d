"""What Codex is set up with: the AGENTS.md chain, skills, prompts and MCP servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.items import Item, Problem, Server, Setup, Source
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources.claude_settings import section, texts
from agentforge.knowledge.sources.folders import down_to, named, repository_of
from agentforge.knowledge.sources.servers import servers_in
from agentforge.knowledge.sources.skills import skills_below

CLIENT = "codex"
MOST_OF_THE_CHAIN: Final = 32 * 1024
_NAMES: Final = ("AGENTS.override.md", "AGENTS.md")


def read_setup(root: Path, home: Path, env: Mapping[str, str], *, parsed: ParsedFiles | None = None) -> Setup:
    """The set-up of Codex started in `root`."""
    reading = Reading(parsed)
    own = Path(env["CODEX_HOME"]) if env.get("CODEX_HOME") else home / ".codex"
    settings = reading.toml(own / "config.toml")
    folders = down_to(root, repository_of(root))
    items = [*_memory(own, folders, root, home, settings, reading)]
    for folder in folders:
        for inner in (".agents", ".codex"):
            items += skills_below(folder / inner / "skills", CLIENT, "project", reading)
    items += skills_below(own / "skills", CLIENT, "user", reading)
    items += skills_below(home / ".agents" / "skills", CLIENT, "user", reading)
    items += _prompts(own / "prompts", reading)
    return Setup(
        client=CLIENT,
        items=tuple(items),
        servers=_servers(own / "config.toml", settings, env, reading),
        settings=settings,
        files=reading.files,
        problems=reading.problems,
    )


def _memory(
    own: Path, folders: tuple[Path, ...], root: Path, home: Path, settings: Mapping[str, Any], reading: Reading
) -> Iterator[Item]:
    """The user's file, then one file a folder, together no longer than Codex lets them be."""
    path = _first_of(own, _NAMES)
    if path is not None and (text := (reading.text(path) or "").strip()):
        yield Item("memory", named(path, root, home), "", text, Source(CLIENT, "user", str(path)), "always")
    limit = settings.get("project_doc_max_bytes")
    left = limit if isinstance(limit, int) else MOST_OF_THE_CHAIN
    for folder in folders:
        path = _first_of(folder, (*_NAMES, *texts(settings, "project_doc_fallback_filenames")))
        text = (reading.text(path) or "") if path is not None else ""
        if path is None or not text.strip():
            continue
        kept = text.encode()[: max(left, 0)].decode(errors="ignore")
        left -= len(text.encode())
        if kept != text:
            cut = len(text.encode()) - len(kept.encode())
            what = f"{cut:,} bytes are not sent: the AGENTS.md chain is longer than project_doc_max_bytes"
            reading.note(Problem(what, f"{path}:{kept.count(chr(10)) + 1}"))
        if kept.strip():
            yield Item("memory", named(path, root, home), "", kept, Source(CLIENT, "project", str(path)), "always")


def _first_of(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _prompts(folder: Path, reading: Reading) -> Iterator[Item]:
    for path in sorted(reading.walk(folder)):
        document = reading.document(path)
        if document is not None:
            source = Source(CLIENT, "user", str(path), document.line_of("description"))
            yield Item(
                kind="command",
                name=path.stem,
                description=text_of(document.meta, "description"),
                body=document.body.strip(),
                source=source,
                activation="user_invoked",
            )


def _servers(path: Path, settings: Mapping[str, Any], env: Mapping[str, str], reading: Reading) -> tuple[Server, ...]:
    found = []
    for server in servers_in(settings, path, "user", CLIENT, env, reading, key="mcp_servers"):
        said = section(section(settings, "mcp_servers"), server.name)
        seconds = said.get("startup_timeout_sec")
        wanted = {name: env[name] for name in texts(said, "env_vars") if name in env}
        token = text_of(said, "bearer_token_env_var")
        headers = {"Authorization": f"Bearer {env[token]}"} if token in env else {}
        found.append(
            replace(
                server,
                env={**wanted, **server.env},
                headers={**headers, **_texts(said.get("http_headers"))},
                timeout=float(seconds) if isinstance(seconds, int | float) else server.timeout,
                enabled=said.get("enabled") is not False,
            )
        )
    return tuple(found)


def _texts(value: object) -> dict[str, str]:
    return {key: one for key, one in value.items() if isinstance(one, str)} if isinstance(value, dict) else {}
