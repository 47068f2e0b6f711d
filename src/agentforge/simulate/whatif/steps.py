"""The requests that a transcript's client sent, put together again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Final

from agentforge.simulate.whatif.known import Scale, Weighed, filler, scale_of, weigh
from agentforge.simulate.whatif.laying import answered, asked, dialect_of, filled
from agentforge.simulate.whatif.threads import Start, Thread, Turn, threads_of
from agentforge.tokens import Counter, counter_for
from agentforge.transcripts import Entry, Transcript
from agentforge.wire import Dialect, Json, Message, Request, Text, Tool, ToolResult, ToolUse, Usage

MOST_OUTPUT: Final = 32_000
UNTOLD_MODEL: Final = "unknown"
_MARKS: Final = {False: Json.of({"type": "ephemeral"}), True: Json.of({"type": "ephemeral", "ttl": "1h"})}
_NO_SCHEMA: Final = Json(b'{"type":"object"}')


@dataclass(frozen=True, slots=True)
class Step:
    """One request, as far as its transcript tells it, and the answer that followed."""

    request: Request
    at: float
    """When it was sent, in seconds."""
    start: Start
    usage: Usage | None
    """What the provider charged for it; None where the transcript does not say."""
    output: int
    """The tokens of its answer: as charged if that is known, else estimated."""
    answer: tuple[Message, ...]
    response: str
    """The provider's id of the answer: the same request may stand in more than one transcript."""


@dataclass(frozen=True, slots=True)
class Session:
    """A thread of a transcript as the requests that made it, and what is known of their weight."""

    id: str
    client: str
    project: str
    subagent: bool
    steps: tuple[Step, ...]
    scale: Scale
    warm: int
    """Tokens of the first request that another session had cached before."""
    answers: Mapping[int, int]
    """The tokens that an answer's message was charged as, by the message's identity."""


def requests_of(transcript: Transcript) -> Iterator[Step]:
    """The requests of every thread of a transcript, one thread after the other."""
    for session in sessions_of(transcript):
        yield from session.steps


def sessions_of(transcript: Transcript) -> list[Session]:
    """The threads of a transcript as sessions: the main one, then each sub-agent's."""
    return [_session(transcript, thread) for thread in threads_of(transcript)]


def _session(transcript: Transcript, thread: Thread) -> Session:
    dialect = dialect_of(transcript)
    model = next((turn.model for turn in thread.turns if turn.model), transcript.model) or UNTOLD_MODEL
    counter = counter_for(model)
    tools = _tools(thread.turns)
    laid = list(_laid(dialect, thread.turns))
    weighed = [
        Weighed(weigh(counter, before), weigh(counter, after), max(turn.usage.output_tokens, 0) if turn.usage else None)
        for turn, (before, after) in zip(thread.turns, laid, strict=True)
    ]
    bare = Request(dialect, model, (), tools=tools)
    frame = counter.weigh(bare).estimate.value
    scale = scale_of(thread.turns, weighed, frame)
    first = thread.turns[0].usage
    warm = max(min(first.cache_read - frame, scale.unseen), 0) if first else 0
    hours = sum(turn.usage.cache_write_1h * 2 > turn.usage.cache_write for turn in thread.turns if turn.usage)
    form = _Form(dialect, transcript.client, tools, _MARKS[hours > 0], counter, scale, warm)
    steps = tuple(_steps(form, thread.turns, laid, weighed, model))
    known = {
        id(after[0]): weight.counted
        for (_, after), weight in zip(laid, weighed, strict=True)
        if weight.counted is not None
    }
    known |= {id(message): 0 for _, after in laid for message in after[1:] if id(after[0]) in known}
    return Session(
        "/".join(filter(None, (transcript.session, thread.name if thread.name not in transcript.session else ""))),
        transcript.client,
        transcript.cwd,
        bool(thread.name),
        steps,
        scale,
        warm,
        known,
    )


