"""What of a request is kept to be looked at: no header and no query value that nobody here knows to be harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

LEFT_OUT: Final = "(left out)"
_HEADERS: Final = re.compile(
    r"(?:anthropic|x-claude|x-stainless|x-codex|x-opencode|accept|openai)(?:-[a-z0-9-]+)?"
    r"|content-(?:type|length|encoding)|user-agent|host|connection|transfer-encoding|originator|version|x-app"
    r"|(?:x-)?(?:session|conversation|thread)[-_](?:id|affinity)|x-client-request-id|x-request-id"
)
_TELLING: Final = re.compile(r"key|token|auth|secret|cookie|password|credential")
_QUERIES: Final = (
    "beta",
    "limit",
    "order",
    "after",
    "before",
    "after_id",
    "before_id",
    "api-version",
    "client_version",
)


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, small letters in their names, with the values of the harmless ones."""
    return {name: value if _is_harmless(name) else LEFT_OUT for name, value in headers.items()}


def shown_target(target: str) -> str:
    """The path and its query, with the values of the harmless members."""
    path, mark, query = target.partition("?")
    return path + mark + "&".join(map(_shown_member, query.split("&"))) if query else target


def _is_harmless(name: str) -> bool:
    return _HEADERS.fullmatch(name) is not None and _TELLING.search(name) is None


def _shown_member(member: str) -> str:
    name, sign, _ = member.partition("=")
    if name in _QUERIES or not member:
        return member
    return f"{name}={LEFT_OUT}" if sign else LEFT_OUT
