"""Copilot CLI's session events: usage is told when the session shuts down, by model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from agentforge.transcripts.events import About, Entry, Item, Problem, Skipped, tokens_in
from agentforge.wire import Json, Usage

_ROOMS: Final = frozenset(
    {
        "abort", "assistant", "external_tool", "hook", "model", "permission", "session", "skill", "subagent", "system",
        "tool", "user",
    }
)  # fmt: skip


class _Line(msgspec.Struct, rename="camel"):
    type: str = ""
    id: str | None = None
    parent_id: str | None = None
    timestamp: str | int | None = None
    data: dict[str, Any] | None = None


_line = msgspec.json.Decoder(_Line)


class Reader(msgspec.Struct):
    """Reads one session line by line; what it remembers in between can be stored."""

    session: str = ""
    calls: dict[str, str] = {}

    def read(self, text: bytes, number: int) -> list[Item]:
        """What a line says."""
        try:
            line = _line.decode(text)
        except msgspec.ValidationError as error:
            return [Problem(f"this line has a form this version does not know: {error}", number)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return [Problem(f"this line is no JSON: {error}", number)]
        try:
            return list(self._items(line, line.data or {}, number))
        except (TypeError, AttributeError, ValueError) as error:
            return [Problem(f"this {line.type} line has a form this version does not know: {error}", number)]

    def _items(self, line: _Line, data: dict[str, Any], number: int) -> Iterator[Item]:
        about: dict[str, Any] = {
            "id": line.id or "",
            "parent": line.parent_id or "",
            "at": line.timestamp if isinstance(line.timestamp, str) else "",
            "line": number,
        }
        content = data.get("content")
        text = content if isinstance(content, str) else ""
        match line.type:
            case "session.start" | "session.resume":
                context = data.get("context") or {}
                self.session = str(data.get("sessionId") or self.session)
                version = str(data.get("copilotVersion") or "")
                yield About(self.session, "", context.get("cwd") or "", context.get("branch") or "", version)
            case "system.message":
                yield Entry("context_injection", "client", name="system", text=text, **about)
            case "user.message":
                yield Entry("prompt", "user", text=text, **about)
            case "assistant.reasoning":
                yield Entry("thinking", "assistant", text=text, **about)
            case "assistant.message":
                yield Entry("assistant_text", "assistant", text=text, model=str(data.get("model") or ""), **about)
            case "tool.execution_start":
                call, name = str(data.get("toolCallId") or ""), str(data.get("toolName") or "")
                self.calls[call] = name
                arguments = Json.of(data.get("arguments"))
                yield Entry("tool_call", "assistant", call_id=call, name=name, structured=arguments, **about)
            case "tool.execution_complete":
                call = str(data.get("toolCallId") or "")
                name = self.calls.pop(call, "")
                failed = data.get("success") is False
                yield Entry("tool_result", "tool", call_id=call, name=name, text=_text(data), error=failed, **about)
            case "session.compaction_complete":
                yield Entry("compaction", "client", structured=Json.of(data), **about)
            case "session.shutdown":
                for model, told in (data.get("modelMetrics") or {}).items():
                    response = f"{self.session}:{line.id or number}:{model}"
                    usage = _usage(told.get("usage") or {})
                    yield Entry("meta", "client", name="shutdown", response=response, usage=usage, model=model, **about)
            case type if type.partition(".")[0] in _ROOMS:
                yield Entry("meta", "client", name=type, text=text, **about)
            case type:
                yield Skipped(type, number)


def _text(data: dict[str, Any]) -> str:
    told = data.get("result") or data.get("error") or ""
    if isinstance(told, dict):
        told = told.get("content") or told.get("message") or ""
    return told if isinstance(told, str) else ""


def _usage(told: dict[str, Any]) -> Usage:
    """The usage; the prompt is told whole, with what was read from and written to the cache in it."""
    read, written = tokens_in(told.get("cacheReadTokens")), tokens_in(told.get("cacheWriteTokens"))
    return Usage(
        input_tokens=max(tokens_in(told.get("inputTokens")) - read - written, 0),
        cache_read=read,
        cache_write=written,
        output_tokens=tokens_in(told.get("outputTokens")),
        thinking_tokens=tokens_in(told.get("reasoningTokens")),
    )
