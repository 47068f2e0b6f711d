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
    event_writer,
    guess_dialect,
)
from agentforge.wire.errors import OutsideError, WireError
from agentforge.wire.jsontext import canonical, dump, load, strict
from agentforge.wire.shape import without_origin
from agentforge.wire.sse import SseDecoder
from agentforge.wire.stream import Part
from agentforge.wire.stream_responses import SAYS_AGAIN
from agentforge.wire.values import Dialect, Message, Other, Request, Response, ToolResult

_SHOWN = 20
"""Differences told in full; more are counted."""
_LOST, _ADDED = ": would be lost", ": would be added"
# What Chat's reader takes in, or what says nothing about the answer.
_CHUNK = ("id", "object", "created", "model", "choices", "usage", "error", "system_fingerprint", "service_tier")
_CHOICE = ("index", "delta", "finish_reason")
_DELTA = ("content", "tool_calls", "reasoning_content", "reasoning")


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
    report.values += 1
    report.kind = _check_body(report, "$", body, plain)


def _check_body(report: CheckReport, place: str, body: bytes, plain: dict[str, Any]) -> str:
    report.dialect = dialect = guess_dialect(body)
    if "messages" in plain or "input" in plain:
        request = decode_request(dialect, body)
        _same_bytes(report, place, encode_request(request), body)
        _compare(report, place, body, encode_request(without_origin(request)))
        report.unknown += _unknown_in(request)
        return "request"
    if "choices" in plain or "output" in plain or "content" in plain:
        response = decode_response(dialect, body)
        _same_bytes(report, place, encode_response(response), body)
        _compare(report, place, body, encode_response(without_origin(response)))
        report.unknown += _unknown_in(response)
        return "response"
    raise WireError("neither a request (messages, input) nor a response (content, choices, output)", where="$")


def _check_stream(report: CheckReport, body: bytes) -> None:
    report.kind = "stream"
    decoder = SseDecoder()
    events = [*decoder.feed(body), *decoder.end()]
    _same_bytes(report, "$", b"".join(event.raw for event in events), body)
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
            parts = reader.read(event).parts
            if event.data.strip() == "[DONE]" and dialect == "openai-chat":
                continue
            plain = strict(event.payload)
            if dialect == "openai-chat":
                report.unknown += _unknown_in_chunk(plain, understood=bool(parts))
            elif not parts and not (dialect == "openai-responses" and _says_again(plain)):
                kind = plain.get("type") if isinstance(plain, dict) else None
                report.unknown.append(f"event {event.name or kind or '(no type)'}")
            elif dialect == "anthropic":
                _compare_event(report, number, plain, parts)
        except WireError as error:
            report.differences.append(f"event {number}: {error}")


def _compare_event(report: CheckReport, number: int, plain: dict[str, Any], parts: tuple[Part, ...]) -> None:
    """Compare with what the parts alone would write.

    A member they do not hold is not lost, as the event goes on as it came: it is named as not understood. Nor is null
    a difference where the writer says the empty form of it.
    """
    written = [load(event.payload) for part in parts for event in event_writer("anthropic").write(without_origin(part))]
    for line in _differences(plain, written[0] if len(written) == 1 else written, ""):
        if line.endswith(_LOST):
            report.unknown.append(f"event {plain['type']}, member {line.removesuffix(_LOST).removeprefix('.')}")
        elif plain["type"] == "error" and not line.endswith(_ADDED):
            # A failure of an odd form is a failure; its form is what nobody understands.
            report.unknown.append("event error, of an odd form")
        elif not line.endswith(_ADDED) and ": null would become " not in line:
            report.differences.append(f"event {number}{line}")


def _says_again(plain: Any) -> bool:
    """Whether a Responses event is known, and tells nothing that others do not."""
    kind = plain.get("type") if isinstance(plain, dict) else None
    item, part = (plain.get(key) if isinstance(plain, dict) else None for key in ("item", "part"))
    if kind in ("response.output_item.added", "response.output_item.done"):
        return isinstance(item, dict) and item.get("type") in ("message", "reasoning", "function_call")
    if kind in ("response.content_part.added", "response.content_part.done"):
        return isinstance(part, dict) and part.get("type") in ("output_text", "reasoning_text")
    return isinstance(kind, str) and kind in SAYS_AGAIN


def _unknown_in_chunk(plain: Any, *, understood: bool) -> list[str]:
    """What a chunk of Chat's says that its reader passes over."""
    if not isinstance(plain, dict):
        return ["chunk that is no object"]
    if not plain.keys() & {"choices", "usage", "error"}:
        return ["chunk without choices"]
    found = [f"chunk member {key}" for key, value in plain.items() if value and key not in _CHUNK]
    choices = plain.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            found.append("choice that is no object")
            continue
        if choice.get("index", 0) != 0:
            found.append("choice after the first")
            continue
        found += [f"chunk member choices.{key}" for key, value in choice.items() if value and key not in _CHOICE]
        delta = choice.get("delta")
        for key, value in delta.items() if isinstance(delta, dict) else ():
            if value and key != "role" and (key not in _DELTA or not understood):
                found.append(f"chunk member choices.delta.{key}")
    return found


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
            if (recorded := _recorded_body(plain)) is not None:
                report.kind = "exchanges"
                report.values += 1
                _check_recorded(report, number, recorded)
                continue
            for place, message in _wire_parts(plain):
                report.values += 1
                _check_part(report, f"line {number}, {place}", message)
        except WireError as error:
            report.differences.append(f"line {number}: {error}")


def _recorded_body(plain: Any) -> bytes | None:
    """The body of a recorded exchange that had one."""
    if not isinstance(plain, dict) or not plain.keys() >= {"method", "path"}:
        return None
    body = plain.get("body")
    return body.encode() if isinstance(body, str) and body else dump(body) if isinstance(body, dict) else None


def _check_recorded(report: CheckReport, number: int, body: bytes) -> None:
    plain = strict(body)
    if not isinstance(plain, dict):
        raise WireError("expected a request: a JSON object", where="body")
    _check_body(report, f"line {number}, body", body, plain)


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


def _same_bytes(report: CheckReport, place: str, written: bytes, came: bytes) -> None:
    if written != came:
        report.differences.append(f"{place}: left alone, it would not go out as the very bytes that came in")


def _compare(report: CheckReport, place: str, came: bytes, written: bytes) -> None:
    if canonical(came) != canonical(written):
        report.differences += [f"{place}{path}" for path in _differences(load(came), load(written), "")][:_SHOWN]


def _differences(came: Any, written: Any, path: str) -> Iterator[str]:
    if isinstance(came, dict) and isinstance(written, dict):
        for key in sorted(came.keys() | written.keys()):
            if key not in written:
                yield f"{path}.{key}{_LOST}"
            elif key not in came:
                yield f"{path}.{key}{_ADDED}"
            else:
                yield from _differences(came[key], written[key], f"{path}.{key}")
    elif isinstance(came, list) and isinstance(written, list) and len(came) == len(written):
        for at, (a, b) in enumerate(zip(came, written, strict=True)):
            yield from _differences(a, b, f"{path}[{at}]")
    elif came != written:
        yield f"{path}: {json.dumps(came)[:60]} would become {json.dumps(written)[:60]}"
