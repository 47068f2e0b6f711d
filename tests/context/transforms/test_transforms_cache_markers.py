from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import SessionView, Settings
from agentforge.context.transforms.cache_markers import BREAKPOINTS, LOOK_BACK, cache_markers
from agentforge.simulate import Provider
from agentforge.wire import Json, Message, Request, Text, Tool, ToolResult, ToolUse, chain_of, encode_request

MARK = Json.of({"type": "ephemeral"})
VIEW = SessionView(Settings())
TOOL = Tool("Read", "Reads.", Json.of({"type": "object"}))


def turn(calls, *, at=0, words="w"):
    """An answer with so many calls, and their results."""
    uses = [ToolUse(f"t{at}-{n}", "Read", Json.of({})) for n in range(calls)]
    results = [ToolResult(use.id, f"{words} {use.id}") for use in uses]
    return [Message("assistant", uses), Message("user", results)]


def marked_end(messages):
    """As Claude Code does: a marker on the last block of the last message."""
    *before, last = messages
    *blocks, block = last.blocks
    return [*before, replace(last, content=(*blocks, replace(block, cache=MARK)))]


def asked(*messages, system="You help.", tools=(TOOL,), mark=True):
    turns = marked_end(messages) if mark else list(messages)
    shown = [Text(system, cache=MARK if mark else None)]
    return Request("anthropic", "claude-opus-5-5", turns, system=shown, tools=tools, max_tokens=9)


def marks(request):
    return [
        (at, n)
        for at, message in enumerate(request.messages)
        for n, block in enumerate(message.blocks)
        if getattr(block, "cache", None)
    ]


def cached(requests):
    """Tokens read from the cache by each request in turn."""
    provider, read = Provider(), []
    for at, request in enumerate(requests):
        headers = {"x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json"}
        reply = provider.handle("POST", "/v1/messages", headers, encode_request(request), now=float(at))
        assert reply.status == 200, reply.body
        read.append(reply.usage["cache_read_input_tokens"])
    return read


FIRST = Message("user", [Text("go " * 3000)])


def test_a_turn_that_outgrows_the_look_back_gets_the_free_marker_where_the_request_before_ended():
    before, after = asked(FIRST), asked(FIRST, *turn(LOOK_BACK + 5))
    sent, receipt = cache_markers(after, VIEW)
    assert marks(sent) == [(0, 0), (2, LOOK_BACK + 4)]
    assert chain_of(sent) == chain_of(after)
    assert len(receipt.changes) == 1
    assert cached([before, after])[1] < cached([before, sent])[1]


def test_the_free_marker_lasts_as_long_as_the_one_behind_it():
    lasting = Json.of({"type": "ephemeral", "ttl": "1h"})
    request = asked(FIRST, *turn(LOOK_BACK + 5))
    *before, last = request.messages
    *blocks, end = last.blocks
    last = replace(last, content=(*blocks, replace(end, cache=lasting)))
    request = replace(request, system=[replace(request.system[0], cache=lasting)], messages=(*before, last))
    sent, _ = cache_markers(request, VIEW)
    assert sent.messages[0].blocks[-1].cache == lasting
    assert len(cached([sent])) == 1


def test_a_turn_within_the_look_back_is_left_alone():
    request = asked(FIRST, *turn(LOOK_BACK // 2 - 1))
    assert cache_markers(request, VIEW)[0] is request


def test_a_client_that_sets_no_markers_gets_one_after_the_system_prompt_and_one_at_the_end():
    request = asked(FIRST, *turn(2), mark=False)
    sent, _ = cache_markers(request, VIEW)
    assert sent.system[-1].cache == MARK
    assert marks(sent) == [(2, 1)]
    plain = cache_markers(replace(request, system="You help."), VIEW)[0]
    assert encode_request(plain) == encode_request(replace(sent, origin=None))
    assert cached([sent, cache_markers(asked(FIRST, *turn(2), *turn(1, at=1), mark=False), VIEW)[0]])[1] > 3000


def test_a_single_question_without_tools_is_left_alone():
    request = asked(FIRST, tools=None, mark=False)
    assert cache_markers(request, VIEW)[0] is request


def test_where_pauses_are_long_every_marker_lasts_an_hour():
    request = replace(asked(FIRST, *turn(1)), tools=(replace(TOOL, cache=MARK),))
    sent, _ = cache_markers(request, SessionView(Settings(cache_ttl="1h")))
    assert encode_request(sent).count(b'"ttl":"1h"') == 3
    assert encode_request(sent).count(b"ephemeral") == 3
    assert cache_markers(sent, SessionView(Settings(cache_ttl="1h")))[0] is sent


@pytest.mark.parametrize(
    ("request_", "view"),
    [
        (asked(FIRST, mark=False), SessionView(Settings(cache_markers=False))),
        (replace(asked(FIRST, mark=False), dialect="openai-chat"), VIEW),
        (replace(asked(FIRST, mark=False), extra={"cache_control": MARK}), VIEW),
        (asked(Message("user", ""), mark=False, system=""), VIEW),
    ],
)
def test_what_is_switched_off_or_cannot_be_marked_is_left_alone(request_, view):
    assert marks(cache_markers(request_, view)[0]) == marks(request_)


@given(st.lists(st.integers(1, 30), max_size=5), st.booleans(), st.sampled_from([None, "1h"]))
def test_law_2_markers_change_no_word_and_are_never_more_than_the_provider_takes(turns, mark, ttl):
    messages = [FIRST, *(one for at, calls in enumerate(turns) for one in turn(calls, at=at))]
    request = asked(*messages, mark=mark)
    sent, receipt = cache_markers(request, SessionView(Settings(cache_ttl=ttl)))
    assert chain_of(sent) == chain_of(request)
    assert len(marks(sent)) + sum(block.cache is not None for block in sent.system) <= BREAKPOINTS
    assert receipt.kind == "declarative"
