"""Is this understood losslessly? Everything is read, stripped of what it remembers, and written again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentforge.wire.codec import (
    decode_message,
    decode_request,
    decode_response,
    encode_message,
    encode_request,
    encode_response,
    event_reader,
    guess_dialect,
)
from agentforge.wire.errors import OutsideError, WireError
from agentforge.wire.jsontext import canonical, dump, load, strict
from agentforge.wire.shape import without_origin
from agentforge.wire.sse import SseDecoder
from agentforge.wire.values import Dialect, Message, Other, Request, Response, ToolResult

_SHOWN = 20
"""Differences told in full; more are counted."""


@dataclass(slots=True)
class CheckReport:
    """What became of one file."""

    path: str
    kind: str = "?"
    dialect: str = "-"
    values: int = 0
    """Requests, responses, messages or events read."""
    differences: list[str] = field(default_factory=list)
    """Where writing it again would give something else, or it cannot be read: place and reason."""
    unknown: list[str] = field(default_factory=list)
    """Kept and passed on, though nobody here knows what it means."""

    @property
    def lossless(self) -> bool:
        """True when nothing would differ."""
        return not self.differences


def check_file(path: str | Path) -> CheckReport:
    """The report on a file: a request, response, recorded exchange, stream of events, or transcript."""
    try:
        body = Path(path).read_bytes()
    except OSError as error:
        raise OutsideError(
            error.strerror or "cannot be read", where=str(path), fix="give the path of a file you can read"
        ) from error
    return check_bytes(body, str(path))


def check_bytes(body: bytes, path: str) -> CheckReport:
    """The report on what a file holds."""
    report = CheckReport(path)
    try:
        if _looks_like_events(body):
            _check_stream(report, body)
        elif path.endswith(".jsonl"):
            _check_lines(report, body)
        else:
            _check_document(report, body)
    except WireError as error:
        report.differences.append(str(error))
    except RecursionError:
        report.differences.append("$: nested too deeply to be compared")
    if not body.strip():
        report.kind = "empty"
        report.differences.clear()
    report.unknown = sorted(set(report.unknown))
    if len(report.differences) > _SHOWN:
        report.differences[_SHOWN:] = [f"and {len(report.differences) - _SHOWN} more"]
    return report


def _looks_like_events(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf\r\n").startswith((b"event:", b"data:", b":", b"id:", b"retry:"))


def _check_document(report: CheckReport, body: bytes) -> None:
    plain = strict(body)
    if isinstance(plain, dict) and isinstance(plain.get("body"), dict | str):
        # A recorded exchange: the wire's part is its body.
        inner = plain["body"]
        body = inner.encode() if isinstance(inner, str) else dump(inner)
        plain = strict(body)
    if not isinstance(plain, dict):
        raise WireError("expected a request or a response: a JSON object", where="$")
    report.dialect = dialect = guess_dialect(body)
    report.values = 1
    if "messages" in plain or "input" in plain:
        report.kind = "request"
        request = decode_request(dialect, body)
        _same_bytes(report, encode_request(request), body)
        _compare(report, "$", body, encode_request(without_origin(request)))
        report.unknown += _unknown_in(request)
    elif "choices" in plain or "output" in plain or "content" in plain:
        report.kind = "response"
        response = decode_response(dialect, body)
        _same_bytes(report, encode_response(response), body)
        _compare(report, "$", body, encode_response(without_origin(response)))
        report.unknown += _unknown_in(response)
    else:
        raise WireError("neither a request (messages, input) nor a response (content, choices, output)", where="$")


def _check_stream(report: CheckReport, body: bytes) -> None:
    report.kind = "stream"
    decoder = SseDecoder()
    events = [*decoder.feed(body), *decoder.end()]
    _same_bytes(report, b"".join(event.raw for event in events), body)
    first = next((event for event in events if event.data is not None and event.data.strip() != "[DONE]"), None)
    if first is None:
        return
    report.dialect = dialect = _stream_dialect(load(first.payload))
    reader = event_reader(dialect)
    for number, event in enumerate(events, 1):
        if event.data is None:
            continue
        report.values += 1
        try:
            if event.data.strip() != "[DONE]":
                strict(event.payload)
            if not reader.read(event).parts and dialect == "anthropic":
                plain = load(event.payload)
                kind = plain.get("type") if isinstance(plain, dict) else None
                report.unknown.append(f"event {event.name or kind or '(no type)'}")
        except WireError as error:
            report.differences.append(f"event {number}: {error}")


def _stream_dialect(plain: Any) -> Dialect:
    kind = str(plain.get("type", "")) if isinstance(plain, dict) else ""
    if kind.startswith("response.") or (isinstance(plain, dict) and "sequence_number" in plain):
        return "openai-responses"
    return "anthropic" if kind else "openai-chat"


def _check_lines(report: CheckReport, body: bytes) -> None:
    report.kind = "transcript"
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            plain = strict(line)
            for place, message in _wire_parts(plain):
                report.values += 1
                _check_part(report, f"line {number}, {place}", message)
        except WireError as error:
            report.differences.append(f"line {number}: {error}")


def _wire_parts(plain: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a transcript line holds of the wire: Claude Code's messages, and Codex's response items."""
    if not isinstance(plain, dict):
        return
    payload = plain.get("payload")
    if plain.get("type") == "response_item" and isinstance(payload, dict):
        yield "payload", payload
    message = plain.get("message")
    if isinstance(message, dict) and "role" in message:
        yield "message", message
    inner = plain.get("data")
    if isinstance(inner, dict) and isinstance(inner.get("message"), dict):
        yield from ((f"data.{place}", part) for place, part in _wire_parts(inner["message"]))


