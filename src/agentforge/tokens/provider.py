"""The provider's own count: the request that asks for it, and its answer as a count. Sending is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from agentforge.tokens.count import Count
from agentforge.wire.errors import NotThisDialect, TokensError
from agentforge.wire.jsontext import parse_object, parse_string, splice

PATH: Final = "/v1/messages/count_tokens"
# The members of a Messages request that its count_tokens does not take.
NOT_COUNTED: Final = frozenset(
    {
        *("max_tokens", "stream", "stop_sequences", "temperature", "top_k", "top_p", "service_tier", "inference_geo"),
        *("container", "diagnostics", "metadata", "safeguards", "thread", "fallbacks", "fallback_credit_token"),
    }
)
# What belongs to one connection or one body, not to the next.
NOT_FORWARDED: Final = frozenset(
    {
        *("connection", "keep-alive", "transfer-encoding", "expect", "host"),
        *("accept-encoding", "content-encoding", "content-length"),
    }
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A POST to the provider."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


Send: TypeAlias = Callable[[Ask], Answer]


def provider_count(body: bytes, headers: Mapping[str, str], send: Send) -> Count:
    """The provider's count of an Anthropic Messages request, asked for with the request's own headers."""
    ask = ask_for_count(body, headers)
    return read_count(ask, send(ask))


def ask_for_count(body: bytes, headers: Mapping[str, str]) -> Ask:
    """The request that asks how much a Messages request weighs; all that counts is sent as the bytes it is."""
    present = parse_object(body)
    asked = splice(body, {name: None for name in NOT_COUNTED if name in present})
    kept = tuple((name, value) for name, value in headers.items() if name.lower() not in NOT_FORWARDED)
    return Ask(PATH, kept, asked)


def read_count(ask: Ask, answer: Answer) -> Count:
    """The count in an answer; `TokensError` with the provider's own words where there is none."""
    if answer.status != 200:
        raise TokensError(
            f"the provider does not count this: {_message(answer.body)}",
            where=f"{ask.path} answered {answer.status}",
            fix="take the estimate; server tools, MCP connectors and files by URL are never counted beforehand",
        )
    try:
        tokens = msgspec.json.decode(answer.body, type=_Counted).input_tokens
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TokensError(f"this is no count: {error}", where=ask.path, fix="check the base URL") from None
    return Count(tokens, "counted", _model(ask.body), 0.0)


class _Counted(msgspec.Struct):
    input_tokens: int


class _Error(msgspec.Struct):
    message: str = ""


class _Refused(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


def _message(body: bytes) -> str:
    try:
        said = msgspec.json.decode(body, type=_Refused).error.message
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = ""
    return said or body[:200].decode(errors="replace")


def _model(body: bytes) -> str:
    text = parse_object(body).get("model", b"")
    if not text.startswith(b'"'):
        raise NotThisDialect("a Messages request names its model", where="$.model", fix="check the request")
    return parse_string(text)
