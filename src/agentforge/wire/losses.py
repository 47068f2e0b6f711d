"""What one dialect says and the other cannot: the one table of it, and the report that every conversion fills in."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from agentforge.wire.jsontext import Json, dump, load, parse_object, parse_string
from agentforge.wire.usage import UsageForm
from agentforge.wire.values import NOTHING, Usage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LossRule:
    """One lossy spot between two dialects."""

    id: str
    way: Literal["to-chat", "to-anthropic", "both"]
    lost: str
    instead: str
    gone: bool = True
    """False where the words still arrive, in another place or form."""


LOSSES: Final = (
    LossRule("member", "both", "a member that has no counterpart", "it is left out"),
    LossRule("block", "both", "a content block that has no counterpart", "it is left out"),
    LossRule("media-source", "both", "media whose source cannot be said", "it is left out"),
    LossRule("empty-message", "both", "a message of which nothing is left", "it is left out"),
    LossRule("role", "both", "a role that has no counterpart", "the message is sent as the user's", gone=False),
    LossRule("tool-kind", "both", "a tool that is not declared by name and schema", "it is left out"),
    LossRule("tool-choice", "both", "a choice among tools that cannot be said", "the model chooses freely"),
    LossRule(
        "result-order",
        "both",
        "a tool result's place behind other content",
        "results go first, as both providers demand",
        gone=False,
    ),
    LossRule("orphan", "both", "a tool result whose call could not be read", "it is left out like the call"),
    LossRule("stop-reason", "both", "a reason for the end that has no counterpart", "the nearest one is given"),
    LossRule("usage-detail", "both", "a count that has no counterpart", "it is left out"),
    LossRule("stream-event", "both", "an event that says nothing known", "it is left out"),
    LossRule("billing-header", "to-chat", "the client's billing line, meant for Anthropic alone", "it is left out"),
    LossRule("cache-marker", "to-chat", "a cache marker", "it is left out: caching is not asked for there"),
    LossRule("thinking", "both", "reasoning that the provider would not take back", "it is left out"),
    LossRule("signature", "to-chat", "what binds reasoning to its answer", "the reasoning goes on without it"),
    LossRule(
        "text-after-call", "to-chat", "a text's place behind a tool call", "it is put before the calls", gone=False
    ),
    LossRule("text-joined", "to-chat", "the border between two texts", "they become one string", gone=False),
    LossRule(
        "result-media",
        "to-chat",
        "that an image or document belongs to a tool result",
        "it opens the user message behind the results",
        gone=False,
    ),
    LossRule("result-error", "to-chat", "that a tool failed", "its result's words have to tell"),
    LossRule("tool-reference", "to-chat", "a pointer to a tool that a search found", "it is left out"),
    LossRule("deferred", "to-chat", "that a tool is loaded only once it is found", "it is sent like any other"),
    LossRule("document-text", "to-chat", "that a text is a document", "it is sent as a plain text", gone=False),
    LossRule("stop-too-many", "to-chat", "a stop sequence after the fourth", "it is left out: four are allowed"),
    LossRule("cache-write", "to-chat", "how much of the prompt was written to the cache", "it counts as plain input"),
    LossRule(
        "arguments",
        "to-anthropic",
        "arguments that are no JSON object",
        "they are wrapped in one, as the string `_raw`",
        gone=False,
    ),
    LossRule(
        "tool-id", "to-anthropic", "an id with other signs than A-Z a-z 0-9 _ -", "those become _, and a hash ends it"
    ),
    LossRule(
        "system-order",
        "to-anthropic",
        "a later system message's place before the user's turn",
        "it follows that turn, where alone it is allowed",
        gone=False,
    ),
    LossRule("effort", "to-anthropic", "an effort below low", "low is asked for"),
    LossRule("temperature", "to-anthropic", "a temperature above 1", "1 is asked for"),
    LossRule("choice", "to-anthropic", "another choice than the first", "it is left out"),
    LossRule("error-type", "to-anthropic", "a kind of error that has no counterpart", "it is called `api_error`"),
)
"""Everything a conversion between Anthropic Messages and OpenAI Chat may lose. An empty or null member says nothing."""

LOSS_RULES: Final[Mapping[str, LossRule]] = MappingProxyType({rule.id: rule for rule in LOSSES})

_SAYS_NOTHING: Final = (b"", b"null", b"[]", b"{}", b'""')
_FALSE_SAYS_NOTHING: Final = ("is_error", "defer_loading")
_NESTS: Final = ("function", "custom", "message")
_NAME: Final = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that did not come through as it was."""

    rule: str
    where: str
    """The path in what came, as in `messages[2].content[0].cache_control`."""

    def __str__(self) -> str:
        """The loss as one line."""
        rule = LOSS_RULES[self.rule]
        return f"{self.where or '(all)'}: {rule.lost}; {rule.instead}"


