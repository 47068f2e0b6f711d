import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.tokens import Calibration, Counter, Weights, count_request, counter_for
from agentforge.tokens.families import family
from agentforge.tokens.scale import Scale
from agentforge.wire import Dialect, Message, Request, decode_request

MODEL = "claude-opus-5-5"
CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"
REQUESTS = sorted((CORPORA / "claude_code" / "requests").glob("*.json"))
MARK = {"type": "ephemeral"}

words = st.text(max_size=40)
names = st.sampled_from(["Read", "Bash", "mcp__db__query"])
leaves = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": words}, optional={"cache_control": st.just(MARK)}),
    st.fixed_dictionaries({"type": st.just("tool_reference"), "tool_name": names}),
    st.fixed_dictionaries({"type": st.just("from_the_future"), "x": words}, optional={"cache_control": st.just(MARK)}),
)
blocks = leaves | st.one_of(
    st.fixed_dictionaries({"type": st.just("thinking"), "thinking": words, "signature": words}),
    st.fixed_dictionaries(
        {"type": st.just("tool_use"), "id": words, "name": names, "input": st.dictionaries(words, words, max_size=2)}
    ),
    st.fixed_dictionaries(
        {"type": st.just("tool_result"), "tool_use_id": words, "content": words | st.lists(leaves, max_size=2)}
    ),
)
messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system"]), "content": words | st.lists(blocks, max_size=3)}
)
tools = st.fixed_dictionaries(
    {"name": names, "description": words, "input_schema": st.just({"type": "object"})},
    optional={"defer_loading": st.just(True), "cache_control": st.just(MARK)},
)
bodies = st.fixed_dictionaries(
    {"model": st.just(MODEL), "max_tokens": st.just(9), "messages": st.lists(messages, min_size=1, max_size=4)},
    optional={
        "system": words | st.lists(leaves, max_size=2),
        "tools": st.lists(tools, max_size=3),
        "tool_choice": st.sampled_from([{"type": "any"}, {"type": "auto"}]),
    },
)
SHARED = Counter(MODEL, remembers=64)


def read(body: object) -> Request:
    return decode_request("anthropic", json.dumps(body).encode())


def uncached(request: Request, model: str = MODEL) -> int:
    """The total by the plain scale, with no memory anywhere."""
    scale = Scale(model, family(model))
    weighed = [scale.message(message) for message in request.messages]
    found = {name for message in weighed for name in message.references}
    tools = [scale.tool(tool) for tool in request.tools or ()]
    total = sum(message.count.value for message in weighed) + scale.family.request
    total += sum(tool.count.value for tool in tools if tool.in_view or tool.name in found)
    total += sum(scale.block(block).value for block in Message("system", request.system).blocks)
    if tools:
        choice = request.extra["tool_choice"].value if "tool_choice" in request.extra else {}
        prompt = scale.family.tool_prompt
        total += prompt.forced if choice.get("type") in ("any", "tool") else prompt.auto
    return total


def parts_of(weights: Weights) -> int:
    return sum(
        part.value
        for part in (weights.system, weights.tool_prompt, weights.frame, weights.all_tools, weights.all_messages)
    )


@settings(max_examples=200, deadline=None)
@given(bodies)
def test_the_cached_count_is_the_uncached_one_to_the_token(body) -> None:
    want = uncached(read(body))
    assert Counter(MODEL).weigh(read(body)).estimate.value == want
    assert [SHARED.weigh(read(body)).estimate.value for _ in range(2)] == [want, want]


@settings(max_examples=100, deadline=None)
@given(bodies)
def test_a_request_weighs_the_same_however_it_was_made(body) -> None:
    request = read(body)
    touched = replace(request, messages=tuple(request.messages), tools=request.tools and tuple(request.tools))
    assert SHARED.weigh(touched) == SHARED.weigh(request)


@settings(max_examples=100, deadline=None)
@given(bodies)
def test_law_8_honest_numbers_the_total_is_the_sum_of_its_parts_and_no_surer_than_its_family(body) -> None:
    weights = SHARED.weigh(read(body))
    assert weights.total.value == parts_of(weights)
    assert weights.total.method == "estimated"
    assert weights.total.model == MODEL
    hidden = any(block.count.error is None for message in weights.messages for block in message.blocks)
    assert (weights.total.error is None) == hidden
    assert hidden or weights.total.error >= family(MODEL).total_error


@settings(max_examples=50, deadline=None)
@given(bodies, messages)
def test_a_conversation_that_grows_weighs_what_it_did_and_what_is_new(body, new) -> None:
    body["tools"] = []
    counter = Counter(MODEL)
    before = counter.weigh(read(body))
    after = counter.weigh(read(body | {"messages": [*body["messages"], new]}))
    assert after.messages[:-1] == before.messages
    assert after.estimate.value == before.estimate.value + after.messages[-1].count.value


def test_a_message_that_was_replaced_is_weighed_anew() -> None:
    request = read(
        {
            "model": MODEL,
            "max_tokens": 9,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "long " * 99}]}],
        }
    )
    counter = Counter(MODEL)
    whole = counter.weigh(request)
    shorter = replace(request, messages=(replace(request.messages[0], content="short"),))
    assert counter.weigh(shorter).total.value < whole.total.value