def _check_part(report: CheckReport, place: str, plain: dict[str, Any]) -> None:
    text = dump(plain)
    if place.endswith("payload"):
        report.dialect = "openai-responses"
        message = decode_message("openai-responses", text)
        _compare(report, place, text, encode_message("openai-responses", without_origin(message)))
        report.unknown += _unknown_in(message)
        return
    report.dialect = "anthropic"
    if plain.get("type") == "message" and "id" in plain and "model" in plain:
        response = decode_response("anthropic", text)
        _compare(report, place, text, encode_response(without_origin(response)))
        report.unknown += _unknown_in(response)
    else:
        message = decode_message("anthropic", text)
        _compare(report, place, text, encode_message("anthropic", without_origin(message)))
        report.unknown += _unknown_in(message)


def _unknown_in(value: Request | Response | Message) -> list[str]:
    messages = (
        (value,) if isinstance(value, Message) else value.messages if isinstance(value, Request) else value.output
    )
    found: list[str] = []
    for message in messages:
        for block in message.blocks:
            inside = block.content if isinstance(block, ToolResult) and not isinstance(block.content, str) else ()
            others = (one for one in (block, *(inside or ())) if isinstance(one, Other))
            found += [f"block {other.type or '(no type)'}" for other in others]
    return found


def _same_bytes(report: CheckReport, written: bytes, came: bytes) -> None:
    if written != came:
        report.differences.append("$: left alone, it would not go out as the very bytes that came in")


def _compare(report: CheckReport, place: str, came: bytes, written: bytes) -> None:
    if canonical(came) != canonical(written):
        report.differences += [f"{place}{path}" for path in _differences(load(came), load(written), "")][:_SHOWN]


def _differences(came: Any, written: Any, path: str) -> Iterator[str]:
    if isinstance(came, dict) and isinstance(written, dict):
        for key in sorted(came.keys() | written.keys()):
            if key not in written:
                yield f"{path}.{key}: would be lost"
            elif key not in came:
                yield f"{path}.{key}: would be added"
            else:
                yield from _differences(came[key], written[key], f"{path}.{key}")
    elif isinstance(came, list) and isinstance(written, list) and len(came) == len(written):
        for at, (a, b) in enumerate(zip(came, written, strict=True)):
            yield from _differences(a, b, f"{path}[{at}]")
    elif came != written:
        yield f"{path}: {json.dumps(came)[:60]} would become {json.dumps(written)[:60]}"
