from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.simulate import AutomaticCache, Charge, PromptCache, Segment, promptcache
from agentforge.tokens import cost, model
from agentforge.wire import Usage
from simulate.asking import HOUR, MARKER, MODEL, OLD, ask, body, long, provider, system, text, tool, user


def segments(*tokens, marked=(), start=0):
    return [
        Segment(b"%d" % (start + at), weight, "5m" if at in marked else None, "messages")
        for at, weight in enumerate(tokens)
    ]


def charge(cache, prompt, now=0.0, space="a", minimum=0, answered=None):
    return cache.charge(space, prompt, minimum=minimum, now=now, answered=answered)


# --- Entries


def test_what_was_written_is_read_by_the_same_prompt():
    cache = PromptCache()
    prompt = segments(10, 20, 30, marked=[1])
    assert charge(cache, prompt) == Charge(30, 0, 30, 0)
    assert charge(cache, prompt) == Charge(30, 30, 0, 0)


def test_a_rolling_marker_reads_the_old_prefix_and_writes_the_rest():
    cache = PromptCache()
    charge(cache, segments(10, 20, marked=[1]))
    assert charge(cache, segments(10, 20, 5, 7, marked=[3])) == Charge(0, 30, 12, 0)


@pytest.mark.parametrize(("added", "read"), [(19, True), (20, True), (21, False)])
def test_a_marker_looks_back_twenty_blocks_and_no_further(added, read):
    cache = PromptCache()
    charge(cache, segments(100, marked=[0]))
    grown = segments(100, *[1] * added, marked=[added])
    assert charge(cache, grown).read == (100 if read else 0)


def test_a_second_marker_in_between_bridges_a_long_turn():
    cache = PromptCache()
    charge(cache, segments(100, marked=[0]))
    assert charge(cache, segments(100, *[1] * 30, marked=[15, 30])).read == 100


def test_below_the_minimum_nothing_is_written_and_nothing_is_said():
    cache = PromptCache()
    prompt = segments(511, marked=[0])
    assert charge(cache, prompt, minimum=512) == Charge(511, 0, 0, 0)
    assert charge(cache, prompt, minimum=512) == Charge(511, 0, 0, 0)


def test_an_early_marker_below_the_minimum_leaves_no_entry_of_its_own():
    cache = PromptCache()
    charge(cache, segments(100, 500, marked=[0, 1]), minimum=512)
    assert charge(cache, segments(100, 999, start=0, marked=[0, 1])[:1] + segments(999, start=7), minimum=50).read == 0


def test_an_entry_lives_five_minutes_from_the_start_of_its_request():
    cache = PromptCache()
    prompt = segments(10, marked=[0])
    charge(cache, prompt, now=0.0, answered=60.0)
    assert charge(cache, prompt, now=299.9).read == 10
    cache = PromptCache()
    charge(cache, prompt, now=0.0, answered=60.0)
    assert charge(cache, prompt, now=300.0).read == 0


def test_reading_refreshes_an_entry():
    cache = PromptCache()
    prompt = segments(10, marked=[0])
    charge(cache, prompt, now=0.0)
    assert charge(cache, prompt, now=299.0).read == 10
    assert charge(cache, prompt, now=598.0).read == 10
    assert charge(cache, prompt, now=898.0).read == 0


def test_an_hour_long_entry_lives_an_hour():
    cache = PromptCache()
    prompt = [Segment(b"a", 10, "1h")]
    assert charge(cache, prompt, now=0.0) == Charge(0, 0, 0, 10)
    assert charge(cache, prompt, now=3599.0).read == 10
    assert charge(cache, prompt, now=7199.0).read == 0


def test_hours_are_charged_up_to_their_marker_and_minutes_from_there():
    cache = PromptCache()
    prompt = [Segment(b"a", 10, "1h"), Segment(b"b", 20, "5m"), Segment(b"c", 5)]
    assert charge(cache, prompt) == Charge(5, 0, 20, 10)
    assert charge(cache, prompt, now=1000.0) == Charge(5, 10, 20, 0)


def test_an_entry_cannot_be_read_before_the_first_answer_starts():
    cache = PromptCache()
    prompt = segments(10, marked=[0])
    assert charge(cache, prompt, now=0.0, answered=2.0) == Charge(0, 0, 10, 0)
    assert charge(cache, prompt, now=1.0, answered=3.0) == Charge(0, 0, 10, 0)
    assert charge(cache, prompt, now=2.0, answered=4.0) == Charge(0, 10, 0, 0)


def test_another_space_has_its_own_entries():
    cache = PromptCache()
    prompt = segments(10, marked=[0])
    charge(cache, prompt, space="one")
    assert charge(cache, prompt, space="two").read == 0


def test_no_segments_cost_nothing():
    assert charge(PromptCache(), []) == Charge(0, 0, 0, 0)
    assert AutomaticCache().charge("a", [], now=0.0) == Charge(0, 0, 0, 0)


