"""What the simulated model says: turns written in a file, or an agent that fetches what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec

from agentforge.wire import Json
from agentforge.wire.errors import ScriptError

if TYPE_CHECKING:
    import yaml

T = TypeVar("T")
_Whole = Annotated[int, msgspec.Meta(ge=0)]
_Seconds = Annotated[float, msgspec.Meta(ge=0)]

_ERROR_TYPES: Final = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call."""

    name: str
    input: Any = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error the provider gives before the turn succeeds."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 500
    type: str = ""
    """The error's type; empty: the documented one for the status."""
    message: str = "The simulated provider fails here, as its script says"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: _Whole | None = None
    """After so many events of a stream, which ends with the error; None: instead of an answer."""

    @property
    def kind(self) -> str:
        """The error's type."""
        usual = "api_error" if self.status >= 500 else "invalid_request_error"
        return self.type or _ERROR_TYPES.get(self.status, usual)


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
    usage: Mapping[str, Any] | None = field(default_factory=dict)
    """Members of `usage` to report instead of the true ones, null as null; None: there is no usage at all."""
    failures: tuple[Failure, ...] = ()
    """Each is given once; then the turn."""
    wait: _Seconds = 0.0
    """Seconds before the first byte."""
    pace: _Seconds = 0.0
    """Seconds between two events."""
    ping_every: _Whole = 0
    """A ping after every so many events."""
    cut_after: _Whole | None = None
    """The connection breaks after so many events (half-way, when it is no stream); the next try succeeds."""


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that must be in view for a step: the words, and the step whose call brings them."""

    text: str
    of: _Whole
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
    """The answer to requests beside the conversation: titles, summaries, and what brings no tools for a script with."""
    last: str = "Done."
    """The answer when the turns are over."""

    @property
    def said(self) -> tuple[Turn, ...]:
        """Every turn in it."""
        return (*self.turns, *(step.turn for step in self.steps))

    @property
    def uses_tools(self) -> bool:
        """Whether anything in it calls a tool."""
        return any(turn.calls or turn.search is not None for turn in self.said)


DEFAULT: Final = Script(turns=(Turn(text="Hello from the simulated provider."),))


def load_script(text: str, name: str) -> Script:
    """The script in a YAML or JSON text; `ScriptError` names the file and the line of what is wrong in it."""
    import yaml

    try:
        plain = yaml.safe_load(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScriptError(f"not YAML: {error.problem}", where=f"{name}:{line}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ScriptError(f"not YAML: {error}", where=name) from None
    where = f"{name}:1"
    if not isinstance(plain, dict):
        raise ScriptError("expected members such as `turns:` or `steps:`", where=where)
    _only(plain, ("turns", "steps", "aside", "last", "about"), where)
    turns, steps = _list(plain, "turns", where), _list(plain, "steps", where)
    if turns and steps:
        raise ScriptError("a script has `turns:` or `steps:`, not both", where=where)
    lines = _lines(tree, "turns" if turns else "steps", name)
    return Script(
        turns=tuple(_turn(one, where) for one, where in zip(turns, lines, strict=False)),
        steps=tuple(_step(one, at, where) for at, (one, where) in enumerate(zip(steps, lines, strict=False))),
        aside=_convert(plain.get("aside", DEFAULT.aside), str, where),
        last=_convert(plain.get("last", DEFAULT.last), str, where),
    )


def _turn(plain: Any, where: str) -> Turn:
    if isinstance(plain, str):
        return Turn(text=plain)
    _only(plain, _names(Turn), where)
    for call in _list(plain, "calls", where):
        _only(call, _names(Call), where)
    for block in _list(plain, "blocks", where):
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise ScriptError("a block has a `type:`", where=where)
    failures = []
    for failure in _list(plain, "failures", where):
        _only(failure, _names(Failure), where)
        headers = failure.get("headers") or {}
        if not isinstance(headers, dict):
            raise ScriptError("`headers` has names and values", where=where)
        failures.append({**failure, "headers": {str(key): str(value) for key, value in headers.items()}})
    lists = {"calls": plain.get("calls") or (), "blocks": plain.get("blocks") or (), "failures": failures}
    return _convert({**plain, **lists}, Turn, where)


def _step(plain: Any, number: int, where: str) -> Step:
    _only(plain, (*_names(Turn), "needs"), where)
    needs = []
    for one in _list(plain, "needs", where):
        _only(one, _names(Need), where)
        need = _convert(one, Need, where)
        if need.of >= number:
            raise ScriptError(f"`of: {need.of}` is no earlier step; the first one is 0", where=where)
        needs.append(need)
    return Step(_turn({key: value for key, value in plain.items() if key != "needs"}, where), tuple(needs))


def _names(of: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(of))


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


def _convert(plain: Any, to: type[T], where: str) -> T:
    try:
        return msgspec.convert(plain, to, dec_hook=_json)
    except msgspec.ValidationError as error:
        raise ScriptError(str(error).replace("`$.", "`"), where=where) from None


def _json(_: type, plain: Any) -> Json:
    return Json.of(plain)


def _lines(tree: yaml.Node | None, key: str, name: str) -> list[str]:
    """Where each item of a list stands."""
    pairs: list[Any] = tree.value if tree is not None else []
    items: list[yaml.Node] = next((value.value for label, value in pairs if label.value == key), [])
    return [f"{name}:{item.start_mark.line + 1}" for item in items]
