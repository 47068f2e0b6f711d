"""From entries to messages: what a client would have sent for them, in the dialect it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from agentforge.context.recall import NAME as RECALL
from agentforge.simulate.whatif.threads import Turn
from agentforge.transcripts import Client, Entry, Transcript
from agentforge.wire import Dialect, Message, decode_message
from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import dump

Plain = dict[str, Any]

UNTOLD: Final = "(what was sent here is not in the transcript)"
UNANSWERED: Final = "(the transcript has no result of this call)"


def dialect_of(transcript: Transcript) -> Dialect:
    """The dialect that a transcript's client speaks to its model's provider."""
    spoken: dict[Client, Dialect] = {"claude-code": "anthropic", "codex": "openai-responses"}
    other: Dialect = "anthropic" if "claude" in transcript.model else "openai-chat"
    return spoken.get(transcript.client, other)


def asked(dialect: Dialect, turn: Turn, last: Turn | None) -> list[Message]:
    """What is sent before an answer: the results of the last answer's calls in their order, then everything else."""
    calls = [entry for entry in last.answer if entry.kind == "tool_call"] if last else []
    results = {entry.call_id: entry for entry in turn.before if entry.kind == "tool_result"}
    mine = {call.call_id for call in calls}
    rest = [
        entry.text
        for entry in turn.before
        if entry.text.strip() and not (entry.kind == "tool_result" and entry.call_id in mine)
    ]
    if not calls and not rest:
        rest = [UNTOLD]
    answers = [(call.call_id, results.get(call.call_id)) for call in _once(calls)]
    return _read(dialect, _ASKED[dialect](answers, rest))


def answered(dialect: Dialect, turn: Turn) -> list[Message]:
    """An answer as the client sends it back. Thinking is left out: its signatures are in no transcript."""
    texts = [entry.text for entry in turn.answer if entry.kind == "assistant_text" and entry.text.strip()]
    calls = _once([entry for entry in turn.answer if entry.kind == "tool_call"])
    if not texts and not calls:
        texts = [UNTOLD]
    return _read(dialect, _ANSWERED[dialect](texts, [(call.call_id, call.name, _arguments(call)) for call in calls]))


def recalled(dialect: Dialect, id_: str, given: Mapping[str, str], text: str) -> tuple[list[Message], list[Message]]:
    """A call that asks for what was cut, and its result."""
    call = _read(dialect, _ANSWERED[dialect]([], [(id_, RECALL, dict(given))]))
    result = Entry("tool_result", "tool", call_id=id_, text=text)
    return call, _read(dialect, _ASKED[dialect]([(id_, result)], []))


def filled(dialect: Dialect, text: str) -> list[Message]:
    """A message that stands for what a transcript does not tell, for the dialects whose prompt is a message."""
    if dialect == "openai-chat":
        return _read(dialect, [{"role": "system", "content": text}])
    part = {"type": "input_text", "text": text}
    return _read(dialect, [{"type": "message", "role": "developer", "content": [part]}])


def _read(dialect: Dialect, plain: Iterable[Plain]) -> list[Message]:
    return [decode_message(dialect, dump(one)) for one in plain]


def _once(calls: Sequence[Entry]) -> list[Entry]:
    """The calls, each id once: some clients tell a call again when it is done."""
    return list({call.call_id: call for call in calls}.values())


def _arguments(call: Entry) -> Any:
    try:
        told = call.structured.value if call.structured is not None and call.structured.text else {}
    except NotJson:  # a program in place of arguments: codex writes patches like this
        told = call.structured.text.decode(errors="replace") if call.structured else ""
    return told if isinstance(told, dict) else {"input": told}


Answers = Sequence[tuple[str, "Entry | None"]]
Calls = Sequence[tuple[str, str, Any]]


def _told(result: Entry | None) -> str:
    return UNANSWERED if result is None else result.text


def _anthropic_asked(answers: Answers, rest: Sequence[str]) -> list[Plain]:
    blocks: list[Plain] = [
        {"type": "tool_result", "tool_use_id": id_, "content": _told(result)}
        | ({"is_error": True} if result is None or result.error else {})
        for id_, result in answers
    ]
    blocks += [{"type": "text", "text": text} for text in rest]
    return [{"role": "user", "content": blocks}]


def _anthropic_answered(texts: Sequence[str], calls: Calls) -> list[Plain]:
    blocks: list[Plain] = [{"type": "text", "text": text} for text in texts]
    blocks += [{"type": "tool_use", "id": id_, "name": name, "input": given} for id_, name, given in calls]
    return [{"role": "assistant", "content": blocks}]


def _chat_asked(answers: Answers, rest: Sequence[str]) -> list[Plain]:
    said: list[Plain] = [{"role": "tool", "tool_call_id": id_, "content": _told(result)} for id_, result in answers]
    return [*said, *({"role": "user", "content": text} for text in rest)]


def _chat_answered(texts: Sequence[str], calls: Calls) -> list[Plain]:
    called = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": dump(given).decode()}}
        for id_, name, given in calls
    ]
    said: Plain = {"role": "assistant", "content": "\n".join(texts) or None}
    return [said | ({"tool_calls": called} if called else {})]


def _responses_asked(answers: Answers, rest: Sequence[str]) -> list[Plain]:
    said: list[Plain] = [
        {"type": "function_call_output", "call_id": id_, "output": _told(result)} for id_, result in answers
    ]
    return [
        *said,
        *({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]} for text in rest),
    ]


def _responses_answered(texts: Sequence[str], calls: Calls) -> list[Plain]:
    said: list[Plain] = [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]} for text in texts
    ]
    return [
        *said,
        *(
            {"type": "function_call", "call_id": id_, "name": name, "arguments": dump(given).decode()}
            for id_, name, given in calls
        ),
    ]


_ASKED: Final = {
    "anthropic": _anthropic_asked,
    "openai-chat": _chat_asked,
    "openai-responses": _responses_asked,
}
_ANSWERED: Final = {
    "anthropic": _anthropic_answered,
    "openai-chat": _chat_answered,
    "openai-responses": _responses_answered,
}