def test_the_memory_is_bounded_and_what_lives_longest_stays(monkeypatch):
    monkeypatch.setattr(promptcache, "MOST_ENTRIES", 10)
    cache = PromptCache()
    for at in range(11):
        charge(cache, segments(10, marked=[0], start=at), now=float(at))
    assert charge(cache, segments(10, marked=[0], start=0), now=11.0).read == 0
    assert charge(cache, segments(10, marked=[0], start=10), now=11.0).read == 10


# --- The laws of the bill


prompts = st.lists(
    st.builds(Segment, st.binary(max_size=2), st.integers(0, 3000), st.sampled_from([None, None, "5m", "1h"])),
    max_size=40,
)


@given(st.lists(st.tuples(prompts, st.floats(0, 5000)), max_size=6), st.sampled_from([0, 512, 1024]))
def test_the_parts_of_a_charge_always_add_up_to_the_prompt(requests, minimum):
    cache = PromptCache()
    for prompt, now in requests:
        whole = sum(segment.tokens for segment in prompt)
        charged = charge(cache, prompt, now=now, minimum=minimum)
        assert charged.prompt == whole
        assert min(charged.uncached, charged.read, charged.write_5m, charged.write_1h) >= 0
        assert AutomaticCache().charge("a", prompt, now=now).prompt == whole


@given(st.lists(st.lists(st.integers(0, 900), min_size=1, max_size=20), min_size=2, max_size=8))
def test_a_growing_conversation_reads_exactly_what_was_there_before(turns):
    cache = PromptCache()
    known = []
    before = 0
    for turn in turns:
        known += turn
        charged = charge(cache, segments(*known, marked=[len(known) - 1]), minimum=512)
        written_before = before if before >= 512 else 0
        assert charged.read == written_before
        before = sum(known)


# --- Through the endpoint


def test_a_whole_conversation_over_the_endpoint_reads_what_the_turn_before_wrote():
    of = provider("one", "two", "three", "four")
    messages, before = [user(long(600))], 0
    for _ in range(4):
        *rest, last = messages
        sent = [*rest, {**last, "content": [{**last["content"][0], "cache_control": MARKER}]}]
        answer = ask(of, body(*sent))
        assert answer.charged[0] == before
        before = answer.prompt
        messages += [{"role": "assistant", "content": answer.content}, user("go on")]


