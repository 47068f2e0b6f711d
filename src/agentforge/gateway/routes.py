"""Where a request goes: from its path to project, dialect, operation and the upstream's URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from agentforge.gateway.config import Config
from agentforge.gateway.headers import Headers, value_of
from agentforge.gateway.refusals import Refusal
from agentforge.wire import Dialect

Operation: TypeAlias = Literal["answer", "count", "other"]
"""`answer`: the model is to say something; `count`: how many tokens that would be; `other`: passed on unread."""

NO_PROJECT: Final = "default"
"""The project of requests that name none."""

_PROJECT: Final = re.compile(rb"/p/([^/]*)(/.*)?")
_NAME: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KNOWN: Final[dict[bytes, tuple[Dialect, Operation]]] = {
    b"/messages": ("anthropic", "answer"),
    b"/messages/count_tokens": ("anthropic", "count"),
    b"/chat/completions": ("openai-chat", "answer"),
    b"/responses": ("openai-responses", "answer"),
}
_CLAUDE: Final = (b"anthropic-version", b"anthropic-beta", b"x-api-key", b"x-app")


@dataclass(frozen=True, slots=True)
class Route:
    """What a request is, and where it goes."""

    project: str
    dialect: Dialect
    operation: Operation
    path: str
    """Without the project, without the query: what may be written down."""
    url: str
    """The upstream's, with the query as it came."""


def find_route(config: Config, method: str, path: bytes, query: bytes, headers: Headers) -> Route:
    """The route of a request; `Refusal` where the project in its path cannot be one."""
    project = NO_PROJECT
    if found := _PROJECT.fullmatch(path):
        if not _NAME.fullmatch(found[1]):
            raise Refusal(
                404,
                "a project's name in /p/NAME/ is 1 to 64 letters, digits, dots, dashes and underscores",
                retry=False,
            )
        project, path = found[1].decode(), found[2] or b"/"
    bare = path.rstrip(b"/")
    versioned = bare.startswith(b"/v1/")
    known = _KNOWN.get(bare[3:] if versioned else bare)
    dialect = known[0] if known else _dialect(bare, headers)
    operation: Operation = known[1] if known and method == "POST" else "other"
    base = config.base(dialect)
    if dialect != "anthropic" and (versioned or bare == b"/v1"):
        # Clients of OpenAI's API have the version in their base URL, as the upstream's has what stands in its place.
        path = path[3:]
    url = base + path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    return Route(project, dialect, operation, bare.decode("latin-1") or "/", url)


def _dialect(path: bytes, headers: Headers) -> Dialect:
    """Whose API a path is of that both may have, or that is new to us: the headers tell."""
    if any(name in _CLAUDE for name, _ in headers) or path.startswith((b"/v1/messages", b"/api/")) or not path:
        return "anthropic"
    if value_of(headers, b"user-agent").startswith((b"claude", b"anthropic")):
        return "anthropic"
    return "openai-responses" if b"/responses" in path else "openai-chat"
