"""What the model and the gateway said to each other inside one answer: the client never sees it, the model always does.

The model may call a tool that is the gateway's own. The gateway answers it, and the client gets one answer without the
call. From then on the history that the client sends lacks that turn: it is put back before the request goes out, or the
provider would see another conversation than the one it cached and signed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

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
MOST_ANSWERS: Final = 8
"""To the same words."""
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
    calls: tuple[str, ...] = ()
    """The ids of the client's calls in the end: the same words may be answered more than once."""
    thought: tuple[int, ...] = ()
    """Where in the end the model's thinking stood, as `places` are counted: not every client keeps it."""

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
            "calls": list(self.calls),
            "thought": list(self.thought),
        }


def aside_of(plain: Mapping[str, Any]) -> Aside:
    """The aside that was written down."""
    dialect: Dialect = plain["dialect"]

    def read(messages: Sequence[object]) -> tuple[Message, ...]:
        return tuple(decode_message(dialect, Json.of(message).text) for message in messages)

    ours = read([plain["ours"]])[0] if plain["ours"] else None
    rounds = tuple(read(turn) for turn in plain["rounds"])
    places, calls, thought = (tuple(plain[name]) for name in ("places", "calls", "thought"))
    return Aside(rounds, places, ours, read(plain["results"]), dialect, calls, thought)


def is_search(block: Block) -> bool:
    """Whether a block is a search of the provider's own for tools, or what it found."""
    if not isinstance(block, Other):
        return False
    if block.type == "server_tool_use":
        return str(block.body.value.get("name")).startswith(_SEARCH)
    return block.type == "tool_search_tool_result"


def is_blank(block: Block) -> bool:
    """Whether a block says nothing: clients leave such a text out of what they send back."""
    return isinstance(block, Text) and not block.text.strip()


class Asides:
    """The asides of all sessions, each by its project and the link of the last message the client had sent."""

    def __init__(self) -> None:
        self._known: Memory[tuple[Aside, ...]] = Memory(REMEMBERED_BYTES)

    def put(self, project: str, link: str, aside: Aside) -> None:
        """Remembers what was said in the answer to that message."""
        place = _place(project, link)
        # The same words were answered before, in another session or at another try.
        others = [one for one in self._known.get(place) or () if one != aside][1 - MOST_ANSWERS :]
        self._known.put(place, (*others, aside), size=sum(map(_size, (*others, aside))))

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
            known: Sequence[Aside] = ()
            if message.role == "assistant" and at:
                known = self._known.get(_place(project, links[at - 1])) or ()
            # The latest first, and those first that say more of what the client got.
            likely = [aside for aside in reversed(known) if aside.dialect == request.dialect]
            likely.sort(key=lambda aside: not aside.rounds)
            told = (_told(message, aside) for aside in likely)
            found = next((one for one in told if one is not None), None)
            if found is None:
                messages.append(message)
                continue
            changed = True
            messages += found.said
            if request.dialect == "openai-chat":
                messages += found.results
            else:
                results = found.results
        return replace(request, messages=tuple(messages)) if changed else request


class _Told(NamedTuple):
    """An answer as the model gave it."""

    said: tuple[Message, ...]
    results: tuple[Message, ...]
    """What our calls in its end are answered, before the client's results."""


def _told(message: Message, aside: Aside) -> _Told | None:
    """The whole answer, by what the client has of it; None: it is another answer."""
    calls = tuple(block.id for block in message.blocks if isinstance(block, ToolUse))
    if not {*calls} <= {*aside.calls} or (not aside.rounds and calls != aside.calls):
        return None
    if aside.dialect == "openai-chat":
        end = _end_in_chat(message, aside)
        return None if end is None else _Told((*(said for turn in aside.rounds for said in turn), end), aside.results)
    rounds: list[Message] = []
    echo = deque(message.blocks)
    has_thought = any(isinstance(block, Thinking) for block in echo)
    for said, *answers in aside.rounds:
        kept = [one for one in said.blocks if is_search(one) or isinstance(one, ToolUse) or _echoed(one, echo)]
        gone = [one for one in said.blocks if one not in kept]
        if any(has_thought or not isinstance(one, Thinking) for one in gone):
            return None
        rounds += [replace(said, content=tuple(kept)) if gone else said, *answers]
    return _Told((*rounds, replace(message, content=_with_ours(tuple(echo), aside))), aside.results)


def _echoed(block: Block, echo: deque[Block]) -> bool:
    """Whether the client still has a block, which is taken off what it has; a blank one it need not."""
    if is_blank(block):
        if echo and is_blank(echo[0]):
            echo.popleft()
        return True
    same = bool(echo) and _same(echo[0], block)
    if same:
        echo.popleft()
    return same


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
    dropped = () if any(isinstance(block, Thinking) for block in blocks) else aside.thought
    for place, block in zip(aside.places, aside.ours.blocks if aside.ours else (), strict=True):
        counted = place - sum(thought < place for thought in dropped)
        solid = [at for at, one in enumerate(whole) if not is_blank(one)]
        whole.insert(solid[counted] if counted < len(solid) else len(whole), block)
    return tuple(whole)


def _same(one: Block, other: Block) -> bool:
    """Whether the client echoes a block it got; it may have set a cache marker since, or cut blanks off."""
    match one, other:
        case Text(), Text():
            return one.text.strip() == other.text.strip()
        case Thinking(), Thinking():
            return (one.text, one.signature) == (other.text, other.signature)
    return one == other


def _place(project: str, link: str) -> bytes:
    return f"{project}\0{link}".encode()


def _size(aside: Aside) -> int:
    said = [message for turn in aside.rounds for message in turn]
    said += [*aside.results, *([aside.ours] if aside.ours else [])]
    return sum(len(encode_message(aside.dialect, message)) for message in said)
