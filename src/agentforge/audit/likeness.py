"""Texts that say nearly the same, found among thousands without comparing each with each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from heapq import nsmallest
from itertools import combinations
from typing import Final

_WORD: Final = re.compile(r"\w+")
_SHINGLE: Final = 3
_SKETCH: Final = 8
"""The smallest hashes of a text stand for it. Texts that share 60 % of their shingles share one of these but for 7 in
10,000 times, as each of the smallest of both is in both with that chance."""
_CROWD: Final = 200
"""A hash that more texts share is boilerplate; pairs that share more than it meet through others."""


def pairs_alike(texts: Sequence[str], *, least: float = 0.6) -> Iterator[tuple[int, int, float]]:
    """The pairs whose shingles of three words overlap at least so much (Jaccard), by position, with the share."""
    shingles = [_shingles(text) for text in texts]
    sharers: dict[int, list[int]] = defaultdict(list)
    for at, own in enumerate(shingles):
        for smallest in nsmallest(_SKETCH, own):
            sharers[smallest].append(at)
    met = {pair for members in sharers.values() if len(members) <= _CROWD for pair in combinations(members, 2)}
    for one, other in sorted(met):
        share = len(shingles[one] & shingles[other]) / len(shingles[one] | shingles[other])
        if share >= least:
            yield one, other, share


def _shingles(text: str) -> set[int]:
    words = _WORD.findall(text.lower())
    runs = (" ".join(words[at : at + _SHINGLE]) for at in range(max(len(words) - _SHINGLE + 1, 1 if words else 0)))
    return {int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "big") for run in runs}
