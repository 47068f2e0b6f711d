import pytest

from agentforge.context.recall import NAME
from agentforge.simulate.whatif.laying import UNANSWERED, UNTOLD, answered, asked, filled, recalled
from agentforge.simulate.whatif.threads import Turn
from agentforge.transcripts import Entry
from agentforge.wire import DIALECTS, Json, Text, ToolResult, ToolUse


def turn(*before, answer=()):
    return Turn("first", 0, tuple(before), tuple(answer), "r", "m", None)


CALL = Entry("tool_call", "assistant", call_id="t1", name="Read", structured=Json(b'{"path":"a.py"}'))
RESULT = Entry("tool_result", "tool", call_id="t1", name="Read", text="text")


def blocks(messages):
    return [block for message in messages for block in message.blocks]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_law_9_pairs_stay_paired_results_come_first_and_in_the_order_of_their_calls(dialect):
    other = Entry("tool_call", "assistant", call_id="t2", name="Read", structured=Json(b"{}"))
    late = Entry("tool_result", "tool", call_id="t2", text="second")
    said = asked(dialect, turn(Entry("prompt", "user", text="Go on."), late, RESULT), turn(answer=[CALL, other]))
    results = [block for block in blocks(said) if isinstance(block, ToolResult)]
    assert [block.tool_use_id for block in results] == ["t1", "t2"]
    assert isinstance(blocks(said)[-1], Text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_call_without_a_result_gets_one_that_says_so(dialect):
    (result,) = blocks(asked(dialect, turn(), turn(answer=[CALL])))
    assert isinstance(result, ToolResult)
    said = result.content if isinstance(result.content, str) else blocks([result])[0].text
    assert said == UNANSWERED


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_result_without_its_call_is_told_as_text(dialect):
    assert [block.text for block in blocks(asked(dialect, turn(RESULT), None))] == ["text"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_where_nothing_is_told_the_message_says_so(dialect):
    assert [block.text for block in blocks(asked(dialect, turn(), None))] == [UNTOLD]
    assert [block.text for block in blocks(answered(dialect, turn()))] == [UNTOLD]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_is_its_words_and_calls_without_its_thinking(dialect):
    thought = Entry("thinking", "assistant", text="Hm.")
    words = Entry("assistant_text", "assistant", text="I look.")
    first, second = blocks(answered(dialect, turn(answer=[thought, words, CALL, CALL])))
    assert first.text == "I look."
    assert isinstance(second, ToolUse)
    assert (second.id, second.name, second.input.value) == ("t1", "Read", {"path": "a.py"})


def test_arguments_that_are_no_json_stand_as_text():
    patch = Entry("tool_call", "assistant", call_id="t1", name="apply_patch", structured=Json(b"*** Begin"))
    (call,) = blocks(answered("openai-responses", turn(answer=[patch])))
    assert call.input.value == {"input": "*** Begin"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_recall_is_a_call_and_its_result(dialect):
    call, result = recalled(dialect, "t9", {"handle": "recall:1"}, "the lines")
    assert blocks(call)[0].name == NAME
    assert blocks(result)[0].tool_use_id == "t9"


@pytest.mark.parametrize("dialect", ["openai-chat", "openai-responses"])
def test_a_prompt_that_is_a_message_is_filled_with_one(dialect):
    (message,) = filled(dialect, "the the")
    assert message.blocks[0].text == "the the"
