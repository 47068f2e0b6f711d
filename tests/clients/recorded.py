"""What the record of a run tells, and what must hold for whatever a client sends."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from agentforge.wire import (
    Dialect,
    Json,
    Request,
    SessionIndex,
    ToolResult,
    chain_of,
    check_bytes,
    decode_request,
    encode_request,
    is_prefix,
)
from clients.driver import Run


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the provider recorded it."""

    line: bytes
    plain: dict[str, Any]

    @property
    def path(self) -> str:
        """Without the query."""
        return self.plain["path"].partition("?")[0]

    @property
    def status(self) -> int:
        """What it was answered with."""
        return self.plain["status"]

    @property
    def usage(self) -> dict[str, Any]:
        """What it was charged, in the dialect's words."""
        return self.plain["usage"]

    @property
    def plain_body(self) -> dict[str, Any]:
        """The body as plain values."""
        return self.plain["body"] or {}

    @property
    def body(self) -> bytes:
        """The body's bytes: as long as the client announced them, or the record is not what was sent."""
        text = Json.of(self.plain["body"]).text
        assert len(text) == int(self.plain["headers"]["content-length"])
        return text


def asked(run: Run) -> list[Asked]:
    """Every request with a body, in order."""
    everything = [Asked(line, Json(line).value) for line in run.record]
    return [one for one in everything if one.plain_body]


def conversation(run: Run) -> list[Asked]:
    """The requests of the conversation itself: they bring tools, and are no question about tokens."""
    return [one for one in asked(run) if one.plain_body.get("tools") and not one.path.endswith("/count_tokens")]


def decoded(requests: list[Asked], dialect: Dialect) -> list[Request]:
    """The requests as values."""
    return [decode_request(dialect, one.body) for one in requests]


def results(request: Request) -> list[ToolResult]:
    """What the tools answered, by the history that a request brings."""
    return [block for message in request.messages for block in message.blocks if isinstance(block, ToolResult)]


def assert_nothing_was_refused(run: Run) -> None:
    assert {one.status for one in asked(run)} == {200}


def assert_understood_losslessly(run: Run, dialect: Dialect) -> None:
    assert asked(run)
    for one in asked(run):
        report = check_bytes(one.line, "record.json")
        assert (report.kind, report.dialect) == ("request", dialect)
        assert (report.differences, report.unknown) == ([], [])
        assert encode_request(decode_request(dialect, one.body)) == one.body


def assert_each_is_a_prefix_of_the_next(requests: list[Request]) -> None:
    assert len(requests) > 1
    for number, (first, second) in enumerate(pairwise(requests), 1):
        assert is_prefix(first, second), f"request {number} does not stand at the start of the next one"
        assert len(first.messages) < len(second.messages)


def recognised(requests: list[Request]) -> list[tuple[str, str]]:
    """What each request is to its session, and which session that is."""
    index = SessionIndex()
    found = [index.recognise(chain_of(one), new_id=f"session {at}") for at, one in enumerate(requests)]
    return [(one.kind, one.session) for one in found]


def assert_one_session(requests: list[Request]) -> None:
    kinds = ["new", *["continued"] * (len(requests) - 1)]
    assert recognised(requests) == [(kind, "session 0") for kind in kinds]
