"""The o200k byte pairs, from a file that ships with the package: counting never asks the network.

Reading the file takes about 60 ms and building the encoder about 90 ms, once and only when something is weighed.
A packed layout would spare 15 of these, and the file could no longer be checked against its published hash.
"""

from __future__ import annotations

import gzip
import re
from binascii import a2b_base64
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tiktoken import Encoding

SPECIAL: Final = {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}
# How o200k splits a text before it merges; part of the encoding's published definition, as the rank file is.
PATTERN: Final = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
STRETCH: Final = 1 << 16
"""The longest text handed over at once: a longer run of white space overflows the encoder's stack, which aborts."""
_REACH: Final = 4_096
_SEAM: Final = re.compile(r"(?<=\S) |(?<=[^\W_])[\r\n]")

_loading = Lock()


def count_text(text: str) -> int:
    """How many o200k tokens a text has; what looks like a special token is ordinary text."""
    encode = encoding().encode_ordinary
    if len(text) <= STRETCH:
        return len(encode(text))
    return sum(len(encode(stretch)) for stretch in stretches(text))


def encoding() -> Encoding:
    """The encoder, made at the first call and then kept."""
    with _loading:
        return _encoding()


@cache
def _encoding() -> Encoding:
    from tiktoken import Encoding

    packed = files("agentforge.tokens").joinpath("data/o200k_base.tiktoken.gz").read_bytes()
    # Every line is a token and its rank, and the ranks are the line numbers.
    tokens = gzip.decompress(packed).split()[::2]
    ranks = {token: rank for rank, token in enumerate(map(a2b_base64, tokens))}
    return Encoding("o200k_base", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=SPECIAL)


def stretches(text: str, longest: int = STRETCH) -> Iterator[str]:
    """The text in stretches whose tokens together are the tokens of the whole.

    No token has a space after something else, or a line break after a letter or digit, so it is cut there. Only where
    a long run has no such place (white space, one endless word) is it cut anywhere, for about a token more.
    """
    start = 0
    while len(text) - start > longest:
        end = start + longest
        seam = _SEAM.search(text, max(end - _REACH, start + 1), end)
        end = seam.start() if seam else end
        yield text[start:end]
        start = end
    yield text[start:]
