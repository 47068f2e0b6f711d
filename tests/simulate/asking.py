"""Requests as clients send them, and the simulated provider's answers as plain values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentforge.simulate import Provider, Reply, Script, Turn
from agentforge.wire import Assembler, Response, SseDecoder, event_reader

MODEL = "claude-opus-5-5"
UNCHECKED = "claude-opus-5"
OLD = "claude-sonnet-4-5"
KEY = {"x-api-key": "sk-test", "anthropic-version": "2023-06-01"}
OPENAI_KEY = {"authorization": "Bearer sk-test"}
MARKER = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


@dataclass
class Answer:
    """A reply, looked into."""

    reply: Reply
    plain: Any = field(init=False)

    def __post_init__(self) -> None:
        typed = self.reply.headers["content-type"].startswith("application/json")
        self.plain = json.loads(self.reply.body) if typed and self.reply.body and not self.reply.cut else None

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def error(self) -> str:
        assert self.status >= 400, f"accepted: {self.plain}"
        return self.plain["error"]["message"]

    @property
    def usage(self) -> Any:
        assert self.status == 200, self.plain
        return self.plain["usage"] if self.plain else self.reply.usage

    @property
    def charged(self) -> tuple[int, int, int]:
        """Read, written, neither."""
        usage = self.usage
        return usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"], usage["input_tokens"]

    @property
    def prompt(self) -> int:
        return sum(self.charged)

    @property
    def content(self) -> Any:
        assert self.status == 200, self.plain
        return self.plain["content"]

    def streamed(self, dialect: Any = "anthropic") -> Response:
        """The streamed answer, put together again."""
        assembler = Assembler(dialect)
        reader = event_reader(dialect)
        decoder = SseDecoder()
        for event in [*decoder.feed(self.reply.body), *decoder.end()]:
            for part in reader.read(event).parts:
                assembler.add(part)
        return assembler.response()


def provider(*turns: Turn | str, **more: Any) -> Provider:
    """A provider that says these turns."""
    said = tuple(Turn(text=turn) if isinstance(turn, str) else turn for turn in turns)
    return Provider(Script(turns=said), **more)


def body(*messages: Any, **members: Any) -> dict[str, Any]:
    """A Messages request; a string is a user's turn."""
    turns = [user(one) if isinstance(one, str) else one for one in messages or ("hello",)]
    return {"model": MODEL, "max_tokens": 1000, "messages": turns, **members}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": _content(content)}


def assistant(*content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": _content(content)}


def system(*content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "system", "content": _content(content), **more}


def _content(content: tuple[Any, ...]) -> list[Any]:
    return [text(one) if isinstance(one, str) else one for one in content]


def text(words: str, marker: Any = None) -> dict[str, Any]:
    return {"type": "text", "text": words} | ({"cache_control": marker} if marker else {})


def call(id_: str = "toolu_1", name: str = "read", **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id_, "name": name, "input": given}


def result(id_: str = "toolu_1", content: Any = "a result", marker: Any = None) -> dict[str, Any]:
    said = {"type": "tool_result", "tool_use_id": id_, "content": content}
    return said | ({"cache_control": marker} if marker else {})


def tool(name: str = "read", **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"path": {"type": "string", "description": "where it lies"}}}
    return {"name": name, "description": f"The {name} tool.", "input_schema": schema, **more}


def long(tokens: int, word: str = "word") -> str:
    """Words that weigh at least so many tokens for any model."""
    return " ".join([word] * tokens)


def ask(
    of: Provider,
    plain: Any,
    path: str = "/v1/messages",
    *,
    now: float = 0.0,
    betas: str = "",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The provider's answer to a request."""
    if headers is None:
        headers = OPENAI_KEY if path.endswith(("/chat/completions", "/responses")) else KEY
    sent = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
    return Answer(of.handle(method, path, {**headers, **({"anthropic-beta": betas} if betas else {})}, sent, now=now))


def counted(of: Provider, plain: dict[str, Any], **more: Any) -> int:
    """What count_tokens says."""
    bare = {key: value for key, value in plain.items() if key not in ("max_tokens", "stream")}
    answer = ask(of, bare, "/v1/messages/count_tokens", **more)
    assert answer.status == 200, answer.plain
    return answer.plain["input_tokens"]
