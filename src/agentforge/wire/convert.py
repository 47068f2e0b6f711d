"""Anthropic Messages said in OpenAI Chat's words and back, with a report of what could not be said."""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, TypeVar

from agentforge.wire.convert_answers import response_to_anthropic, response_to_chat
from agentforge.wire.convert_to_anthropic import request_to_anthropic
from agentforge.wire.convert_to_chat import request_to_chat
from agentforge.wire.errors import NotTranslatable
from agentforge.wire.losses import Loss, LossReport
from agentforge.wire.values import Dialect, Request, Response

V = TypeVar("V")

MAX_TOKENS: Final = 32_000
"""Asked for where a Chat request sets no limit: Anthropic demands one, and every current model can do this much."""


class Converted(NamedTuple, Generic[V]):
    """A value in the other dialect, and what it could not say."""

    value: V
    losses: tuple[Loss, ...]


def convert_request(request: Request, to: Dialect, *, max_tokens: int = MAX_TOKENS) -> Converted[Request]:
    """The request in another dialect; `max_tokens` stands in where Anthropic demands a limit and none is set."""
    lost = LossReport()
    match request.dialect, to:
        case came, goes if came == goes:
            return Converted(request, ())
        case "anthropic", "openai-chat":
            return Converted(request_to_chat(request, lost), lost.losses)
        case "openai-chat", "anthropic":
            return Converted(request_to_anthropic(request, lost, max_tokens), lost.losses)
        case came, goes:
            raise refusal(came, goes)


def convert_response(response: Response, to: Dialect, *, created: int = 0) -> Converted[Response]:
    """The answer in another dialect; `created` is the time that Chat wants to be told."""
    lost = LossReport()
    match response.dialect, to:
        case came, goes if came == goes:
            return Converted(response, ())
        case "anthropic", "openai-chat":
            return Converted(response_to_chat(response, lost, created), lost.losses)
        case "openai-chat", "anthropic":
            return Converted(response_to_anthropic(response, lost), lost.losses)
        case came, goes:
            raise refusal(came, goes)


def refusal(came: Dialect, goes: Dialect) -> NotTranslatable:
    """The error of a conversion that there is none of."""
    return NotTranslatable(
        f"{came} cannot be turned into {goes}",
        fix="send it to a provider that speaks the client's dialect, or convert between anthropic and openai-chat",
    )
