"""Which headers pass through: all but those that are about one connection only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""As they came, names in small letters."""

TOKEN: Final = b"x-agentforge-token"
"""Ours: what a client shows to a gateway that demands a token."""
PROXY_TOKEN: Final = b"proxy-authorization"

# RFC 9110, 7.6.1, with the two that belong to a proxy.
_ONE_HOP: Final = frozenset(
    (
        *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
        *(PROXY_TOKEN, b"proxy-authenticate"),
    )
)
_NOT_SENT: Final = _ONE_HOP | {b"host", b"content-length", b"expect", TOKEN}


def to_upstream(headers: Iterable[tuple[bytes, bytes]], *, plain: bool) -> list[tuple[str, str]]:
    """The headers to send on; `plain` asks for an answer that is not compressed, so that its usage can be read."""
    headers = tuple(headers)
    dropped = _NOT_SENT | _named(headers)
    sent = [(_text(name), _text(value)) for name, value in headers if name not in dropped]
    if plain:
        sent = [(name, value) for name, value in sent if name != "accept-encoding"]
        sent.append(("accept-encoding", "identity"))
    return sent


def to_client(headers: Iterable[tuple[bytes, bytes]], *, sized: bool = True) -> list[tuple[bytes, bytes]]:
    """An answer's headers; not `sized`: without its length, which will be another."""
    low = tuple((name.lower(), value) for name, value in headers)
    dropped = _ONE_HOP | _named(low)
    if not sized:
        dropped |= {b"content-length"}
    return [(name, value) for name, value in low if name not in dropped]


def value_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The first value under a name, in small letters and bare; empty where there is none."""
    return next((value.strip().lower() for key, value in headers if key == name), b"")


def is_packed(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a body is compressed, so that nobody here can read it as it is."""
    return value_of(headers, b"content-encoding") not in (b"", b"identity")


def _named(headers: Headers) -> frozenset[bytes]:
    """The headers that `Connection` says are about this connection only."""
    lists = [value for name, value in headers if name == b"connection"]
    return frozenset(word.strip().lower() for value in lists for word in value.split(b","))


def _text(raw: bytes) -> str:
    """The text that the client library writes as these bytes again: it writes UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
