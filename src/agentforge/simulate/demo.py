"""The demonstration: a recorded coding session played against the simulated provider, priced turn by turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

from agentforge.simulate.provider import Provider
from agentforge.simulate.rendering import Plain
from agentforge.simulate.script import Call, Script, Turn
from agentforge.tokens import Cost, cost
from agentforge.wire import Json, Usage, decode_response

SECONDS_A_TURN: Final = 20.0
_KEPT: Final = 3
_MARKER: Final = {"type": "ephemeral"}
_HEADERS: Final = {"x-api-key": "demonstration", "anthropic-version": "2026-10-21"}

Treatment = Callable[[list[Plain]], list[Plain]]
"""What a client or gateway does to the messages before it sends them."""


@dataclass(frozen=True, slots=True)
class Played:
    """One turn as it was charged."""

    turn: int
    did: str
    """What the model did."""
    usage: Usage
    cost: Cost


@dataclass(frozen=True, slots=True)
class Playthrough:
    """A session played to its end, or to the turn at which the provider refused."""

    name: str
    model: str
    turns: tuple[Played, ...]
    refused: str | None = None

    @property
    def peak(self) -> int:
        """The longest prompt."""
        return max((played.usage.prompt for played in self.turns), default=0)

    @property
    def dollars(self) -> Decimal | None:
        """The whole bill; None where a price is not known."""
        totals = [played.cost.total for played in self.turns]
        return None if None in totals else sum((total for total in totals if total is not None), Decimal(0))


def demonstrate() -> list[Playthrough]:
    """The recorded session as a careful client sends it, and under three treatments of its context."""
    session: Plain = Json(files("agentforge.simulate").joinpath("data/session.json").read_bytes()).value
    return [
        play(session, "cached, as its client sends it", rolling_marker),
        play(session, "without cache markers", list),
        play(session, "old results cleared every turn", _cleared),
        play(session, "the same, unchecked by the model", _cleared, enforce_prefix=False),
    ]


def play(session: Plain, name: str, treat: Treatment, *, enforce_prefix: bool | None = None) -> Playthrough:
    """The session, sent turn by turn as the treatment leaves it."""
    turns: Sequence[Plain] = session["turns"]
    provider = Provider(Script(turns=tuple(_turn(one) for one in turns)), enforce_prefix)
    messages: list[Plain] = [{"role": "user", "content": [{"type": "text", "text": session["prompt"]}]}]
    played: list[Played] = []
    for number, turn in enumerate(turns, 1):
        body = {
            "model": session["model"],
            "max_tokens": 32_000,
            "system": [{"type": "text", "text": session["system"], "cache_control": _MARKER}],
            "tools": session["tools"],
            "messages": treat(messages),
        }
        if treat is list:
            del body["system"][0]["cache_control"]
        reply = provider.handle("POST", "/v1/messages", _HEADERS, Json.of(body).text, now=number * SECONDS_A_TURN)
        answer = Json(reply.body).value
        if reply.status != 200:
            return Playthrough(name, session["model"], tuple(played), f"turn {number}: {answer['error']['message']}")
        usage = decode_response("anthropic", reply.body).usage or Usage()
        played.append(Played(number, _did(turn), usage, cost(usage, session["model"])))
        messages.append({"role": "assistant", "content": answer["content"]})
        messages.append({"role": "user", "content": list(_results(turn, answer["content"]))})
    return Playthrough(name, session["model"], tuple(played))


def rolling_marker(messages: list[Plain]) -> list[Plain]:
    """The messages with a cache marker on the last block, as coding agents send them."""
    *before, last = messages
    *blocks, block = last["content"]
    return [*before, {**last, "content": [*blocks, {**block, "cache_control": _MARKER}]}]


def _cleared(messages: list[Plain]) -> list[Plain]:
    results = [
        (at, place)
        for at, message in enumerate(messages)
        for place, block in enumerate(message["content"])
        if block["type"] == "tool_result"
    ]
    gone = set(results[:-_KEPT])
    return rolling_marker(
        [
            {
                **message,
                "content": [
                    {**block, "content": "[cleared]"} if (at, place) in gone else block
                    for place, block in enumerate(message["content"])
                ],
            }
            for at, message in enumerate(messages)
        ]
    )


def _turn(plain: Mapping[str, Any]) -> Turn:
    calls = tuple(Call(call["name"], call["input"]) for call in plain.get("calls") or ())
    return Turn(thinking=plain.get("thinking") or None, text=plain.get("text") or None, calls=calls)


def _did(plain: Mapping[str, Any]) -> str:
    calls = [call["name"] for call in plain.get("calls") or ()]
    return (
        ", ".join(f"{name} x{calls.count(name)}" if calls.count(name) > 1 else name for name in dict.fromkeys(calls))
        or "answers"
    )


def _results(turn: Mapping[str, Any], content: Sequence[Plain]) -> list[Plain]:
    ids = [block["id"] for block in content if block["type"] == "tool_use"]
    return [
        {"type": "tool_result", "tool_use_id": id_, "content": call["result"]}
        | ({"is_error": True} if call.get("is_error") else {})
        for id_, call in zip(ids, turn.get("calls") or (), strict=True)
    ] or [{"type": "text", "text": "Thank you."}]
