import pytest

from agentforge.simulate.abilities import abilities_of
from agentforge.simulate.rendering import anthropic_segments, blocks_of, chat_segments, lifetime_of, pieces_of, shown
from agentforge.simulate.weighing import weigh
from agentforge.tokens import model
from simulate.asking import HOUR, MARKER, MODEL, assistant, body, call, result, system, text, tool, user


def rendered(plain, **more):
    weighed = weigh("anthropic", MODEL, plain)
    return anthropic_segments(plain, pieces_of(plain), weighed, abilities_of(model(MODEL)), **more)


def test_the_order_is_tools_system_messages_and_markers_stand_where_they_were():
    plain = body(user("q", text("r", MARKER)), tools=[tool(cache_control=HOUR)], system=[text("s", MARKER), text("t")])
    assert [(one.part, one.marker) for one in rendered(plain)] == [
        ("tools", "1h"),
        ("system", "5m"),
        ("system", None),
        ("messages", None),
        ("messages", "5m"),
    ]


def test_a_deferred_tool_is_in_the_prompt_from_its_first_reference_on_and_only_once():
    found = [{"type": "tool_reference", "tool_name": "later"}]
    plain = body(
        "q",
        assistant(call("a"), call("b")),
        user(result("a", found), result("b", found)),
        tools=[tool(), tool("later", defer_loading=True)],
    )
    tools, _, _, _, first, second = rendered(plain)
    assert tools.part == "tools"
    assert b"The later tool" in first.content
    assert b"The later tool" not in second.content
    weight = weigh("anthropic", MODEL, plain).tools[1]
    assert first.tokens - second.tokens == weight + _frame(plain)


def _frame(plain):
    weighed = weigh("anthropic", MODEL, plain).messages[2]
    return weighed[0] - weighed[1]


def test_a_tool_addition_brings_its_tool_into_view():
    change = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "later"}}
    plain = body("q", system(change), tools=[tool(), tool("later", defer_loading=True)])
    assert b"The later tool" in rendered(plain)[-1].content


def test_what_restarts_the_cache_weighs_nothing_and_stands_at_the_start_of_its_part():
    one, two = (rendered(body("q", "r", system="s", output_config={"effort": effort})) for effort in ("low", "max"))
    assert [a.tokens for a in one] == [b.tokens for b in two]
    assert [a.settings == b.settings for a, b in zip(one, two, strict=True)] == [True, False, True]


def test_thinking_that_is_gone_is_not_rendered():
    plain = body("q", assistant({"type": "thinking", "thinking": "hm", "signature": "s"}, "a"), "r")
    assert len(rendered(plain)) - len(rendered(plain, gone={(1, 0)})) == 1
    assert [one.tokens for one in rendered(plain, thought={(1, 0): 77})][1] == 77


def test_arguments_keep_their_order_in_the_prompt():
    one, two = (body("q", assistant(call(**given)), user(result())) for given in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert pieces_of(one)[1].content == pieces_of(two)[1].content
    assert rendered(one)[1].content != rendered(two)[1].content


def test_the_automatic_marker_stands_on_the_last_block_unless_it_has_its_own():
    assert rendered(body("q", cache_control=HOUR))[-1].marker == "1h"
    assert rendered(body(user(text("q", MARKER)), cache_control=MARKER))[-1].marker == "5m"


@pytest.mark.parametrize(
    ("plain", "lifetime"),
    [
        ({}, None),
        ({"cache_control": None}, None),
        (text("x", MARKER), "5m"),
        (text("x", HOUR), "1h"),
        (result(content=[text("x", HOUR), text("y")]), "1h"),
        (result(content="x"), None),
    ],
)
def test_a_marker_is_a_blocks_own_or_that_of_a_block_within(plain, lifetime):
    assert lifetime_of(plain) == lifetime


def test_a_block_is_shown_without_markers_and_a_url_without_what_signs_it():
    assert shown(result(content=[text("x", MARKER)], marker=HOUR)) == result(content=[text("x")])
    document = {"type": "document", "source": {"type": "url", "url": "https://a/b.pdf?sig=1"}}
    assert shown(document)["source"]["url"] == "https://a/b.pdf"


def test_content_is_blocks_whichever_way_it_was_written():
    assert blocks_of("x") == [text("x")]
    assert blocks_of("") == blocks_of(None) == blocks_of(7) == []
    assert blocks_of([text("x"), 7]) == [text("x")]


@pytest.mark.parametrize(
    ("dialect", "plain", "parts"),
    [
        ("openai-responses", {"model": "m", "input": "hello", "instructions": "be"}, ["system", "messages"]),
        ("openai-chat", {"model": "m", "messages": [user("a")], "tools": [{"type": "x"}]}, ["tools", "messages"]),
    ],
)
def test_chat_and_responses_prompts_have_one_segment_a_message(dialect, plain, parts):
    assert [one.part for one in chat_segments(plain, weigh(dialect, "gpt-5.5", plain))] == parts