def _laid(dialect: Dialect, turns: Sequence[Turn]) -> Iterator[tuple[list[Message], list[Message]]]:
    last: Turn | None = None
    path: list[Turn] = []
    for turn in turns:
        path = path[: turn.keep]
        last = path[-1] if path else None
        yield asked(dialect, turn, last), answered(dialect, turn)
        path.append(turn)


@dataclass(frozen=True, slots=True)
class _Form:
    """What all requests of a thread have in common."""

    dialect: Dialect
    client: str
    tools: tuple[Tool, ...]
    mark: Json
    counter: Counter
    scale: Scale
    warm: int

    def request(self, model: str, messages: Sequence[Message]) -> Request:
        """A request as the client puts it, with its markers."""
        if self.dialect != "anthropic":
            text = filler(self.counter, round(self.scale.unseen / self.scale.slope))
            ahead = filled(self.dialect, text) if text else []
            return Request(self.dialect, model, (*ahead, *messages), tools=self.tools or None, stream=True)
        marked = list(messages)
        for at in range(max(len(marked) - (2 if self.client == "opencode" else 1), 0), len(marked)):
            marked[at] = _marked(marked[at], self.mark)
        return Request(self.dialect, model, tuple(marked), self._system(), self.tools or None, MOST_OUTPUT, stream=True)

    def _system(self) -> tuple[Text, ...] | None:
        """Two blocks, as clients have them: what other sessions may have cached, and the rest."""
        texts = (filler(self.counter, self.warm), filler(self.counter, self.scale.unseen - self.warm))
        return tuple(Text(text, self.mark) for text in texts if text) or None


def _steps(
    form: _Form,
    turns: Sequence[Turn],
    laid: Sequence[tuple[list[Message], list[Message]]],
    weighed: Sequence[Weighed],
    model: str,
) -> Iterator[Step]:
    messages: list[Message] = []
    ends: list[int] = []
    """Where the messages of each turn in view end."""
    now = 0.0
    more = dict(form.scale.more)
    common = form.request(model, ())
    for at, turn, (before, after), weight in zip(count(), turns, laid, weighed, strict=False):
        del messages[ends[turn.keep - 1] if turn.keep else 0 :], ends[turn.keep :]
        if at in more:
            messages += _untold(form, more[at])
        messages += before
        now = max(now, _time(turn))
        request = form.request(turn.model or model, messages)
        # One system prompt for all: it is the same text, and weighs the same.
        request = replace(request, system=common.system)
        yield Step(request, now, turn.start, turn.usage, weight.answered, tuple(after), turn.response)
        messages += after
        ends.append(len(messages))


def _untold(form: _Form, tokens: int) -> list[Message]:
    text = filler(form.counter, round(tokens / form.scale.slope))
    if not text:
        return []
    if form.dialect == "anthropic":
        return [Message("user", (Text(text),))]
    return filled(form.dialect, text)


def _tools(turns: Sequence[Turn]) -> tuple[Tool, ...]:
    """The tools that were called, by name: what else there was to call is in no transcript."""
    names = sorted({entry.name for turn in turns for entry in turn.answer if entry.kind == "tool_call" and entry.name})
    return tuple(Tool(name, input_schema=_NO_SCHEMA) for name in names)


def _marked(message: Message, mark: Json) -> Message:
    blocks = list(message.blocks)
    last = blocks[-1] if blocks else None
    if not isinstance(last, Text | ToolUse | ToolResult):
        return message
    blocks[-1] = replace(last, cache=mark)
    return replace(message, content=tuple(blocks))


def _time(turn: Turn) -> float:
    """When a request was sent: after what was said to the model, before what it said."""
    times = [_seconds(entry) for entry in turn.before] or [_seconds(entry) for entry in turn.answer[:1]]
    return max(times, default=0.0) or max((_seconds(entry) for entry in turn.answer[:1]), default=0.0)


def _seconds(entry: Entry) -> float:
    try:
        return datetime.fromisoformat(entry.at).timestamp() if entry.at else 0.0
    except (ValueError, OverflowError, OSError):
        return 0.0