def test_a_marker_that_moves_changes_no_weight() -> None:
    def body(marked: int) -> dict[str, object]:
        texts = [{"type": "text", "text": f"words of turn {turn}"} for turn in range(3)]
        texts[marked]["cache_control"] = MARK
        return {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": [text]} for text in texts]}

    counter = Counter(MODEL)
    assert counter.weigh(read(body(1))) == counter.weigh(read(body(2)))


def test_a_deferred_tool_weighs_once_it_was_found() -> None:
    tool = {"name": "Read", "description": "Reads.", "input_schema": {"type": "object"}, "defer_loading": True}
    found = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "tool_reference", "tool_name": "Read"}]}
    body = {"model": MODEL, "max_tokens": 9, "tools": [tool], "messages": [{"role": "user", "content": "hi"}]}
    idle = count_request(read(body))
    assert idle.all_tools.value == 0
    assert idle.tools[0].count.value > 0
    loaded = count_request(read(body | {"messages": [{"role": "user", "content": [found]}]}))
    assert loaded.all_tools.value == loaded.tools[0].count.value


def test_kinds_of_blocks_are_summed() -> None:
    body = {
        "model": MODEL,
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b c"}],
    }
    weights = count_request(read(body))
    assert weights.by_kind["text"].value == sum(message.blocks[0].count.value for message in weights.messages)


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("openai-chat", {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello world"}]}),
        ("openai-responses", {"model": "gpt-5.5", "input": "hello world"}),
        ("anthropic", {"model": "gpt-5.5", "max_tokens": 9, "messages": [{"role": "user", "content": "hello world"}]}),
    ],
)
def test_every_dialect_weighs_the_same_words_the_same(dialect, body) -> None:
    weights = count_request(decode_request(dialect, json.dumps(body).encode()))
    assert weights.total.value == 2 + family("gpt-5.5").message + family("gpt-5.5").request


def test_a_request_can_be_weighed_for_another_model() -> None:
    request = read({"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "some words " * 50}]})
    other = count_request(request, "gpt-5.5")
    assert other.model == other.total.model == "gpt-5.5"
    assert other.total.value < count_request(request).total.value
    assert counter_for("gpt-5.5") is counter_for("gpt-5.5")


def test_a_calibrated_total_says_so_and_keeps_the_estimate() -> None:
    request = read({"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "some words " * 50}]})
    estimate = count_request(request).estimate
    seen = Calibration().observe(MODEL, estimate.value, round(estimate.value * 1.1))
    weights = count_request(request, calibration=seen)
    assert weights.estimate == estimate
    assert weights.total.method == "calibrated"
    assert weights.total.value == pytest.approx(estimate.value * 1.1, abs=1)


ALIKE = [
    {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
    {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
    {"type": "text", "text": "hi"},
]


def spoken(dialect: Dialect) -> Request:
    """One text, that each dialect reads in its own way."""
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": ALIKE}]}
    return decode_request(dialect, json.dumps(body).encode())


@pytest.mark.parametrize("first", ["anthropic", "openai-chat"])
@pytest.mark.parametrize("then", ["anthropic", "openai-chat"])
def test_a_weight_does_not_depend_on_what_was_weighed_before(first: Dialect, then: Dialect) -> None:
    """Also where a value has lost its origin, or stands in a request or a message of the other dialect."""
    requests = [spoken(first), spoken(then)]
    strays = [replace(requests[0], messages=requests[1].messages)]
    strays += [replace(one, system=requests[1].messages[0].content) for one in requests]
    messages = [replace(one.messages[0], origin=None) for one in requests]
    messages += [replace(requests[0].messages[0], content=requests[1].messages[0].content)]
    warm = Counter(MODEL)
    for request in [*requests, *strays]:
        assert warm.weigh(request) == Counter(MODEL).weigh(request)
    for message in messages:
        assert warm.message(message) == Counter(MODEL).message(message) == Scale(MODEL, family(MODEL)).message(message)


needs_requests = pytest.mark.skipif(not REQUESTS, reason="the recorded requests are not next to this checkout")


@needs_requests
@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_recorded_requests_weigh_the_same_cached_and_uncached(path: Path) -> None:
    body = json.loads(path.read_bytes())["body"]
    shared = counter_for(MODEL)
    for upto in range(1, len(body["messages"]) + 1):
        request = read(body | {"messages": body["messages"][:upto]})
        assert shared.weigh(request).estimate.value == uncached(request)


@needs_requests
@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_recorded_requests_weigh_1_4_to_1_65_times_as_much_for_newer_claude(path: Path) -> None:
    request = read(json.loads(path.read_bytes())["body"])
    ratio = count_request(request, MODEL).total.value / count_request(request, "gpt-5.5").total.value
    assert 1.4 <= ratio <= 1.65


TEXTS = sorted(
    path
    for folder in ("claude_code", "other_agents", "mcp_tools", "personas")
    for path in (CORPORA / folder).rglob("*")
    if path.suffix in (".json", ".jsonl", ".md")
)
"""All that was recorded and collected, whole: requests, hooks, transcripts, lists of MCP tools, personas."""


@pytest.mark.skipif(not TEXTS, reason="the corpora are not next to this checkout")
def test_recorded_texts_weigh_the_same_cached_and_uncached() -> None:
    scale, counter = Scale(MODEL, family(MODEL)), Counter(MODEL)
    for path in TEXTS:
        text = path.read_text(errors="replace")
        want = scale.text(text)
        assert [counter.text(text), counter.text(text)] == [want, want], path.name
