"""Cache diagnosis: why a request could not read what an earlier one wrote, told to clients that ask each time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, get_args

from agentforge.simulate.promptcache import Part, Segment
from agentforge.simulate.rendering import Plain

MOST: Final = 10_000
"""Prompts that are remembered."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A prompt as far as its cache entries go."""

    model: str
    segments: tuple[tuple[Part, bytes, int], ...]
    """Part, hash and tokens of each."""
    settings: bytes


def fingerprint(model: str, segments: Sequence[Segment]) -> Fingerprint:
    """The fingerprint of a prompt."""
    told = tuple((one.part, sha256(one.content).digest()[:8], one.tokens) for one in segments)
    return Fingerprint(model, told, b"\0".join(one.settings for one in segments if one.settings))


@dataclass(slots=True)
class Diagnoses:
    """The fingerprints of the requests that opted in, by the id of their answer."""

    _known: OrderedDict[str, Fingerprint] = field(default_factory=OrderedDict)

    def keep(self, message_id: str, of: Fingerprint) -> None:
        """Remembers a request that opted in."""
        self._known[message_id] = of
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def explain(self, previous: object, now: Fingerprint) -> Plain | None:
        """What the answer says under `diagnostics`; None: nothing diverged, or there is nothing to compare with."""
        if previous is None:
            return None
        before = self._known.get(str(previous))
        if before is None:
            return _reason("previous_message_not_found")
        if before.model != now.model:
            return _reason("model_changed", sum(tokens for *_, tokens in before.segments))
        for part in get_args(Part):
            was, is_ = _of(before, part), _of(now, part)
            grown = is_[: len(was)] if part == "messages" else is_
            if was != grown:
                return _reason(f"{part}_changed", _missed(before, now))
        return None if before.settings == now.settings else _reason("unavailable")


def _of(one: Fingerprint, part: Part) -> list[bytes]:
    return [digest for at, digest, _ in one.segments if at == part]


def _missed(before: Fingerprint, now: Fingerprint) -> int:
    """The earlier prompt's tokens from the first divergence on."""
    pairs = zip(before.segments, now.segments, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a[:2] != b[:2]), min(len(before.segments), len(now.segments)))
    return sum(tokens for *_, tokens in before.segments[same:])


def _reason(kind: str, missed: int | None = None) -> Plain:
    reason: Plain = {"type": kind}
    if missed is not None:
        reason["cache_missed_input_tokens"] = missed
    return {"cache_miss_reason": reason}
