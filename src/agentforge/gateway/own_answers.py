"""Answers the model's calls of the gateway's own tools inside one answer, so that the client never sees them.

A stream passes as it came, event for event, until the model calls a tool of ours: that call is left out, or in its
place stands the client's call that it carries. Where the answer calls no other tool, its end is held back, the
provider is asked to go on with our results, and what it says is joined to what was sent. Where the client's tools are
called too, our results wait for the client's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import is_
from typing import Final

from agentforge.gateway.asides import BETWEEN, Aside
from agentforge.gateway.own_in_chunks import OwnInChunks
from agentforge.gateway.own_in_events import OwnInEvents
from agentforge.gateway.talk import OwnTools, Round, Talk
from agentforge.gateway.treatment import AnswerReader, FollowUp
from agentforge.wire import (
    Block,
    Content,
    Dialect,
    Json,
    Message,
    Request,
    Response,
    Text,
    ToolUse,
    decode_response,
    encode_response,
)
from agentforge.wire.stream import CHAT_REASONING

ANSWERED: Final[tuple[Dialect, ...]] = ("anthropic", "openai-chat")
"""The dialects whose answers can be read so."""


def own_answers(sent: Request, own: OwnTools, remember: Callable[[Aside], None]) -> AnswerReader:
    """The reader of the answer to a request; `remember` gets what the client will not see."""
    talk = Talk(sent, own, remember)
    if not sent.stream:
        return _Whole(talk)
    return OwnInChunks(talk) if sent.dialect == "openai-chat" else OwnInEvents(talk)


class _Whole:
    """An answer that comes as one JSON text."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._body = bytearray()

    def feed(self, chunk: bytes) -> bytes:
        """Nothing: what the answer is shows at its end."""
        self._body += chunk
        return b""

    def end(self) -> bytes | FollowUp:
        """The answer without our calls, or what to ask next."""
        body = bytes(self._body)
        response = decode_response(self._talk.dialect, body)
        last = self._talk.read(response)
        if last.is_ours:
            follow_up = self._talk.go_on(last)
            self._body.clear()
            return follow_up
        self._talk.close(last)
        self._body.clear()
        same = len(last.shown) == len(last.said.blocks) and all(map(is_, last.shown, last.said.blocks))
        return body if same and not self._talk.rounds else self._joined(last, response)

    def refuse(self, status: int, body: bytes) -> bytes:  # noqa: ARG002 - the reader's signature
        """The provider's own words."""
        return body

    def release(self) -> bytes:
        """All of it."""
        return bytes(self._body)

    def _joined(self, last: Round, response: Response) -> bytes:
        """What was said in all rounds, as one answer."""
        usage = response.usage
        if usage is not None:
            usage = replace(usage, output_tokens=usage.output_tokens + self._talk.output_tokens)
        shown: tuple[Block, ...] = (*self._talk.shown, *last.shown)
        said = replace(last.said, content=shown)
        if response.dialect == "openai-chat":
            said = self._joined_in_chat(last, shown)
        return encode_response(replace(response, output=(said, *response.output[1:]), usage=usage))

    def _joined_in_chat(self, last: Round, shown: tuple[Block, ...]) -> Message:
        """Chat's message has one text, and one member for what was thought."""
        words = BETWEEN.join(block.text for block in shown if isinstance(block, Text) and block.text)
        calls: list[Block] = [block for block in shown if isinstance(block, ToolUse)]
        said = [turn[0] for turn in self._talk.rounds] + [last.said]
        thought = [one.extra[CHAT_REASONING].value for one in said if CHAT_REASONING in one.extra]
        extra = dict(last.said.extra)
        if any(thought):
            extra[CHAT_REASONING] = Json.of("".join(text for text in thought if text))
        if words:
            extra.pop("content", None)
        content: Content = (*([Text(words)] if words else []), *calls) if calls else words
        return replace(last.said, content=content, extra=extra)
