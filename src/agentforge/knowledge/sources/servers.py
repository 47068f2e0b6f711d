"""MCP servers as the clients' files configure them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from agentforge.knowledge.files import Reading, text_of
from agentforge.knowledge.items import Problem, Server, Source
from agentforge.knowledge.sources.claude_settings import section, texts

BRACED: Final = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}")
"""`${NAME}` and `${NAME:-default}`, as most clients write variables."""
_TRANSPORTS: Final[Mapping[str, Literal["stdio", "http", "sse", "ws"]]] = {
    "stdio": "stdio",
    "http": "http",
    "streamable-http": "http",
    "sse": "sse",
    "ws": "ws",
}


def servers_in(
    content: Mapping[str, Any],
    path: Path,
    scope: str,
    client: str,
    env: Mapping[str, str],
    reading: Reading,
    *,
    key: str = "mcpServers",
    variables: re.Pattern[str] = BRACED,
) -> list[Server]:
    """The servers under `mcpServers` of one file; one that says neither command nor url is a problem."""
    found = []
    said_by_name = section(content, key)
    text = (reading.text(path) or "") if said_by_name else ""
    for name, said in said_by_name.items():
        where = f"{path}:{_line_of(name, text)}"
        if not isinstance(said, dict):
            reading.note(Problem(f"the MCP server {name} is no object", where, "error"))
            continue
        config = _filled_in(said, env, name, where, reading, variables)
        command, url = text_of(config, "command"), text_of(config, "url") or text_of(config, "httpUrl")
        wanted = text_of(config, "type") or ("stdio" if command else "http")
        transport = _TRANSPORTS.get(wanted)
        if transport is None or not (command if transport == "stdio" else url):
            what = f"the MCP server {name} has no {'command' if wanted == 'stdio' else 'url'}"
            if transport is None:
                what = f"the MCP server {name} has an unknown type, {wanted}"
            reading.note(Problem(what, where, "error"))
            continue
        timeout = config.get("timeout")
        found.append(
            Server(
                name=name,
                transport=transport,
                source=Source(client, scope, str(path), int(where.rpartition(":")[2])),
                command=(command, *texts(config, "args")) if transport == "stdio" else (),
                env=_strings(config.get("env")),
                url=url if transport != "stdio" else "",
                headers=_strings(config.get("headers")),
                timeout=timeout / 1000 if isinstance(timeout, int | float) and timeout > 0 else None,
                always_load=config.get("alwaysLoad") is True,
                enabled=config.get("disabled") is not True,
            )
        )
    return found


def _strings(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(key): one if isinstance(one, str) else str(one) for key, one in value.items()}


def _filled_in(
    value: Mapping[str, Any],
    env: Mapping[str, str],
    name: str,
    where: str,
    reading: Reading,
    variables: re.Pattern[str],
) -> dict[str, Any]:
    """The configuration with variables replaced; what is not set stays and is a problem."""

    def one(found: re.Match[str]) -> str:
        variable, default = found["name"], found.groupdict().get("default")
        if variable in env:
            return env[variable]
        if default is None:
            what = f"the MCP server {name} needs the variable {variable}, which is not set"
            reading.note(Problem(what, where))
            return found[0]
        return default

    def fill(inner: Any) -> Any:
        if isinstance(inner, str):
            return variables.sub(one, inner)
        if isinstance(inner, list):
            return [fill(part) for part in inner]
        if isinstance(inner, dict):
            return {key: fill(part) for key, part in inner.items()}
        return inner

    return {key: fill(inner) for key, inner in value.items()}


def _line_of(name: str, text: str) -> int:
    """The line on which a server's name first stands as a key, in JSON or TOML."""
    quoted = re.escape(name)
    found = re.search(rf'"{quoted}"\s*:|^[ \t]*\[[\w-]+\."?{quoted}"?\]', text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
