import pytest

from agentforge.simulate import Turn
from agentforge.wire import Json
from simulate.asking import ask, assistant, body, call, provider, result, text, user


def refusal(**members):
    answer = ask(provider(), body(**members))
    assert answer.plain["error"]["type"] == "invalid_request_error"
    return answer.error


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"messages": None}, "messages: Input should be a valid list"),
        ({"messages": "hello"}, "messages: Input should be a valid list"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": [7]}, "messages.0: Input should be an object"),
        ({"messages": [{"content": "x"}]}, "messages.0.role: Field required"),
        ({"messages": [{"role": 7, "content": "x"}]}, "messages.0.role: Input should be a valid string"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        ({"messages": [{"role": "user", "content": {}}]}, "messages.0.content: Input should be a valid list"),
        ({"messages": [user(7)]}, "messages.0.content.0: Input should be an object"),
        ({"messages": [user({})]}, "messages.0.content.0.type: Field required"),
        ({"messages": [user({"type": "text"})]}, "messages.0.content.0.text.text: Field required"),
        (
            {"messages": [user({"type": "text", "text": 7})]},
            "messages.0.content.0.text.text: Input should be a valid string",
        ),
        ({"messages": [user(call(id_=7))]}, "messages.0.content.0.tool_use.id: Input should be a valid string"),
        (
            {"messages": [user({"type": "tool_use", "id": "a", "name": "b", "input": "c"})]},
            "messages.0.content.0.tool_use.input: Input should be an object",
        ),
        (
            {"messages": [user(result(content=7))]},
            "messages.0.content.0.tool_result.content: Input should be a valid list",
        ),
        (
            {"messages": [user({**text("x"), "cache_control": True})]},
            "messages.0.content.0.text.cache_control: Input should be an object",
        ),
        ({"max_tokens": None}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        (
            {"max_tokens": 128_001},
            "max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens for claude-opus-5-5",
        ),
        ({"system": 7}, "system: Input should be a valid list"),
        ({"system": [{"type": "image"}]}, "system.0: Input tag 'image' found using 'type' does not match any of the"),
        ({"tools": {}}, "tools: Input should be a valid list"),
        ({"thinking": "yes"}, "thinking: Input should be an object"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"stop_sequences": [7]}, "stop_sequences.0: Input should be a valid string"),
        ({"output_config": {"format": 7}}, "output_config.format: Input should be an object"),
        ({"cache_control": 7}, "cache_control: Input should be an object"),
    ],
    ids=str,
)
def test_the_form_is_checked_and_the_path_named(members, said):
    assert refusal(**members).startswith(said)


@pytest.mark.parametrize("name", ["messages", "max_tokens"])
def test_required_members_are_demanded(name):
    asked = body()
    del asked[name]
    assert ask(provider(), asked).error == f"{name}: Field required"


def test_null_is_the_same_as_leaving_it_out():
    assert ask(provider(), body(system=None, tools=None, thinking=None, tool_choice=None, stream=None)).status == 200


def test_an_unknown_type_of_block_is_refused_and_the_known_ones_named():
    said = refusal(messages=[user({"type": "hologram"})])
    assert said.startswith("messages.0.content.0: Input tag 'hologram' found using 'type' does not match any of the")
    assert "'tool_result'" in said


def test_a_block_of_the_scripts_own_is_taken_back():
    of = provider(Turn(blocks=(Json(b'{"type":"hologram","x":1}'),)))
    content = ask(of, body()).content
    assert content == [{"type": "hologram", "x": 1}]
    assert ask(of, body("a", {"role": "assistant", "content": content}, "b")).status == 200


def test_a_result_holds_only_what_results_may_hold():
    held = [{"type": "tool_reference", "tool_name": "x"}, result()]
    said = refusal(messages=[user("a"), assistant(call()), user(result(content=held))])
    assert said.startswith("messages.2.content.0.tool_result.content.1: Input tag 'tool_result'")
