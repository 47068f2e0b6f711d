"""Codex's rollouts: usage is told as a running total, and told again at will."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from agentforge.transcripts.events import About, Entry, Item, Kind, Problem, Skipped, tokens_in
from agentforge.wire import Json, Usage

_CALLS: Final = frozenset(
    {"function_call", "custom_tool_call", "local_shell_call", "tool_search_call", "web_search_call"}
)
_NOTES: Final = frozenset({"world_state", "inter_agent_communication", "ghost_snapshot"})
_INJECTED: Final = ("# AGENTS.md instructions", "<environment_context>", "<user_instructions>", "<turn_aborted>")
Sums = tuple[int, int, int, int, int]
NOTHING: Final[Sums] = (0, 0, 0, 0, 0)


class _Line(msgspec.Struct):
    type: str = ""
    timestamp: str = ""
    payload: msgspec.Raw = msgspec.Raw()


_line = msgspec.json.Decoder(_Line)
_payload = msgspec.json.Decoder(dict[str, Any])


class Reader(msgspec.Struct):
    """Reads one rollout line by line; what it remembers in between can be stored."""

    session: str = ""
    lineage: str = ""
    """The session that running totals go on from, when this one was forked: its answers are told again here."""
    cwd: str = ""
    branch: str = ""
    version: str = ""
    model: str = ""
    sums: Sums = NOTHING
    calls: dict[str, str] = {}

    def read(self, text: bytes, number: int) -> list[Item]:
        """What a line says."""
        try:
            line = _line.decode(text)
            payload = _payload.decode(line.payload) if line.payload else {}
        except msgspec.ValidationError as error:
            return [Problem(f"this line has a form this version does not know: {error}", number)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return [Problem(f"this line is no JSON: {error}", number)]
        try:
            return list(self._items(line, payload, number))
        except (TypeError, AttributeError, ValueError) as error:
            return [Problem(f"this {line.type} line has a form this version does not know: {error}", number)]

    def _items(self, line: _Line, payload: dict[str, Any], number: int) -> Iterator[Item]:
        at = line.timestamp
        kind = str(payload.get("type") or "")
        match line.type:
            case "session_meta":
                yield from self._session(payload, at, number)
            case "turn_context":
                self.model = payload.get("model") or self.model
                if (cwd := payload.get("cwd")) and cwd != self.cwd:
                    self.cwd = cwd
                    yield self._about()
            case "response_item":
                yield from self._response_item(payload, kind, at, number)
            case "event_msg" if kind == "token_count":
                told = (payload.get("info") or {}).get("total_token_usage")
                last = (payload.get("info") or {}).get("last_token_usage")
                yield from self._charged(told, last, "", at, number)
            case "event_msg":
                yield Entry("meta", "client", at=at, name=kind, line=number)
            case "token_usage_record":
                response = str(payload.get("response_id") or "")
                yield from self._charged(payload.get("thread_token_usage"), payload.get("usage"), response, at, number)
            case "compacted":
                message = str(payload.get("message") or "")
                yield Entry("compaction", "client", at=at, text=message, structured=_raw(line), line=number)
            case type if type in _NOTES:
                yield Entry("meta", "client", at=at, name=type, structured=_raw(line), line=number)
            case type:
                yield Skipped(type, number)

    def _session(self, payload: dict[str, Any], at: str, number: int) -> Iterator[Item]:
        if self.session:  # A fork repeats the first lines of what it was forked from.
            return
        self.session = str(payload.get("id") or "")
        self.lineage = str(payload.get("forked_from_id") or "")
        self.cwd = payload.get("cwd") or ""
        self.version = payload.get("cli_version") or ""
        self.branch = (payload.get("git") or {}).get("branch") or ""
        yield self._about()
        base = payload.get("base_instructions")
        text = (base or {}).get("text") if isinstance(base, dict) else payload.get("instructions")
        if text:
            yield Entry("context_injection", "client", at=at, name="base_instructions", text=text, line=number)

    def _about(self) -> About:
        return About(self.session, self.lineage, self.cwd, self.branch, self.version)

    def _response_item(self, item: dict[str, Any], kind: str, at: str, number: int) -> Iterator[Item]:
        call = str(item.get("call_id") or "")
        about: dict[str, Any] = {"id": str(item.get("id") or ""), "at": at, "line": number}
        if kind == "message":
            for part in item.get("content") or ():
                text = part.get("text") or ""
                spoken, name = _spoken(str(item.get("role") or ""), text)
                actor = {"assistant_text": "assistant", "prompt": "user"}.get(spoken, "client")
                model = self.model if spoken == "assistant_text" else ""
                yield Entry(spoken, actor, name=name, text=text, model=model, **about)  # type: ignore[arg-type]
        elif kind == "reasoning":
            parts = [*(item.get("summary") or ()), *(item.get("content") or ())]
            text = "\n".join(part.get("text") or "" for part in parts)
            yield Entry("thinking", "assistant", text=text, model=self.model, **about)
        elif kind in _CALLS:
            name = str(item.get("name") or kind.removesuffix("_call"))
            self.calls[call] = name
            told = item.get("arguments", item.get("input", item.get("action")))
            arguments = (
                told.encode() if isinstance(told, str) and kind != "custom_tool_call" else msgspec.json.encode(told)
            )
            yield Entry(
                "tool_call", "assistant", call_id=call, name=name, structured=Json(arguments), model=self.model, **about
            )
        elif kind.endswith("_output"):
            output = item.get("output")
            name = self.calls.pop(call, "")
            failed = isinstance(output, dict) and output.get("success") is False
            yield Entry("tool_result", "tool", call_id=call, name=name, text=_text(output), error=failed, **about)
        else:
            yield Skipped(f"response_item/{kind}", number)

    def _charged(self, told: Any, last: Any, response: str, at: str, number: int) -> Iterator[Item]:
        if not told:
            return
        sums = _sums(told)
        if sums == self.sums:  # Told again: nothing was charged in between.
            return
        grown = all(now >= before for now, before in zip(sums, self.sums, strict=True))
        spent = (
            tuple(now - before for now, before in zip(sums, self.sums, strict=True)) if grown else _sums(last or told)
        )
        self.sums = sums
        total, read, written, output, thinking = spent
        yield Entry(
            "meta", "client", at=at, name="token_count", line=number, model=self.model,
            response=response or f"{self.lineage or self.session}:{':'.join(map(str, sums))}",
            usage=Usage(
                input_tokens=max(total - read - written, 0), cache_read=read, cache_write=written,
                output_tokens=output, thinking_tokens=thinking,
            ),
        )  # fmt: skip


def _sums(told: dict[str, Any]) -> Sums:
    return (
        tokens_in(told.get("input_tokens")),
        tokens_in(told.get("cached_input_tokens")),
        tokens_in(told.get("cache_write_input_tokens")),
        tokens_in(told.get("output_tokens")),
        tokens_in(told.get("reasoning_output_tokens")),
    )


def _spoken(role: str, text: str) -> tuple[Kind, str]:
    if role == "assistant":
        return "assistant_text", ""
    if role == "user" and not text.lstrip().startswith(_INJECTED):
        return "prompt", ""
    return "context_injection", role


def _text(output: Any) -> str:
    if isinstance(output, str):
        return output
    if isinstance(output, dict):
        return _text(output.get("content"))
    return "\n".join(part.get("text") or "" for part in output or ())


def _raw(line: _Line) -> Json:
    return Json(bytes(line.payload))