@pytest.mark.parametrize(
    ("name", "minimum"),
    [(MODEL, 512), ("claude-sonnet-5", 1024), ("claude-opus-4-7", 2048), ("claude-haiku-4-5", 4096)],
)
def test_the_minimum_is_the_models(name, minimum):
    assert model(name).cache_minimum == minimum
    of = provider()
    for words in (minimum // 4, minimum * 2):
        asked = body(user(text(long(words), MARKER)), model=name)
        whole = ask(of, asked).prompt
        assert (whole >= minimum) == (ask(of, asked).charged[0] > 0)


def test_reads_and_writes_have_their_prices():
    of = provider()
    asked = body(user(text(long(2000), HOUR), text(long(1000), MARKER), "end"))
    first, second = ask(of, asked), ask(of, asked)
    hour = first.usage["cache_creation"]["ephemeral_1h_input_tokens"]
    minutes = first.usage["cache_creation"]["ephemeral_5m_input_tokens"]
    assert hour > 2000
    assert minutes > 1000
    prices = model(MODEL).prices
    wrote = Usage(first.usage["input_tokens"], 0, hour + minutes, hour)
    assert cost(wrote, MODEL).write_1h == hour * prices.write_1h / Decimal(1_000_000)
    assert cost(wrote, MODEL).write_5m == minutes * prices.write_5m / Decimal(1_000_000)
    read = Usage(second.usage["input_tokens"], hour + minutes)
    assert second.charged[0] == hour + minutes
    assert cost(read, MODEL).read == (hour + minutes) * Decimal("0.20") / Decimal(1_000_000)


def kept(of, asked, **changes):
    """How much is read again after that change."""
    ask(of, asked)
    return ask(of, {**asked, **changes}).charged[0]


PARTS = {
    "tools": [{**tool("read", description=long(1500)), "cache_control": MARKER}],
    "system": [text(long(1500, "system"), MARKER)],
}
QUESTION = user(text(long(1500, "question"), MARKER))


def parts_read_after(**changes):
    """How many of the three parts (tools, system, messages), which weigh about the same, are read again."""
    asked = body(QUESTION, **PARTS)
    part = ask(provider(), asked).prompt / 3
    return round(kept(provider(), asked, **changes) / part)


def test_changing_tools_loses_everything():
    assert parts_read_after(tools=[{**tool("write", description=long(1500)), "cache_control": MARKER}]) == 0


def test_reordering_a_tools_arguments_is_changing_the_tool():
    schema = PARTS["tools"][0]["input_schema"]
    turned = dict(reversed(schema.items()))
    assert parts_read_after(tools=[{**PARTS["tools"][0], "input_schema": turned}]) == 0


def test_changing_the_system_prompt_keeps_the_tools():
    assert parts_read_after(system=[text("another", MARKER)]) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"tool_choice": {"type": "none"}},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
        {"messages": [user(text("another", MARKER))]},
        {
            "messages": [
                user(
                    QUESTION["content"][0],
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}},
                )
            ]
        },
    ],
    ids=["tool_choice", "effort", "first message", "an image"],
)
def test_settings_and_messages_keep_tools_and_system(changes):
    assert parts_read_after(**changes) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"thinking": {"type": "adaptive"}},
        {"output_config": {"effort": "medium"}},
        {"tool_choice": {"type": "auto"}},
        {"max_tokens": 5},
        {"metadata": {"user_id": "u"}},
        {"stream": True},
        {"thinking": {"type": "adaptive", "display": "summarized"}},
        {"stop_sequences": ["x"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_saying_a_default_or_what_is_not_shown_to_the_model_loses_nothing(changes):
    assert parts_read_after(**changes) == 3


def test_moving_markers_loses_nothing():
    assert parts_read_after(messages=[user(text(long(1500, "question")), text("end", MARKER))]) == 3


def test_a_string_and_its_one_block_are_the_same_prompt():
    of = provider()
    asked = body(user(text(long(900))), cache_control=MARKER)
    ask(of, asked)
    assert ask(of, body({"role": "user", "content": long(900)}, cache_control=MARKER)).charged[0] > 900


def test_another_model_or_key_has_its_own_cache():
    of = provider()
    asked = body(QUESTION)
    ask(of, asked)
    assert ask(of, {**asked, "model": "claude-opus-5"}).charged[0] == 0
    assert ask(of, asked, headers={"x-api-key": "other", "anthropic-version": "2023-06-01"}).charged[0] == 0
    bearer = {"authorization": "Bearer sk-test", "anthropic-version": "2023-06-01"}
    assert ask(of, asked, headers=bearer).charged[0] > 1500


def test_a_dated_id_is_the_same_model():
    of = provider()
    asked = body(user(text(long(2000), MARKER)), model=OLD)
    ask(of, asked)
    assert ask(of, {**asked, "model": f"{OLD}-20250929"}).charged[0] > 2000


def test_the_automatic_marker_rolls_with_the_conversation():
    of = provider("one", "two")
    first = ask(of, body(long(600), cache_control=MARKER))
    assert first.charged == (0, first.prompt, 0)
    grown = body(long(600), {"role": "assistant", "content": first.content}, "go on", cache_control=MARKER)
    assert ask(of, grown).charged[0] == first.prompt


def test_an_hour_long_automatic_marker_writes_for_an_hour():
    usage = ask(provider(), body(long(600), cache_control=HOUR)).usage
    assert usage["cache_creation"]["ephemeral_1h_input_tokens"] == usage["cache_creation_input_tokens"] > 600


def test_an_appended_system_message_keeps_the_prefix():
    of = provider()
    ask(of, body(QUESTION))
    assert ask(of, body(QUESTION, system("news"))).charged[0] > 1500


def test_a_marker_inside_a_tool_result_is_one():
    of = provider()
    asked = body("go", {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "r", "input": {}}]})
    inner = {"type": "tool_result", "tool_use_id": "a", "content": [text(long(700), MARKER)]}
    asked["messages"].append(user(inner))
    ask(of, asked)
    assert ask(of, asked).charged[0] > 700


def test_a_parallel_request_pays_for_its_own_write():
    from agentforge.simulate import Turn

    of = provider(Turn(text="slow", wait=2.0))
    asked = body(QUESTION)
    assert [ask(of, asked, now=now).charged[0] > 0 for now in (0.0, 1.0, 2.5)] == [False, False, True]


# --- Caches without markers


def test_the_automatic_cache_reads_whole_steps_of_a_long_enough_prefix():
    cache = AutomaticCache()
    assert cache.charge("a", segments(1000, 100), now=0.0) == Charge(1100, 0, 0, 0)
    assert cache.charge("a", segments(1000, 100, 50), now=1.0) == Charge(126, 1024, 0, 0)
    assert cache.charge("b", segments(1000, 100), now=1.0).read == 0
    assert cache.charge("a", segments(1000, 100), now=700.0).read == 0


def test_the_automatic_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(promptcache, "MOST_ENTRIES", 4)
    cache = AutomaticCache()
    for at in range(9):
        cache.charge("a", segments(2000, start=at), now=float(at))
    assert cache.charge("a", segments(2000, start=8), now=9.0).read == 1920
    assert cache.charge("a", segments(2000, start=0), now=9.0).read == 0
