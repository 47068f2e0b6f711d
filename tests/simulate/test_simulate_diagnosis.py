import pytest

from agentforge.simulate import diagnosis
from simulate.asking import ask, assistant, body, long, provider, text, tool, user


def opted(plain, previous=None):
    return {**plain, "diagnostics": {"previous_message_id": previous}}


def compared(change, of=None):
    """What is said of a request after one that differs by so much."""
    of = of or provider()
    asked = body(user(text(long(300))), system="be", tools=[tool()])
    first = ask(of, opted(asked))
    assert first.plain["diagnostics"] is None
    return ask(of, opted({**asked, **change}, first.plain["id"])).plain["diagnostics"]


def test_who_does_not_ask_is_told_nothing():
    assert "diagnostics" not in ask(provider(), body()).plain


def test_an_unchanged_and_a_grown_request_have_nothing_to_explain():
    assert compared({}) is None
    assert compared({"messages": [user(text(long(300))), assistant("a"), user("b")]}) is None
    assert compared({"max_tokens": 5}) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"model": "claude-opus-5"}, "model_changed"),
        ({"tools": [tool("other")]}, "tools_changed"),
        ({"tools": []}, "tools_changed"),
        ({"system": "be good"}, "system_changed"),
        ({"messages": [user("another")]}, "messages_changed"),
    ],
)
def test_the_first_change_is_named_with_the_tokens_it_cost(change, why):
    reason = compared(change)["cache_miss_reason"]
    assert reason["type"] == why
    assert reason["cache_missed_input_tokens"] > 300


def test_a_change_at_the_end_costs_only_the_end():
    of = provider()
    asked = body(user(text(long(300)), "end"))
    first = ask(of, opted(asked)).plain["id"]
    reason = ask(of, opted(body(user(text(long(300)), "another end")), first)).plain["diagnostics"]["cache_miss_reason"]
    assert 0 < reason["cache_missed_input_tokens"] < 20


def test_settings_alone_are_no_reason_that_can_be_told():
    assert compared({"output_config": {"effort": "low"}}) == {"cache_miss_reason": {"type": "unavailable"}}


def test_only_requests_that_opted_in_are_known():
    of = provider()
    first = ask(of, body()).plain["id"]
    found = ask(of, opted(body(), first)).plain["diagnostics"]
    assert found == {"cache_miss_reason": {"type": "previous_message_not_found"}}


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(diagnosis, "MOST", 2)
    of = provider()
    first = ask(of, opted(body())).plain["id"]
    for words in ("b", "c"):
        ask(of, opted(body(words)))
    found = ask(of, opted(body(), first)).plain["diagnostics"]
    assert found == {"cache_miss_reason": {"type": "previous_message_not_found"}}


def test_a_stream_carries_it_in_its_start():
    answer = ask(provider(), {**opted(body(), "msg_unknown"), "stream": True})
    assert b"previous_message_not_found" in answer.reply.body.split(b"\n\n")[0]
