import pytest

from agentforge.simulate import Turn
from simulate.asking import MARKER, ask, assistant, body, call, counted, long, provider, result, text, tool, user

BETA = "context-management-2025-06-27"
USES = "clear_tool_uses_20250919"
THINKING = "clear_thinking_20251015"


def loop(calls=6, weight=200, **edit):
    """A conversation with so many calls, whose results weigh so much, and one edit."""
    asked = body("go", tools=[tool()], context_management={"edits": [{"type": USES, **edit}]})
    for at in range(calls):
        asked["messages"] += [assistant(call(f"c{at}", path=f"p{at}")), user(result(f"c{at}", long(weight)))]
    return asked


def edits(asked, of=None):
    return ask(of or provider(), asked, betas=BETA).plain["context_management"]["applied_edits"]


AT_ONCE = {"trigger": {"type": "input_tokens", "value": 0}}


def test_nothing_is_edited_below_the_trigger_and_the_answer_says_so():
    assert edits(loop()) == []
    assert edits(loop(trigger={"type": "tool_uses", "value": 6})) == []


def test_all_but_the_last_results_are_cleared_and_not_charged():
    asked = loop(**AT_ONCE)
    whole = counted(provider(), {**asked, "context_management": None})
    answer = ask(provider(), asked, betas=BETA)
    (applied,) = answer.plain["context_management"]["applied_edits"]
    assert applied["type"] == USES
    assert applied["cleared_tool_uses"] == 3
    assert applied["cleared_input_tokens"] == whole - answer.prompt > 3 * 200


@pytest.mark.parametrize(
    ("edit", "cleared"),
    [
        ({"keep": {"type": "tool_uses", "value": 1}}, 5),
        ({"keep": {"type": "tool_uses", "value": 0}}, 6),
        ({"keep": {"type": "tool_uses", "value": 9}}, 0),
        ({"exclude_tools": ["read"]}, 0),
        ({"exclude_tools": ["write"]}, 3),
        ({"clear_at_least": {"type": "input_tokens", "value": 700}}, 3),
        ({"clear_at_least": {"type": "input_tokens", "value": 5000}}, 0),
        ({"trigger": {"type": "tool_uses", "value": 5}}, 3),
    ],
    ids=str,
)
def test_an_edit_does_what_its_settings_say(edit, cleared):
    applied = edits(loop(**{**AT_ONCE, **edit}))
    assert sum(one["cleared_tool_uses"] for one in applied) == cleared


@pytest.mark.parametrize("inputs", [True, ["read"]])
def test_inputs_may_go_as_well(inputs):
    kept, gone = (edits(loop(**AT_ONCE, clear_tool_inputs=which))[0] for which in (False, inputs))
    assert gone["cleared_input_tokens"] > kept["cleared_input_tokens"]


def test_clearing_restarts_the_cache_from_the_cleared_point():
    of = provider()
    asked = loop(5, 400, trigger={"type": "tool_uses", "value": 5})
    asked["messages"][-1]["content"][0]["cache_control"] = MARKER
    first = ask(of, asked, betas=BETA)
    assert first.charged[1] == first.prompt
    grown = loop(6, 400, trigger={"type": "tool_uses", "value": 5})
    grown["messages"][-1]["content"][0]["cache_control"] = MARKER
    second = ask(of, grown, betas=BETA)
    assert second.plain["context_management"]["applied_edits"]
    assert second.charged == (0, second.prompt, 0)


def test_counting_gives_the_figure_after_and_before_the_edit():
    asked = loop(**AT_ONCE)
    del asked["max_tokens"]
    counts = ask(provider(), asked, "/v1/messages/count_tokens", betas=BETA).plain
    assert counts["context_management"]["original_input_tokens"] > counts["input_tokens"]
    assert counts["input_tokens"] == ask(provider(), {**asked, "max_tokens": 9}, betas=BETA).prompt


def thinking_session(of, turns=3):
    asked = body("task")
    for _ in range(turns):
        asked["messages"] += [{"role": "assistant", "content": ask(of, asked).content}, user("on")]
    return asked


@pytest.mark.parametrize(
    ("keep", "turns"),
    [("all", 0), ({"type": "all"}, 0), ({"type": "thinking_turns", "value": 1}, 2), (None, 0)],
)
def test_old_thinking_is_cleared_turn_by_turn(keep, turns):
    of = provider(*[Turn(thinking=long(100), text="x")] * 3)
    asked = thinking_session(of)
    whole = counted(of, asked)
    edit = {"type": THINKING} | ({"keep": keep} if keep else {})
    answer = ask(of, {**asked, "context_management": {"edits": [edit]}}, betas=BETA)
    applied = answer.plain["context_management"]["applied_edits"]
    assert whole - answer.prompt == sum(one["cleared_input_tokens"] for one in applied)
    assert [one["cleared_thinking_turns"] for one in applied] == ([turns] if turns else [])


def test_a_stream_tells_the_applied_edits_at_its_end():
    answer = ask(provider(), {**loop(**AT_ONCE), "stream": True}, betas=BETA)
    (delta,) = [event for event in answer.reply.body.split(b"\n\n") if b"event: message_delta" in event]
    assert b'"cleared_tool_uses":3' in delta


def test_edited_words_never_change_the_clients_own_blocks():
    asked = loop(**AT_ONCE)
    before = [text("x"), *asked["messages"]]
    edits(asked)
    assert before[1:] == asked["messages"]
