"""What counting costs: a conversation never seen before, the same with one new message, and the bare tokenizer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from agentforge.tokens import Counter
from agentforge.tokens.ranks import count_text
from agentforge.wire import Message, decode_request, encode_request
from benchmarks.measure import Row, seconds
from benchmarks.wire import prose, request_body

MODEL = "claude-opus-5-5"


def rows() -> Iterator[Row]:
    """The figures of the tokens room; decoding is not counted."""
    chance = random.Random(60)
    body = request_body(chance)
    text = body.decode()
    warm = Counter(MODEL)
    tokens = warm.weigh(decode_request("anthropic", body)).total.value
    name = f"{tokens / 1000:.0f}k-token conversation: "
    number = count()

    def grown() -> bytes:
        request = decode_request("anthropic", body)
        words = f"{next(number)} {prose(chance, 300)}"
        return encode_request(replace(request, messages=(*request.messages, Message("user", words))))

    # Decoded and laid ready before the clock runs, one for each round.
    ready = iter([decode_request("anthropic", grown()) for _ in range(60)])
    known = decode_request("anthropic", body)
    floor, cold, one_new, nothing_new = seconds(
        lambda: count_text(text),
        lambda: Counter(MODEL).weigh(decode_request("anthropic", body)),
        lambda: warm.weigh(next(ready)),
        lambda: warm.weigh(known),
        rounds=21,
    )
    yield Row(f"{name}bare tokenizer, one text", floor * 1e3, "ms", 1.0, "the floor of a cold count")
    yield Row(f"{name}cold", cold * 1e3, "ms", cold / floor, "with decoding")
    yield Row(f"{name}one new message", one_new * 1e3, "ms", one_new / cold, "goal: under 1 ms; against cold")
    yield Row(f"{name}nothing new", nothing_new * 1e3, "ms", nothing_new / cold, "against cold")
