"""What a thread's requests weighed: our estimates, set to what the provider charged for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentforge.simulate.whatif.threads import Turn
from agentforge.tokens import Counter, Method
from agentforge.wire import Message

BELIEVABLE: Final = (0.4, 2.5)
"""Charged per estimated token: outside of it the transcript does not tell what was sent."""
LARGEST: Final = 1_000_000
"""Tokens that may stand untold: no window holds more, so a transcript that tells of more is wrong."""
_WORD: Final = " the"


@dataclass(frozen=True, slots=True)
class Scale:
    """How estimates become charges, for one thread."""

    method: Method = "estimated"
    slope: float = 1.0
    """Tokens charged for one estimated, of what is said to the model; its answers are counted by the provider."""
    unseen: int = 0
    """Tokens of the first request that its transcript does not tell: system prompt and tools."""
    more: tuple[tuple[int, int], ...] = ()
    """The turns that follow a compaction, and the tokens that stood there untold."""

    def charged(self, estimated: int) -> int:
        """The tokens that an estimate is charged as."""
        return round(estimated * self.slope)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A turn's weights as they were estimated, and its answer's as it was charged, if that is known."""

    asked: int
    answer: int
    counted: int | None

    @property
    def answered(self) -> int:
        """The best that is known of the answer."""
        return self.answer if self.counted is None else self.counted


def weigh(counter: Counter, messages: Sequence[Message]) -> int:
    """The estimate of messages."""
    return sum(counter.message(message).count.value for message in messages)


def scale_of(turns: Sequence[Turn], weighed: Sequence[Weighed], frame: int) -> Scale:
    """The scale that brings a thread's estimates nearest to what was charged; `frame` is around every request."""
    if not any(turn.usage for turn in turns):
        return Scale()
    slope = _slope(turns, weighed)
    unseen: int | None = None
    more: list[tuple[int, int]] = []
    told = 0
    for at, (turn, weight) in enumerate(zip(turns, weighed, strict=True)):
        told = round(weight.asked * slope) + (0 if turn.start == "compacted" else told)
        if turn.usage is not None and (unseen is None or turn.start == "compacted"):
            untold = min(max(turn.usage.prompt - frame - told, 0), LARGEST)
            if unseen is None:
                unseen = untold
            elif untold > unseen:
                more.append((at, untold - unseen))
        told += weight.answered
    return Scale("calibrated", slope, unseen or 0, tuple(more))


def _slope(turns: Sequence[Turn], weighed: Sequence[Weighed]) -> float:
    """Charged over estimated, for all that was added to the thread between two requests that were charged."""
    charged = estimated = 0
    for last, turn, before, now in zip(turns, turns[1:], weighed, weighed[1:], strict=False):
        if turn.start != "continued" or last.usage is None or turn.usage is None:
            continue
        grown = turn.usage.prompt - last.usage.prompt - before.answered
        low, high = BELIEVABLE
        if low * now.asked <= grown <= high * now.asked:
            charged += grown
            estimated += now.asked
    return charged / estimated if estimated else 1.0


def filler(counter: Counter, tokens: int) -> str:
    """A text that weighs so many tokens, or one less."""
    if tokens <= 0:
        return ""
    tokens = min(tokens, LARGEST)
    text = "the"
    words = tokens
    for _ in range(3):
        text = (_WORD * words).strip()
        words = max(words * tokens // max(counter.text(text).value, 1), 1)
    while counter.text(text).value < tokens:
        text += _WORD
    while len(text) > len(_WORD) and counter.text(text).value > tokens:
        text = text.removesuffix(_WORD)
    return text