class LossReport:
    """Collects the losses of one conversion, each once, in the order they are met."""

    def __init__(self) -> None:
        self._found: dict[Loss, None] = {}

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What was lost so far."""
        return tuple(self._found)

    def add(self, rule: str, where: str) -> None:
        """Take in one loss."""
        assert rule in LOSS_RULES, f"{rule} is no row of the table"
        self._found[Loss(rule, where)] = None

    def add_rest(self, members: Mapping[str, Json], where: str, *, but: Container[str] = ()) -> None:
        """Take in every member that says something, and that nobody took."""
        for key, json in members.items():
            default = json.text == b"false" and key in _FALSE_SAYS_NOTHING
            if key not in but and json.text not in _SAYS_NOTHING and not default:
                self.add("member", at(where, key))

    def bare_usage(self, usage: Usage | None, form: UsageForm) -> Usage | None:
        """The counts without what only their own dialect knows, which is taken in."""
        if usage is None:
            return None
        bare = replace(usage, extra=NOTHING, origin=None)
        ours = load(form.write(bare))
        for key, json in usage.extra.items():
            counts = {at("usage", key): json}
            if json.text[:1] == b"{" and isinstance(ours.get(key), dict):
                known = ours[key]
                inner = members(json).items()
                counts = {at(at("usage", key), name): count for name, count in inner if known.get(name) != count.value}
            for place, count in counts.items():
                if count.text not in (*_SAYS_NOTHING, b"0"):
                    self.add("usage-detail", place)
        return bare


def at(where: str, key: str) -> str:
    """The path of a member."""
    head, slash, inner = key.partition("/")
    if slash and head in _NESTS:
        return at(at(where, head), inner)
    if not _NAME.fullmatch(key):
        return f"{where}[{dump(key).decode()}]"
    return f"{where}.{key}" if where else key


# What is known is taken out of the members of a value, one by one; the rest is reported.


def take(left: dict[str, Json], key: str, kind: type[T]) -> T | None:
    """The member if it is of that kind, taken out; else it stays, to be reported."""
    json = left.get(key)
    if json is None or not json.text or not isinstance(json.value, kind):
        return None
    del left[key]
    value: T = json.value
    return value


def take_members(left: dict[str, Json], key: str) -> dict[str, Json] | None:
    """The members of a member that is an object, taken out."""
    json = left.get(key)
    if json is None or json.text[:1] != b"{":
        return None
    del left[key]
    return members(json)


def members(json: Json | None) -> dict[str, Json]:
    """The members of an object; none of anything else."""
    if json is None or json.text[:1] != b"{":
        return {}
    return {key: Json(text) for key, text in parse_object(json.text).items()}


def string(inside: Mapping[str, Json], key: str) -> str | None:
    """The member if it is a string."""
    json = inside.get(key)
    return parse_string(json.text) if json is not None and json.text[:1] == b'"' else None


def number(inside: Mapping[str, Json], key: str) -> int | float | None:
    """The member if it is a number."""
    json = inside.get(key)
    plain = json.value if json is not None and json.text else None
    return plain if isinstance(plain, int | float) and not isinstance(plain, bool) else None


def json_object(inside: Mapping[str, Json]) -> Json:
    """The object of these members, each in the text it came as."""
    return Json(b"{%s}" % b",".join(dump(key) + b":" + json.text for key, json in inside.items()))
