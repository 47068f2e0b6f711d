"""The simulated provider without I/O: a request's bytes in, a reply out, everything recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from agentforge.simulate import anthropic_side, openai_side
from agentforge.simulate.diagnosis import Diagnoses
from agentforge.simulate.discretion import shown_headers, shown_target
from agentforge.simulate.promptcache import AutomaticCache, PromptCache
from agentforge.simulate.reply import Refusal, Reply, invalid
from agentforge.simulate.script import DEFAULT, Failure, Script, Turn
from agentforge.simulate.seeker import Tally, next_turn
from agentforge.wire import Dialect, decode_request
from agentforge.wire.errors import WireError

KEPT_BYTES: Final = 512 * 1024 * 1024
"""Of requests to look at: the oldest go first."""
_ITSELF: Final = 2048
"""What an exchange takes beside its texts, about."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it came (what may be a key left out) and what became of it."""

    number: int
    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    usage: Mapping[str, Any] | None
    answered: bytes
    """The first bytes of the reply's body; all of it for an error."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the script has for a request, and how this try of it goes."""

    turn: Turn
    failure: Failure | None = None
    cut: bool = False


@dataclass(slots=True)
class Provider:
    """A provider with a memory: its caches, its script, and every request it got."""

    script: Script = DEFAULT
    enforce_prefix: bool | None = None
    """Whether the signed-thinking check refuses; None: as each model does for new accounts."""
    prompt_cache: PromptCache = field(default_factory=PromptCache)
    automatic_cache: AutomaticCache = field(default_factory=AutomaticCache)
    diagnoses: Diagnoses = field(default_factory=Diagnoses)
    exchanges: list[Exchange] = field(default_factory=list)
    answered: int = 0
    """Requests so far, also those that are no longer kept."""
    tally: Tally = field(default_factory=Tally)
    """What the scripted agent had to fetch again."""
    on_exchange: Callable[[Exchange], None] | None = None
    """Told of every request once it is answered."""
    _tries: dict[tuple[str, int], int] = field(default_factory=dict)
    _kept: int = 0

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, now: float) -> Reply:
        """The reply to a request at a time; `target` is path and query."""
        path = target.partition("?")[0].rstrip("/")
        low = {key.lower(): value for key, value in headers.items()}
        reply = self._answer(method.upper(), path, low, body, now)
        self.answered += 1
        start = reply.body if reply.status >= 400 else reply.body[:2000]
        exchange = Exchange(
            self.answered,
            now,
            method,
            shown_target(target),
            shown_headers(low),
            body,
            reply.status,
            reply.usage,
            start,
        )
        self._keep(exchange)
        if self.on_exchange:
            self.on_exchange(exchange)
        return reply

    def says(self, dialect: Dialect, body: bytes, answers: int, *, account: str, aside: str | None) -> Said:
        """What the model says to a request that already has so many answers; `aside` where it is none of the script."""
        if aside is not None:
            return Said(Turn(text=aside))
        taken = next_turn(self.script.steps, decode_request(dialect, body)) if self.script.steps else None
        if taken is not None:
            turn = taken.turn
        elif answers < len(self.script.turns):
            turn = self.script.turns[answers]
        else:
            turn = Turn(text=self.script.last)
        said = self._tried(turn, (account, answers))
        if taken is not None and said.failure is None:
            self.tally.count(taken, sha256(body).digest())
        return said

    def _tried(self, turn: Turn, where: tuple[str, int]) -> Said:
        """This try of a turn: its failures come first, then the cut, and then it succeeds for good."""
        if not turn.failures and turn.cut_after is None:
            return Said(turn)
        tried = self._tries.get(where, 0)
        if tried > len(turn.failures):
            return Said(turn)
        self._tries[where] = tried + 1
        if tried < len(turn.failures):
            return Said(turn, failure=turn.failures[tried])
        return Said(turn, cut=turn.cut_after is not None)

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes, now: float) -> Reply:
        openai = openai_side.speaks(path, headers)
        answer, refuse = (
            (openai_side.answer, openai_side.refuse) if openai else (anthropic_side.answer, anthropic_side.refuse)
        )
        request_id = "req_" + sha256(b"%d" % self.answered + body).hexdigest()[:24]
        try:
            return answer(self, method, path, headers, body, now, request_id)
        except Refusal as refused:
            refusal = refused
        except WireError as error:
            refusal = invalid(f"The request body is not valid: {error}")
        except RecursionError:
            refusal = invalid("The request body is not valid: nested too deeply")
        return refuse(refusal, request_id)

    def _keep(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self._kept += _room(exchange)
        while self._kept > KEPT_BYTES and len(self.exchanges) > 1:
            self._kept -= _room(self.exchanges.pop(0))


def _room(exchange: Exchange) -> int:
    headers = sum(len(name) + len(value) for name, value in exchange.headers.items())
    return _ITSELF + len(exchange.body) + len(exchange.answered) + len(exchange.path) + headers
