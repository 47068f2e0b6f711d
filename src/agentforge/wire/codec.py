"""Bytes to values and back, for every dialect: the one place that knows which codec reads what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import msgspec

from agentforge.wire import anthropic, chat, responses
from agentforge.wire.errors import NotJson, NotThisDialect, NotTranslatable
from agentforge.wire.jsontext import load
from agentforge.wire.shape import Misfit
from agentforge.wire.sse import SseEvent
from agentforge.wire.stream import Part, StreamEvent
from agentforge.wire.stream_anthropic import AnthropicReader, AnthropicWriter
from agentforge.wire.stream_chat import ChatReader, ChatWriter
from agentforge.wire.stream_responses import ResponsesReader, ResponsesWriter
from agentforge.wire.values import Dialect, Message, Request, Response

V = TypeVar("V")


class _Turn(msgspec.Struct):
    role: str


class _AnthropicFrame(msgspec.Struct):
    model: str
    messages: list[_Turn]
    tools: list[dict[str, msgspec.Raw]] | None = None


class _ResponsesFrame(msgspec.Struct):
    model: str
    input: str | list[dict[str, msgspec.Raw]]
    tools: list[dict[str, msgspec.Raw]] | None = None


class _ResponseFrame(msgspec.Struct):
    id: str
    model: str


class EventReader(Protocol):
    """Reads the events of one stream, in order."""

    def read(self, sse: SseEvent) -> StreamEvent:
        """The event and what it says."""


class EventWriter(Protocol):
    """Writes the parts of one stream, in order."""

    def write(self, part: Part) -> list[SseEvent]:
        """The events that say this part."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one dialect is read and written."""

    read_request: Callable[[bytes], Request]
    write_request: Callable[[Request], bytes]
    read_response: Callable[[bytes], Response]
    write_response: Callable[[Response], bytes]
    read_message: Callable[[bytes], Message]
    write_message: Callable[[Message], bytes]
    read_events: Callable[[], EventReader]
    write_events: Callable[[], EventWriter]
    request_frame: msgspec.json.Decoder[Any]


def _write_item(message: Message) -> bytes:
    items = responses.write_items(message)
    if len(items) != 1:
        raise NotTranslatable(
            f"this message is {len(items)} items in openai-responses, not one", fix="write it as part of a request"
        )
    return items[0]


CODECS: Final[dict[Dialect, Codec]] = {
    "anthropic": Codec(
        anthropic.REQUEST.read,
        anthropic.REQUEST.write,
        anthropic.RESPONSE.read,
        anthropic.RESPONSE.write,
        anthropic.MESSAGE.read,
        anthropic.MESSAGE.write,
        AnthropicReader,
        AnthropicWriter,
        msgspec.json.Decoder(_AnthropicFrame),
    ),
    "openai-chat": Codec(
        chat.REQUEST.read,
        chat.REQUEST.write,
        chat.read_response,
        chat.write_response,
        chat.MESSAGE.read,
        chat.MESSAGE.write,
        ChatReader,
        ChatWriter,
        msgspec.json.Decoder(_AnthropicFrame),
    ),
    "openai-responses": Codec(
        responses.REQUEST.read,
        responses.REQUEST.write,
        responses.read_response,
        responses.write_response,
        responses.read_item,
        _write_item,
        ResponsesReader,
        ResponsesWriter,
        msgspec.json.Decoder(_ResponsesFrame),
    ),
}
_RESPONSE_FRAME: Final = msgspec.json.Decoder(_ResponseFrame)


def decode_request(dialect: Dialect, body: bytes) -> Request:
    """The request in a body; its messages and tools are read when they are first looked at."""
    codec = _codec(dialect)
    _check(body, codec.request_frame, f"no {dialect} request")
    return _read(codec.read_request, body, f"no {dialect} request")


def encode_request(request: Request) -> bytes:
    """The body of a request: the very bytes that came in where nothing was changed."""
    return _codec(request.dialect).write_request(request)


def decode_response(dialect: Dialect, body: bytes) -> Response:
    """The answer in a body."""
    _check(body, _RESPONSE_FRAME, f"no {dialect} response")
    return _read(_codec(dialect).read_response, body, f"no {dialect} response")


def encode_response(response: Response) -> bytes:
    """The body of an answer: the very bytes that came in where nothing was changed."""
    return _codec(response.dialect).write_response(response)


def decode_message(dialect: Dialect, text: bytes) -> Message:
    """One message (one item, for Responses)."""
    load(text)
    return _read(_codec(dialect).read_message, text, f"no {dialect} message")


def encode_message(dialect: Dialect, message: Message) -> bytes:
    """The JSON of one message."""
    return _codec(dialect).write_message(message)


def event_reader(dialect: Dialect) -> EventReader:
    """A reader for one stream of that dialect."""
    return _codec(dialect).read_events()


def event_writer(dialect: Dialect) -> EventWriter:
    """A writer for one stream of that dialect."""
    return _codec(dialect).write_events()


def guess_dialect(body: bytes) -> Dialect:
    """The dialect a request, response or stream event speaks, told by the members only it has."""
    plain = load(body)
    if not isinstance(plain, dict):
        raise NotThisDialect("expected a JSON object", where="$")
    if "input" in plain or "output" in plain or str(plain.get("object")) == "response":
        return "openai-responses"
    if "choices" in plain or str(plain.get("object")).startswith("chat.completion"):
        return "openai-chat"
    if "system" in plain or plain.get("type") == "message":
        return "anthropic"
    roles = _objects(plain.get("messages"))
    if any(message.get("role") in ("tool", "developer") or "tool_calls" in message for message in roles):
        return "openai-chat"
    if any(message.get("role") == "system" for message in roles[:1]):
        return "openai-chat"
    if any("function" in tool for tool in _objects(plain.get("tools"))):
        return "openai-chat"
    return "anthropic"


def _objects(plain: Any) -> list[dict[str, Any]]:
    return [one for one in plain if isinstance(one, dict)] if isinstance(plain, list) else []


def _codec(dialect: Dialect) -> Codec:
    try:
        return CODECS[dialect]
    except KeyError:
        raise NotThisDialect(f"no dialect is called {dialect!r}", fix=f"there are: {', '.join(CODECS)}") from None


def _check(body: bytes, frame: msgspec.json.Decoder[Any], what: str) -> None:
    try:
        body.decode()
        frame.decode(body)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at ")
        raise NotThisDialect(f"{what}: {problem}", where=path.strip("`") or "$") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        load(body)
        raise NotJson("the JSON cannot be read", where=f"{len(body)} bytes") from None


def _read(read: Callable[[bytes], V], body: bytes, what: str) -> V:
    try:
        return read(body)
    except Misfit:
        raise NotThisDialect(f"{what}: a part of it is missing or of another type", where="$") from None
