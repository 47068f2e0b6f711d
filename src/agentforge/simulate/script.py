"""What the simulated model says: turns written in a file, or an agent that fetches what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agentforge.wire import Json
from agentforge.wire.errors import ScriptError


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call."""

    name: str
    input: Any = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error the provider gives before the turn succeeds."""

    status: int
    type: str = "api_error"
    message: str = "Internal server error"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer, and how it is delivered."""

    thinking: str | None = None
    text: str | None = None
    calls: tuple[Call, ...] = ()
    blocks: tuple[Json, ...] = ()
    """Blocks of any type, as they stand, behind the others."""
    search: str | None = None
    """A query to the provider's own tool search, where the request has it."""
    stop_reason: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    """Members of `usage` to report instead of the true ones; null is reported as null."""
    failures: tuple[Failure, ...] = ()
    """Given one after the other to the same request; then the turn."""
    wait: float = 0.0
    """Seconds before the first byte."""
    pace: float = 0.0
    """Seconds between two events."""
    ping_every: int = 0
    """A ping after every so many events."""
    cut_after: int | None = None
    """The connection breaks after so many events; the next try succeeds."""


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that must be in view for a step: the words, and the step whose call brings them."""

    text: str
    of: int
    hint: str = ""
    """What the agent would look for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the scripted agent."""

    turn: Turn
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """All that the simulated model will say."""

    turns: tuple[Turn, ...] = ()
    """By the number of answers the conversation already has."""
    steps: tuple[Step, ...] = ()
    """Instead of turns: the agent that goes on only with what it needs in view."""
    aside: str = "ok"
    """The answer to requests beside the conversation: titles and the like, which bring no tools."""
    last: str = "Done."
    """The answer when the turns are over."""


DEFAULT: Final = Script(turns=(Turn(text="Hello from the simulated provider."),))


def load_script(text: str, name: str) -> Script:
    """The script in a YAML or JSON text."""
    import yaml

    try:
        plain = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScriptError(f"not YAML: {error.problem}", where=f"{name}:{line}") from None
    except yaml.YAMLError as error:
        raise ScriptError(f"not YAML: {error}", where=name) from None
    if not isinstance(plain, dict):
        raise ScriptError("expected members such as `turns:` or `steps:`", where=name)
    _only(plain, ("turns", "steps", "aside", "last", "about"), name)
    return Script(
        turns=tuple(_turn(one, f"{name}: turns[{at}]") for at, one in enumerate(_list(plain, "turns", name))),
        steps=tuple(_step(one, at, f"{name}: steps[{at}]") for at, one in enumerate(_list(plain, "steps", name))),
        aside=str(plain.get("aside", "ok")),
        last=str(plain.get("last", "Done.")),
    )


_TURN: Final = (
    "thinking",
    "text",
    "calls",
    "blocks",
    "search",
    "stop_reason",
    "usage",
    "failures",
    "wait",
    "pace",
    "ping_every",
    "cut_after",
)


def _turn(plain: Any, where: str) -> Turn:
    if isinstance(plain, str):
        return Turn(text=plain)
    _only(plain, _TURN, where)
    try:
        return Turn(
            thinking=plain.get("thinking"),
            text=plain.get("text"),
            calls=tuple(Call(**one) for one in _list(plain, "calls", where)),
            blocks=tuple(Json.of(one) for one in _list(plain, "blocks", where)),
            search=plain.get("search"),
            stop_reason=plain.get("stop_reason"),
            usage=plain.get("usage") or {},
            failures=tuple(Failure(**one) for one in _list(plain, "failures", where)),
            wait=float(plain.get("wait", 0)),
            pace=float(plain.get("pace", 0)),
            ping_every=int(plain.get("ping_every", 0)),
            cut_after=None if plain.get("cut_after") is None else int(plain["cut_after"]),
        )
    except (TypeError, ValueError) as error:
        raise ScriptError(str(error), where=where) from None


def _step(plain: Any, number: int, where: str) -> Step:
    if not isinstance(plain, dict):
        raise ScriptError("expected a step with `needs:` and the members of a turn", where=where)
    needs = []
    for one in _list(plain, "needs", where):
        if not isinstance(one, dict) or not isinstance(one.get("text"), str) or not isinstance(one.get("of"), int):
            raise ScriptError("a need has `text:` and `of:`, the number of the step that brings it", where=where)
        if not 0 <= one["of"] < number:
            raise ScriptError(f"`of: {one['of']}` is no earlier step", where=where)
        needs.append(Need(one["text"], one["of"], str(one.get("hint", ""))))
    turn = _turn({key: value for key, value in plain.items() if key != "needs"}, where)
    return Step(turn, tuple(needs))


def _only(plain: Any, allowed: tuple[str, ...], where: str) -> None:
    if not isinstance(plain, dict):
        raise ScriptError(f"expected members out of: {', '.join(allowed)}", where=where)
    if unknown := [str(key) for key in plain if key not in allowed]:
        raise ScriptError(f"{', '.join(unknown)}: not known here; there are: {', '.join(allowed)}", where=where)


def _list(plain: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = plain.get(key) or []
    if not isinstance(value, list):
        raise ScriptError(f"`{key}` is a list", where=where)
    return value
