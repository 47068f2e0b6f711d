import pytest

from agentforge.simulate.openai_form import check_chat, check_responses, schema_of
from agentforge.simulate.reply import Refusal

CHAT = {"messages": [{"role": "user", "content": "x"}]}
CALL = {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f"}}]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "r"}
ITEM = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "a", "output": "r"}


def refusal(check, plain):
    with pytest.raises(Refusal) as refused:
        check(plain)
    assert refused.value.status == 400
    return refused.value


def test_good_requests_pass():
    check_chat(CHAT)
    check_chat({"messages": [*CHAT["messages"], CALL, RESULT]})
    check_responses({"input": "x"})
    check_responses({"input": [ITEM, OUTPUT]})


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({}, "Missing required parameter: 'messages'."),
        ({"messages": []}, "Invalid 'messages'"),
        ({"messages": "x"}, "Invalid 'messages'"),
        ({"messages": [7]}, "Invalid value: 'None'."),
        ({"messages": [{"role": "narrator"}]}, "Invalid value: 'narrator'. Supported values are: 'system', "),
        ({"messages": [CALL]}, "An assistant message with 'tool_calls' must be followed by tool messages"),
        ({"messages": [CALL, *CHAT["messages"]]}, "An assistant message with 'tool_calls' must be followed"),
        ({"messages": [RESULT]}, "messages with role 'tool' must be a response to a preceding message"),
        ({"messages": [CALL, RESULT, RESULT]}, "messages with role 'tool' must be a response"),
        ({"messages": [{**CALL, "tool_calls": [7]}]}, "Invalid type for 'messages[0].tool_calls'."),
        ({**CHAT, "tools": {}}, "Invalid type for 'tools'"),
        ({**CHAT, "tools": [7]}, "Invalid type for 'tools[0]'"),
        ({**CHAT, "tools": [{}]}, "Missing required parameter: 'tools[0].type'."),
        ({**CHAT, "stream": 1}, "Invalid type for 'stream'"),
        ({**CHAT, "stream_options": []}, "Invalid type for 'stream_options'"),
        ({**CHAT, "max_completion_tokens": 0}, "Invalid 'max_completion_tokens': expected at least 1."),
        ({**CHAT, "max_tokens": True}, "Invalid type for 'max_tokens'"),
    ],
)
def test_a_chat_request_is_checked(plain, said):
    assert refusal(check_chat, plain).message.startswith(said)


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({}, "Missing required parameter: 'input'."),
        ({"input": 7}, "Invalid type for 'input'"),
        ({"input": [7]}, "Invalid type for 'input'"),
        ({"input": [ITEM]}, "No tool output found for function call a."),
        ({"input": [OUTPUT]}, "No tool call found for function call output with call_id a."),
        ({"input": "x", "instructions": 7}, "Invalid type for 'instructions'"),
        ({"input": "x", "text": 7}, "Invalid type for 'text'"),
    ],
)
def test_a_responses_request_is_checked(plain, said):
    assert refusal(check_responses, plain).message.startswith(said)


def test_no_response_is_remembered():
    refused = refusal(check_responses, {"input": "x", "previous_response_id": "resp_1"})
    assert (refused.code, refused.message) == (
        "previous_response_not_found",
        "Previous response with id 'resp_1' not found.",
    )


@pytest.mark.parametrize(
    ("plain", "schema"),
    [
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {"a": 1}}}}, {"a": 1}),
        ({"text": {"format": {"type": "json_schema", "schema": {"a": 1}}}}, {"a": 1}),
        ({"text": {"format": {"type": "text"}}}, None),
        ({}, None),
    ],
)
def test_a_wanted_form_is_found_where_each_dialect_puts_it(plain, schema):
    assert schema_of(plain) == schema
