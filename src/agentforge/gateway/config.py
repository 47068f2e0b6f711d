"""What a gateway is told when it starts; read from options and environment at the edge, frozen from then on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from agentforge.wire import Dialect
from agentforge.wire.errors import UsageError

ANTHROPIC: Final = "https://api.anthropic.com"
OPENAI: Final = "https://api.openai.com/v1"
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a request that is read whole."""
SHORTEST_TOKEN: Final = 16

_LOOPBACK: Final = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|::1|\[::1\]")


@dataclass(frozen=True, slots=True)
class Config:
    """Where a gateway listens, where it sends, and how patient it is."""

    anthropic: str = ANTHROPIC
    """What a client would have as ANTHROPIC_BASE_URL without us."""
    openai: str = OPENAI
    """What a client would have as OPENAI_BASE_URL without us, so with /v1 or whatever its provider wants."""
    host: str = "127.0.0.1"
    port: int = 8787
    token: str | None = None
    """Demanded of every request; there must be one where others than this machine can connect."""
    shadow: bool = False
    """Send everything as it came, and record what would have been done."""
    proxy: str | None = None
    """An HTTP proxy between us and the upstreams."""
    connect_seconds: float = 10.0
    silence_seconds: float = 900.0
    """For how long an upstream may send nothing: longer than any client waits, so that only the dead are given up."""
    prepare_seconds: float = 2.0
    """After so long a request goes out as it came."""
    goodbye_seconds: float = 3.0
    """For how long answers under way may go on once the gateway was told to end."""
    largest: int = LARGEST

    def __post_init__(self) -> None:
        """Raises where these cannot be, or would let strangers in."""
        object.__setattr__(self, "anthropic", _base("--anthropic", self.anthropic))
        object.__setattr__(self, "openai", _base("--openai", self.openai, otherwise="/v1"))
        for option, url in (("--anthropic", self.anthropic), ("--openai", self.openai)):
            parts = urlsplit(url)
            if parts.port == self.port and _LOOPBACK.fullmatch(parts.hostname or ""):
                raise UsageError(f"{option} {url} is the gateway itself", fix="name the provider's URL")
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            raise UsageError(
                f"the gateway's token has {len(self.token)} characters",
                fix=f"use at least {SHORTEST_TOKEN}, as `openssl rand -hex 24` prints",
            )
        if self.token is None and not self.is_private:
            raise UsageError(
                f"on {self.host} others than this machine could use the gateway, and there is no token",
                fix="give one with --token-file FILE or AGENTFORGE_GATEWAY_TOKEN, or listen on 127.0.0.1",
            )

    @property
    def is_private(self) -> bool:
        """Whether only this machine can connect."""
        return _LOOPBACK.fullmatch(self.host) is not None

    def base(self, dialect: Dialect) -> str:
        """The upstream of a dialect."""
        return self.anthropic if dialect == "anthropic" else self.openai


def _base(option: str, url: str, otherwise: str = "") -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        sound = None
    if not sound or parts.query or parts.fragment or parts.username or parts.password:
        raise UsageError(
            f"{option} {url!r} is not the base URL of a provider",
            fix=f"as in: {option} {OPENAI if otherwise else ANTHROPIC}",
        )
    return url.rstrip("/") if parts.path.strip("/") else url.rstrip("/") + otherwise
