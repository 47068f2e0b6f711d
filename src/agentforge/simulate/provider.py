"""The simulated provider without I/O: a request's bytes in, a reply out, everything recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from agentforge.simulate import anthropic_side, openai_side
from agentforge.simulate.promptcache import AutomaticCache, PromptCache
from agentforge.simulate.refusals import Refusal, invalid
from agentforge.simulate.reply import Reply
from agentforge.simulate.script import DEFAULT, Failure, Script, Turn
from agentforge.simulate.seeker import Tally, next_turn
from agentforge.simulate.weighing import Weigher
from agentforge.wire import Dialect, Json
from agentforge.wire.errors import NotJson

SECRET_HEADERS: Final = ("authorization", "x-api-key", "cookie", "proxy-authorization")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it came (keys left out) and what became of it."""

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


@dataclass(slots=True)
class Provider:
    """A provider with a memory: its caches, its script, and every request it got."""

    script: Script = DEFAULT
    enforce_prefix: bool | None = None
    """Whether the signed-thinking check refuses; None: as each model does for new accounts."""
    prompt_cache: PromptCache = field(default_factory=PromptCache)
    automatic_cache: AutomaticCache = field(default_factory=AutomaticCache)
    exchanges: list[Exchange] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    """What the scripted agent had to fetch again."""
    tries: dict[bytes, int] = field(default_factory=dict)
    weighers: dict[tuple[Dialect, str], Weigher] = field(default_factory=dict)
    on_exchange: Callable[[Exchange], None] | None = None
    """Told of every request once it is answered."""

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, now: float) -> Reply:
        """The reply to a request at a time; `target` is path and query."""
        path = target.partition("?")[0].rstrip("/")
        low = {key.lower(): value for key, value in headers.items()}
        reply = self._answer(method.upper(), path, low, body, now)
        shown = {key: "(left out)" if key in SECRET_HEADERS else value for key, value in low.items()}
        start = reply.body if reply.status >= 400 else reply.body[:2000]
        exchange = Exchange(len(self.exchanges) + 1, now, method, target, shown, body, reply.status, reply.usage, start)
        self.exchanges.append(exchange)
        if self.on_exchange:
            self.on_exchange(exchange)
        return reply

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes, now: float) -> Reply:
        openai = openai_side.speaks(path, headers)
        answer, refuse = (
            (openai_side.answer, openai_side.refuse) if openai else (anthropic_side.answer, anthropic_side.refuse)
        )
        request_id = "req_" + sha256(b"%d" % len(self.exchanges) + body).hexdigest()[:24]
        try:
            return answer(self, method, path, headers, body, now, request_id)
        except NotJson as error:
            refusal = invalid(f"The request body is not valid JSON: {error}")
        except Refusal as refused:
            refusal = refused
        return refuse(refusal, request_id)

    def weigher(self, dialect: Dialect, model: str) -> Weigher:
        """The scale for a model."""
        if (dialect, model) not in self.weighers:
            self.weighers[dialect, model] = Weigher(dialect, model)
        return self.weighers[dialect, model]

    def turn_for(self, plain: dict[str, Any], answers: int, *, aside: bool) -> Turn:
        """What the model says to a request that already has so many answers."""
        if aside:
            return Turn(text=self._aside(plain))
        if self.script.steps:
            return next_turn(self.script.steps, plain, self.tally) or Turn(text=self.script.last)
        return self.script.turns[answers] if answers < len(self.script.turns) else Turn(text=self.script.last)

    def failure_for(self, turn: Turn, body: bytes) -> Failure | None:
        """The failure that this try of a request meets, if any; a cut stream counts as a try."""
        key = sha256(body).digest()
        tried = self.tries.get(key, 0)
        if tried < len(turn.failures):
            self.tries[key] = tried + 1
            return turn.failures[tried]
        return None

    def cut_for(self, turn: Turn, body: bytes) -> int | None:
        """After how many events this try breaks off, if it does: only the first one does."""
        key = b"cut" + sha256(body).digest()
        if turn.cut_after is None or key in self.tries:
            return None
        self.tries[key] = 1
        return turn.cut_after

    def _aside(self, plain: dict[str, Any]) -> str:
        schema = ((plain.get("output_config") or {}).get("format") or {}).get("schema")
        return Json.of(_example(schema, self.script.aside)).text.decode() if schema else self.script.aside


def _example(schema: Any, word: str) -> Any:
    """The smallest value that fits a JSON schema."""
    match schema:
        case {"enum": [first, *_]} | {"const": first}:
            return first
        case {"type": "object"}:
            wanted = schema.get("required") or list(schema.get("properties") or ())
            return {name: _example((schema.get("properties") or {}).get(name), word) for name in wanted}
        case {"type": "array"}:
            return []
        case {"type": "integer" | "number"}:
            return 0
        case {"type": "boolean"}:
            return False
        case {"type": "null"}:
            return None
    return word
