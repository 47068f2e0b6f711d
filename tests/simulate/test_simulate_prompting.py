import pytest

from agentforge.simulate.asked import read_asked
from agentforge.simulate.prompting import prompt_of
from agentforge.simulate.reply import Refusal
from agentforge.wire.jsontext import dump
from simulate.asking import KEY, OLD, assistant, body, call, long, result, tool, user


def prompt(plain, betas=""):
    return prompt_of(read_asked({**KEY, "anthropic-beta": betas}, dump(plain)))


def test_a_prompt_is_its_segments_and_their_weight():
    made = prompt(body("a", assistant("b"), "c", system="s", tools=[tool()]))
    assert len(made.segments) == 5
    assert made.tokens == made.unedited == sum(one.tokens for one in made.segments)
    assert (made.transformations, made.applied_edits) == ((), ())
    assert [piece.place for piece in made.pieces] == [(0, 0), (1, 0), (2, 0)]


def test_an_edited_prompt_weighs_less_and_remembers_what_it_was():
    edits = [{"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 0}, "keep": {"value": 0}}]
    plain = body("a", assistant(call()), user(result(content=long(200))), context_management={"edits": edits})
    made = prompt(plain)
    assert made.unedited - made.tokens == made.applied_edits[0]["cleared_input_tokens"] > 150


def test_a_prompt_beyond_the_window_is_refused():
    with pytest.raises(Refusal, match=r"prompt is too long: \d+ tokens > 200000 maximum"):
        prompt(body(long(200_000), model=OLD))


def test_the_largest_windows_hold_what_the_small_one_does_not():
    assert prompt(body(long(140_000))).tokens > 200_000
