import json

import pytest

from agentforge.simulate import Call, Failure, Turn
from agentforge.simulate.asked import LARGEST
from agentforge.wire import Text, Thinking, ToolUse
from simulate.asking import ask, long, provider

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
DIALECTS = {CHAT: "openai-chat", RESPONSES: "openai-responses"}
CALLS = Turn(thinking="hm", text="Looking.", calls=(Call("f", {"a": 1}), Call("g")))
PATHS = pytest.mark.parametrize("path", [CHAT, RESPONSES])


def asked(path, words="hello", **more):
    tools = [{"type": "function", "name": "f", "function": {"name": "f"}}]
    said = {"messages": [{"role": "user", "content": words}]} if path == CHAT else {"input": words}
    return {"model": "gpt-5.5", "tools": tools, **said, **more}


def payloads(answer):
    lines = [line for line in answer.reply.body.split(b"\n") if line.startswith(b"data: ")]
    return [line.removeprefix(b"data: ") for line in lines]


def test_a_chat_answer_is_a_string_with_its_calls_beside():
    plain = ask(provider("hi"), asked(CHAT), CHAT).plain
    assert plain["object"] == "chat.completion"
    assert plain["choices"][0] == {
        "index": 0,
        "message": {"role": "assistant", "content": "hi"},
        "finish_reason": "stop",
    }
    choice = ask(provider(CALLS), asked(CHAT), CHAT).plain["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "Looking."
    assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["f", "g"]
    assert json.loads(choice["message"]["tool_calls"][0]["function"]["arguments"]) == {"a": 1}


def test_a_responses_answer_has_an_item_for_each_part():
    plain = ask(provider(CALLS), asked(RESPONSES), RESPONSES).plain
    assert [item["type"] for item in plain["output"]] == ["reasoning", "message", "function_call", "function_call"]
    assert plain["status"] == "completed"
    assert plain["usage"]["output_tokens_details"]["reasoning_tokens"] > 0


@PATHS
def test_a_stream_says_the_same_as_the_whole(path):
    whole = ask(provider(CALLS), asked(path), path)
    response = ask(provider(CALLS), asked(path, stream=True), path).streamed(DIALECTS[path])
    kinds = [type(block) for block in response.blocks]
    assert kinds == ([Text, ToolUse, ToolUse] if path == CHAT else [Thinking, Text, ToolUse, ToolUse])
    assert response.stop_reason == "tool_use"
    assert whole.status == 200


def test_a_chat_stream_tells_its_usage_only_when_asked():
    of = provider("hi")
    silent = payloads(ask(of, asked(CHAT, stream=True), CHAT))
    told = payloads(ask(of, asked(CHAT, stream=True, stream_options={"include_usage": True}), CHAT))
    assert not any(b'"usage":{' in one for one in silent)
    assert json.loads(told[-2])["choices"] == []
    assert json.loads(told[-2])["usage"]["prompt_tokens"] > 0
    assert told[-1] == silent[-1] == b"[DONE]"


@PATHS
def test_a_long_prefix_is_read_from_the_cache_the_second_time_and_for_ten_minutes(path):
    of = provider("hi")

    def cached(now):
        usage = ask(of, asked(path, long(2000)), path, now=now).plain["usage"]
        details = usage.get("prompt_tokens_details") or usage["input_tokens_details"]
        return details["cached_tokens"]

    assert cached(0.0) == 0
    assert cached(1.0) > 1900
    assert cached(1.0) % 128 == 0
    assert cached(700.0) == 0


@PATHS
def test_no_key_no_answer(path):
    refused = ask(provider(), asked(path), path, headers={})
    assert (refused.status, refused.plain["error"]["code"]) == (401, "invalid_api_key")


@PATHS
@pytest.mark.parametrize(
    ("sent", "status"), [(b"{", 400), (b"[]", 400), (b"{}", 400), (b" " * (LARGEST + 1), 413)], ids=range(4)
)
def test_what_is_no_request_is_refused_in_openais_words(path, sent, status):
    refused = ask(provider(), sent, path)
    assert refused.status == status
    assert set(refused.plain["error"]) == {"message", "type", "param", "code"}
    assert refused.plain["error"]["type"] == "invalid_request_error"


@PATHS
def test_other_methods_are_refused(path):
    assert ask(provider(), b"", path, method="GET").status == 405


@PATHS
def test_failures_cuts_and_errors_in_the_middle(path):
    failures = (Failure(429, headers={"retry-after": "1"}), Failure(500, "server_error", "sorry", after=2))
    of = provider(Turn(text="x" * 200, failures=failures, cut_after=3))
    limited, broken, cut, whole = (ask(of, asked(path, stream=True), path) for _ in range(4))
    assert (limited.status, limited.reply.headers["retry-after"]) == (429, "1")
    assert b"sorry" in payloads(broken)[-1]
    assert (cut.reply.cut, len(cut.reply.chunks)) == (True, 3)
    assert whole.streamed(DIALECTS[path]).blocks[0].text == "x" * 200


@PATHS
def test_an_answer_is_cut_at_its_limit(path):
    name = "max_completion_tokens" if path == CHAT else "max_output_tokens"
    plain = ask(provider(long(300)), asked(path, **{name: 10}), path).plain
    if path == CHAT:
        assert plain["choices"][0]["finish_reason"] == "length"
        assert plain["usage"]["completion_tokens"] == 10
    else:
        assert (plain["status"], plain["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


@pytest.mark.parametrize("stop", ["END", ["END", "x"]])
def test_a_chat_answer_ends_at_a_stop_sequence(stop):
    choice = ask(provider("one END two"), asked(CHAT, stop=stop), CHAT).plain["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one ", "stop")


@PATHS
def test_odd_usage_is_told_as_the_script_says(path):
    name = "prompt_tokens" if path == CHAT else "input_tokens"
    of = provider(Turn(text="x", usage={name: None}), Turn(text="x", usage=None))
    assert ask(of, asked(path), path).plain["usage"][name] is None
    later = asked(path)
    key = "messages" if path == CHAT else "input"
    later[key] = [{"role": role, "content": "x"} for role in ("user", "assistant", "user")]
    assert "usage" not in ask(of, later, path).plain


@PATHS
def test_pings_are_comments(path):
    of = provider(Turn(text="x" * 200, ping_every=1))
    assert b": ping\n\n" in ask(of, asked(path, stream=True), path).reply.body


def test_runs_of_items_of_the_model_are_one_answer():
    items = [
        {"role": "user", "content": "a"},
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "call_id": "x", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "x", "output": "r"},
    ]
    of = provider("first", "second")
    assert ask(of, {**asked(RESPONSES), "input": items}, RESPONSES).plain["output"][0]["content"][0]["text"] == "second"
