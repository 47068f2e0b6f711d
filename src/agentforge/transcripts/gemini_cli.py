"""Gemini CLI's chats: a later line with the same id replaces the earlier, and `$set` lines patch the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from agentforge.transcripts.events import About, Entry, Item, Problem, Skipped, tokens_in
from agentforge.transcripts.lines import is_json, lines_of
from agentforge.wire import Json, Usage

_object = msgspec.json.Decoder(dict[str, Any])
_CONTEXT = "<session_context>"


def items(file: BinaryIO, path: Path) -> Iterator[Item]:
    """What the chat says in the end; the whole chat is held in memory, because any line may change any other."""
    about: dict[str, Any] = {}
    messages: dict[str, tuple[int, dict[str, Any]]] = {}
    for line in lines_of(file):
        if line.text is None:
            yield Problem("this line is too long to be taken into memory", line.number)
            continue
        if not line.text.strip():
            continue
        try:
            told = _object.decode(line.text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if line.number == 1 and path.suffix == ".json":
                yield from _whole(file, path)
                return
            torn = not line.whole and not is_json(line.text)
            yield Problem("the last line is half written" if torn else f"this line is no JSON: {error}", line.number)
            continue
        if isinstance(patch := told.get("$set"), dict):
            about |= {key: value for key, value in patch.items() if key != "messages"}
            if isinstance(patch.get("messages"), list):
                messages = _by_id(patch["messages"], line.number)
        elif isinstance(told.get("messages"), list):
            about |= {key: value for key, value in told.items() if key != "messages"}
            messages |= _by_id(told["messages"], line.number)
        elif "sessionId" in told:
            about |= told
        elif "id" in told:
            messages[str(told["id"])] = (line.number, told)
        else:
            yield Skipped(next(iter(told), ""), line.number)
    yield from _conversation(about, messages)


def _whole(file: BinaryIO, path: Path) -> Iterator[Item]:
    file.seek(0)
    try:
        told = _object.decode(file.read())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield Problem(f"{path.name} is no JSON: {error}")
        return
    yield from _conversation(told, _by_id(told.get("messages") or [], 1))


def _by_id(messages: list[Any], number: int) -> dict[str, tuple[int, dict[str, Any]]]:
    return {str(each.get("id", index)): (number, each) for index, each in enumerate(messages) if isinstance(each, dict)}


def _conversation(about: dict[str, Any], messages: dict[str, tuple[int, dict[str, Any]]]) -> Iterator[Item]:
    session = str(about.get("sessionId") or "")
    if session:
        yield About(session)
    answered: set[str] = set()
    for number, message in messages.values():
        try:
            yield from list(_message(session, message, number, answered))
        except (TypeError, AttributeError, ValueError) as error:
            yield Problem(f"this message has a form this version does not know: {error}", number)


def _message(session: str, message: dict[str, Any], number: int, answered: set[str]) -> Iterator[Item]:
    about: dict[str, Any] = {
        "id": str(message.get("id") or ""),
        "at": str(message.get("timestamp") or ""),
        "line": number,
    }
    content = message.get("content")
    parts = [{"text": content}] if isinstance(content, str) else content or []
    match message.get("type"):
        case "user":
            for part in parts:
                yield from _part(part, about, answered)
        case "gemini":
            told: dict[str, Any] = {
                "model": str(message.get("model") or ""),
                "response": f"{session}:{about['id']}",
                **about,
            }
            for thought in message.get("thoughts") or ():
                text = f"{thought.get('subject') or ''}\n{thought.get('description') or ''}".strip()
                yield Entry("thinking", "assistant", text=text, **told)
            for call in message.get("toolCalls") or ():
                yield from _call(call, told, about, answered)
            text = "".join(part.get("text") or "" for part in parts)
            tokens = message.get("tokens")
            yield Entry("assistant_text", "assistant", text=text, usage=_usage(tokens) if tokens else None, **told)
        case "info" | "error" | "warning" as name:
            yield Entry("system", "client", name=name, text="".join(part.get("text") or "" for part in parts), **about)
        case type:
            yield Skipped(str(type), number)


def _part(part: dict[str, Any], about: dict[str, Any], answered: set[str]) -> Iterator[Entry]:
    answer = part.get("functionResponse")
    if answer is None:
        text = part.get("text") or ""
        if text.lstrip().startswith(_CONTEXT):
            yield Entry("context_injection", "client", name="session_context", text=text, **about)
        else:
            yield Entry("prompt", "user", text=text, **about)
    elif answer.get("id") not in answered:
        yield _result(str(answer.get("id") or ""), str(answer.get("name") or ""), answer.get("response"), about)


def _call(call: dict[str, Any], told: dict[str, Any], about: dict[str, Any], answered: set[str]) -> Iterator[Entry]:
    id, name = str(call.get("id") or ""), str(call.get("name") or "")
    yield Entry("tool_call", "assistant", call_id=id, name=name, structured=Json.of(call.get("args")), **told)
    for part in call.get("result") or ():
        answer = part.get("functionResponse") or {}
        answered.add(id)
        yield _result(id, name, answer.get("response"), about)


def _result(call: str, name: str, response: Any, about: dict[str, Any]) -> Entry:
    told = response if isinstance(response, dict) else {}
    text = told.get("output", told.get("error", ""))
    if not isinstance(text, str):
        text = msgspec.json.encode(text).decode()
    return Entry(
        "tool_result", "tool", call_id=call, name=name, text=text, structured=Json.of(response),
        error="error" in told, **about,
    )  # fmt: skip


def _usage(tokens: dict[str, Any]) -> Usage:
    cached, thoughts = tokens_in(tokens.get("cached")), tokens_in(tokens.get("thoughts"))
    return Usage(
        input_tokens=max(tokens_in(tokens.get("input")) - cached, 0) + tokens_in(tokens.get("tool")),
        cache_read=cached,
        output_tokens=tokens_in(tokens.get("output")) + thoughts,
        thinking_tokens=thoughts,
    )
