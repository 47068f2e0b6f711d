from agentforge.tokens import count_request, family
from agentforge.wire import Message, Request, Text, Tool, ToolResult, ToolUse
from agentforge.wire.jsontext import Json

MODEL = "claude-opus-5-5"
REQUEST = Request(
    "anthropic",
    MODEL,
    (
        Message("user", "Where is the parcel?"),
        Message("assistant", (Text("I look."), ToolUse("t1", "find", Json.of({"parcel": 7})))),
        Message("user", (ToolResult("t1", "in the third depot " * 40),)),
    ),
    system="You track parcels.",
    tools=(Tool("find", "Finds a parcel.", Json.of({"type": "object"})), Tool("open", "Opens it.", deferred=True)),
)


def test_the_parts_of_a_request_add_up_to_its_estimate():
    weights = count_request(REQUEST)
    parts = (weights.system, weights.all_tools, weights.all_messages, weights.tool_prompt, weights.frame)
    assert sum(part.value for part in parts) == weights.estimate.value


def test_blocks_are_told_apart_by_kind():
    kinds = count_request(REQUEST).by_kind
    assert set(kinds) == {"text", "tool_use", "tool_result"}
    assert kinds["tool_result"].value > kinds["text"].value > 0


def test_a_deferred_tool_is_listed_but_does_not_count():
    weights = count_request(REQUEST)
    assert [(tool.name, tool.in_view) for tool in weights.tools] == [("find", True), ("open", False)]
    assert weights.all_tools.value == weights.tools[0].count.value


def test_law_8_honest_numbers_no_sum_is_surer_than_the_tokenizer_is_known():
    weights = count_request(REQUEST)
    least = family(MODEL).total_error
    for count in (weights.all_tools, weights.all_messages, *weights.by_kind.values(), weights.estimate):
        assert count.method == "estimated"
        assert count.error is None or count.error >= least
