"""What of a server's configuration may not be repeated, and texts without it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from agentforge.knowledge.items import Server
from agentforge.wire.jsontext import dump

TELLING: Final = 6
"""Values this long or longer are taken for secrets; shorter ones are switches and numbers."""

_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def secrets_of(server: Server) -> tuple[str, ...]:
    """The values of the environment and of headers, and what a URL carries besides the place, longest first."""
    found = {*server.env.values(), *server.headers.values()}
    found |= {word for value in server.headers.values() for word in value.split()}
    if server.url:
        try:
            parts = urlsplit(server.url)
            found |= {parts.query, parts.username or "", parts.password or ""}
            found |= {pair.partition("=")[2] for pair in parts.query.split("&")}
        except ValueError:
            found.add(server.url)
    return tuple(sorted((value for value in found if len(value) >= TELLING), key=lambda value: (-len(value), value)))


def hide(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret in it starred out, and nothing in it that moves a terminal's cursor."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _TERMINAL.sub("", text)


def repeats(text: bytes, secrets: Iterable[str]) -> bool:
    """Whether a JSON text holds one of the secrets."""
    return any(dump(secret)[1:-1] in text for secret in secrets)
