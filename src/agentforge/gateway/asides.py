"""What the model and the gateway said to each other inside one answer: the client never sees it, the model always does.

The model may call a tool that is the gateway's own. The gateway answers it, and the client gets one answer without the
call. From then on the history that the client sends lacks that turn: it is put back before the request goes out, or the
provider would see another conversation than the one it cached and signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from agentforge.wire import (
    Block,
    Dialect,
    Json,
    Message,
    Other,
    Request,
    Text,
    Thinking,
    ToolUse,
    decode_message,
    encode_message,
)
from agentforge.wire.memory import Memory
from agentforge.wire.stream import CHAT_REASONING

REMEMBERED_BYTES: Final = 64 << 20
BETWEEN: Final = "\n\n"
"""Between what was said in two turns, where a dialect has one text for both."""
_SEARCH: Final = "tool_search_tool_"


@dataclass(frozen=True, slots=True)
class Aside:
    """The turns inside one answer, and what of its end was the gateway's."""

    rounds: tuple[tuple[Message, ...], ...] = ()
    """What the model said that called our tools and no others, and what it was answered."""
    places: tuple[int, ...] = ()
    """Where in the end of the answer, which calls the client's tools too, ours stood; in Chat among the calls,"""
    ours: Message | None = None
    """that itself,"""
    results: tuple[Message, ...] = ()
    """and what our calls are answered, before the client's results."""
    dialect: Dialect = "anthropic"

    @property
    def shown(self) -> tuple[Block, ...]:
        """What the client saw of the rounds."""
        said = (block for turn in self.rounds for block in turn[0].blocks)
        return tuple(block for block in said if not isinstance(block, ToolUse) and not is_search(block))

    def plain(self) -> dict[str, Any]:
        """As JSON values."""

        def told(messages: Sequence[Message]) -> list[Any]:
            return [Json(encode_message(self.dialect, message)).value for message in messages]

        return {
            "dialect": self.dialect,
            "rounds": [told(turn) for turn in self.rounds],
            "places": list(self.places),
            "ours": told((self.ours,))[0] if self.ours else None,
            "results": told(self.results),
        }


def aside_of(plain: Mapping[str, Any]) -> Aside:
    """The aside that was written down."""
    dialect: Dialect = plain["dialect"]

    def read(messages: Sequence[object]) -> tuple[Message, ...]:
        return tuple(decode_message(dialect, Json.of(message).text) for message in messages)

    ours = read([plain["ours"]])[0] if plain["ours"] else None
    rounds = tuple(read(turn) for turn in plain["rounds"])
    return Aside(rounds, tuple(plain["places"]), ours, read(plain["results"]), dialect)


def is_search(block: Block) -> bool:
    """Whether a block is a search of the provider's own for tools, or what it found."""
    if not isinstance(block, Other):
        return False
    if block.type == "server_tool_use":
        return str(block.body.value.get("name")).startswith(_SEARCH)
    return block.type == "tool_search_tool_result"


class Asides:
    """The asides of all sessions, each by its project and the link of the last message the client had sent."""

    def __init__(self) -> None:
        self._known: Memory[Aside] = Memory(REMEMBERED_BYTES)

    def put(self, project: str, link: str, aside: Aside) -> None:
        """Remembers what was said in the answer to that message."""
        self._known.put(_place(project, link), aside, size=_size(aside))

    def restore(self, request: Request, links: Sequence[str], project: str) -> Request:
        """The request with every turn the client did not see; `links` are those of its messages as the client sent it.

        An answer that the client did not keep as it got it is left alone: it is another conversation then.
        """
        if not len(self._known):
            return request
        messages: list[Message] = []
        results: tuple[Message, ...] = ()
        changed = False
        for at, message in enumerate(request.messages):
            if results and message.role == "user":
                first = [block for result in results for block in result.blocks]
                messages.append(replace(message, content=(*first, *message.blocks)))
                results = ()
                continue
            aside = None
            if message.role == "assistant" and at:
                aside = self._known.get(_place(project, links[at - 1]))
            end = None if aside is None or aside.dialect != request.dialect else _end(message, aside)
            if aside is None or end is None:
                messages.append(message)
                continue
            changed = True
            messages += [said for turn in aside.rounds for said in turn]
            messages.append(end)
            if request.dialect == "openai-chat":
                messages += aside.results
            else:
                results = aside.results
        return replace(request, messages=tuple(messages)) if changed else request


def _end(message: Message, aside: Aside) -> Message | None:
    """The end of the answer: what the client has of it, and what is ours where it stood; None: it is another answer."""
    if not aside.rounds and not aside.places:
        return message
    if aside.dialect == "openai-chat":
        return _end_in_chat(message, aside)
    shown = aside.shown
    if len(message.blocks) < len(shown) or not all(map(_same, message.blocks, shown)):
        return None
    return replace(message, content=_with_ours(message.blocks[len(shown) :], aside))


def _end_in_chat(message: Message, aside: Aside) -> Message | None:
    """Chat's message has the words of all turns in one text, and its calls beside them."""
    said: list[Block] = [block for block in message.blocks if not isinstance(block, ToolUse)]
    calls = _with_ours([block for block in message.blocks if isinstance(block, ToolUse)], aside)
    shown = BETWEEN.join(block.text for block in aside.shown if isinstance(block, Text) and block.text)
    if shown:
        first = said[0] if said else None
        if not isinstance(first, Text) or not first.text.startswith(shown):
            return None
        rest = first.text[len(shown) :].removeprefix(BETWEEN)
        said[:1] = [replace(first, text=rest)] if rest or not calls else []
    extra = dict(message.extra)
    thought = extra.get(CHAT_REASONING)
    before = "".join(turn[0].extra[CHAT_REASONING].value for turn in aside.rounds if CHAT_REASONING in turn[0].extra)
    if before and thought is not None and isinstance(thought.value, str) and thought.value.startswith(before):
        rest = thought.value[len(before) :]
        extra = {key: value for key, value in extra.items() if key != CHAT_REASONING}
        extra |= {CHAT_REASONING: Json.of(rest)} if rest else {}
    return replace(message, content=(*said, *calls), extra=extra)


def _with_ours(blocks: Sequence[Block], aside: Aside) -> tuple[Block, ...]:
    whole = list(blocks)
    for place, block in zip(aside.places, aside.ours.blocks if aside.ours else (), strict=True):
        whole.insert(place, block)
    return tuple(whole)


def _same(one: Block, other: Block) -> bool:
    """Whether the client echoes a block it got; it may have set a cache marker since."""
    match one, other:
        case Text(), Text():
            return one.text == other.text
        case Thinking(), Thinking():
            return (one.text, one.signature) == (other.text, other.signature)
    return one == other


def _place(project: str, link: str) -> bytes:
    return f"{project}\0{link}".encode()


def _size(aside: Aside) -> int:
    said = [message for turn in aside.rounds for message in turn]
    said += [*aside.results, *([aside.ours] if aside.ours else [])]
    return sum(len(encode_message(aside.dialect, message)) for message in said)
