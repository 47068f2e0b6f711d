import json

import pytest

from agentforge.simulate import Call, Failure, Provider, Script, Turn
from agentforge.wire import Json, Text, Thinking, ToolUse
from simulate.asking import KEY, MODEL, OLD, ask, assistant, body, counted, long, provider, result, tool, user

READS = Turn(thinking="I look.", text="Looking.", calls=(Call("read", {"path": "a"}), Call("read", {"path": "b"})))


def events(answer):
    blocks = [block.split(b"\n") for block in answer.reply.body.strip().split(b"\n\n")]
    return [(name.removeprefix(b"event: ").decode(), json.loads(data.removeprefix(b"data: "))) for name, data in blocks]


# --- Ways in


@pytest.mark.parametrize("key", [{"x-api-key": "k"}, {"Authorization": "Bearer k"}])
def test_a_key_comes_in_either_header(key):
    assert ask(provider("x"), body(), headers={**key, "anthropic-version": "2023-06-01"}).status == 200


@pytest.mark.parametrize("key", [{}, {"x-api-key": " "}, {"authorization": "Bearer "}])
def test_without_a_key_nobody_is_let_in(key):
    refused = ask(provider(), body(), headers={**key, "anthropic-version": "2023-06-01"})
    assert (refused.status, refused.plain["error"]["type"]) == (401, "authentication_error")


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages?beta=true", "/p/alpha/v1/messages", "/v1/messages/"])
def test_only_the_path_counts_and_a_prefix_is_kept(path):
    assert ask(provider("x"), body(), path).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/nowhere", 404, "not_found_error"),
        ("POST", "/v1/messagesX", 404, "not_found_error"),
        ("POST", "/xv1/messages", 404, "not_found_error"),
        ("POST", "/", 404, "not_found_error"),
        ("GET", "/v1/messages", 405, "invalid_request_error"),
        ("DELETE", "/v1/messages/count_tokens", 405, "invalid_request_error"),
        ("POST", "/v1/models", 405, "invalid_request_error"),
    ],
)
def test_a_wrong_path_or_method_is_refused(method, path, status, kind):
    refused = ask(provider(), body(), path, method=method)
    assert (refused.status, refused.plain["error"]["type"]) == (status, kind)


def test_the_version_header_is_demanded():
    refused = ask(provider(), body(), headers={"x-api-key": "k"})
    assert (refused.status, refused.error) == (400, "anthropic-version: header is required")


def test_a_client_may_probe_whether_someone_is_there():
    for path in ("/", "/api/hello"):
        assert ask(provider(), b"", path, method="HEAD", headers={}).status == 200


def test_an_error_has_the_documented_body_and_an_id_to_ask_about():
    refused = ask(provider(), body(model="claude-9"))
    assert refused.status == 404
    assert refused.plain == {
        "type": "error",
        "error": {"type": "not_found_error", "message": "model: claude-9"},
        "request_id": refused.reply.headers["request-id"],
    }


# --- Answers


def test_a_turn_of_thinking_text_and_parallel_calls():
    answer = ask(provider(READS), body(tools=[tool()]))
    assert [block["type"] for block in answer.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert answer.plain["stop_reason"] == "tool_use"
    assert len({block["id"] for block in answer.content[2:]}) == 2
    assert answer.plain["usage"]["output_tokens_details"]["thinking_tokens"] > 0
    assert (answer.plain["type"], answer.plain["role"], answer.plain["model"]) == ("message", "assistant", MODEL)


def test_a_streamed_answer_is_the_answer_in_the_documented_order():
    plain = ask(provider(READS), body(tools=[tool()]))
    streamed = ask(provider(READS), body(tools=[tool()], stream=True))
    names = [name for name, _ in events(streamed)]
    assert names[:3] == ["message_start", "ping", "content_block_start"]
    assert names[-2:] == ["message_delta", "message_stop"]
    response = streamed.streamed()
    assert [type(block) for block in response.blocks] == [Thinking, Text, ToolUse, ToolUse]
    assert response.blocks[3].input == Json(b'{"path":"b"}')
    assert response.stop_reason == "tool_use"
    assert response.usage.output_tokens == plain.usage["output_tokens"]
    assert response.usage.prompt == plain.prompt


def test_hidden_thinking_opens_gets_its_signature_and_closes():
    streamed = ask(provider(READS), body(tools=[tool()], stream=True))
    kinds = [data.get("delta", {}).get("type") for _, data in events(streamed)]
    assert "thinking_delta" not in kinds
    assert kinds.count("signature_delta") == 1


@pytest.mark.parametrize(
    ("name", "thinking", "blocks", "shown"),
    [
        (MODEL, None, 1, ""),
        (MODEL, {"type": "adaptive", "display": "summarized"}, 1, "I look."),
        (MODEL, {"type": "adaptive", "display": "omitted"}, 1, ""),
        ("claude-opus-5", {"type": "disabled"}, 0, None),
        ("claude-opus-4-8", None, 0, None),
        ("claude-opus-4-8", {"type": "adaptive"}, 1, ""),
        (OLD, None, 0, None),
        (OLD, {"type": "enabled", "budget_tokens": 1024}, 1, "I look."),
    ],
)
def test_each_model_thinks_and_shows_it_as_it_does(name, thinking, blocks, shown):
    asked = body(model=name, max_tokens=2000, tools=[tool()]) | ({"thinking": thinking} if thinking else {})
    content = [block for block in ask(provider(READS), asked).content if block["type"] == "thinking"]
    assert [block["thinking"] for block in content] == [shown] * blocks


@pytest.mark.parametrize("reason", ["pause_turn", "refusal", "model_context_window_exceeded", "end_turn"])
def test_an_answer_may_end_for_any_reason(reason):
    of = provider(Turn(text="x", stop_reason=reason), Turn(text="x", stop_reason=reason))
    assert ask(of, body()).plain["stop_reason"] == reason
    assert ask(of, body(stream=True)).streamed().stop_reason == reason


def test_an_answer_is_cut_at_max_tokens():
    answer = ask(provider(long(300)), body(max_tokens=10))
    assert (answer.plain["stop_reason"], answer.usage["output_tokens"]) == ("max_tokens", 10)


def test_an_answer_ends_at_a_stop_sequence_streamed_or_not():
    of = provider("one END two")
    answer = ask(of, body(stop_sequences=["END"]))
    assert (answer.plain["stop_reason"], answer.plain["stop_sequence"]) == ("stop_sequence", "END")
    assert answer.content[0]["text"] == "one "
    streamed = events(ask(of, body(stop_sequences=["END"], stream=True)))
    (delta,) = [data for name, data in streamed if name == "message_delta"]
    assert delta["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": "END"}


def test_raw_blocks_stand_as_they_are_streamed_or_not():
    raw = Json(b'{"type":"hologram","x":[1,2]}')
    of = provider(Turn(text="see", blocks=(raw,)))
    assert ask(of, body()).content[1] == raw.value
    assert ask(of, body(stream=True)).streamed().blocks[1].body == raw


# --- Usage


def test_usage_can_be_odd_null_huge_or_missing():
    odd = Turn(text="x", usage={"input_tokens": None, "output_tokens": 10**12, "speed": "fast"})
    for stream in (False, True):
        of = provider(odd, Turn(text="x", usage=None))
        answer = ask(of, body(stream=stream))
        last = answer.plain if not stream else events(answer)[-2][1]
        assert last["usage"]["input_tokens"] is None
        assert last["usage"]["output_tokens"] == 10**12
        assert last["usage"]["speed"] == "fast"
        none = ask(of, body("a", assistant("x"), "b", stream=stream))
        for part in [none.plain] if not stream else [events(none)[0][1]["message"], events(none)[-2][1]]:
            assert "usage" not in part


def test_the_start_of_a_stream_has_the_prompts_figures_and_its_end_the_answers():
    of = provider(long(50))
    asked = body(long(900), stream=True, cache_control={"type": "ephemeral"})
    start, *_, end, _ = [data for _, data in events(ask(of, asked))]
    assert start["message"]["usage"]["cache_creation_input_tokens"] == end["usage"]["cache_creation_input_tokens"] > 900
    assert (start["message"]["usage"]["output_tokens"], start["message"]["content"]) == (1, [])
    assert end["usage"]["output_tokens"] >= 50


def conversation(of, turns):
    asked = body(long(40), system="be", tools=[tool(), tool("later", defer_loading=True)])
    yield asked
    for _ in range(turns):
        content = ask(of, asked).content
        calls = [block["id"] for block in content if block["type"] == "tool_use"]
        follow = user(*(result(one, long(30)) for one in calls), "on")
        asked = {**asked, "messages": [*asked["messages"], {"role": "assistant", "content": content}, follow]}
        yield asked


def test_law_8_counting_gives_exactly_what_is_billed_at_every_turn():
    of = provider(READS, "text", READS, Turn(text="t", thinking=long(60)), "end")
    for asked in conversation(of, 5):
        assert counted(of, asked) == ask(of, asked).prompt


# --- Delivery


def test_waits_paces_and_pings_are_in_the_reply():
    of = provider(Turn(text="word " * 40, wait=1.0, pace=0.25, ping_every=2))
    chunks = ask(of, body(stream=True)).reply.chunks
    assert chunks[0].wait == 1.0
    assert {chunk.wait for chunk in chunks[1:]} == {0.25}
    assert sum(b"event: ping" in chunk.data for chunk in chunks) > 3
    assert ask(of, body()).reply.chunks[0].wait == 1.0


def test_an_error_may_come_in_the_middle_of_a_stream():
    of = provider(Turn(text="word " * 40, failures=(Failure(529, message="busy", after=4),)))
    broken = ask(of, body(stream=True))
    assert broken.status == 200
    assert [name for name, _ in events(broken)][3:] == ["content_block_delta", "error"]
    assert events(broken)[-1][1] == {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    assert events(ask(of, body(stream=True)))[-1][0] == "message_stop"


def test_without_a_stream_such_an_error_comes_instead_of_the_answer():
    of = provider(Turn(text="x", failures=(Failure(529, after=4),)))
    assert [ask(of, body()).status, ask(of, body()).status] == [529, 200]


def test_an_answer_that_is_no_stream_can_be_cut_as_well():
    of = provider(Turn(text="x" * 100, cut_after=0))
    cut, whole = ask(of, body()).reply, ask(of, body()).reply
    assert (cut.cut, whole.cut) == (True, False)
    assert len(cut.body) < len(whole.body)


def test_a_cut_answer_was_charged_and_cached_all_the_same():
    of = provider(Turn(text="x" * 100, cut_after=2))
    asked = body(long(900), cache_control={"type": "ephemeral"}, stream=True)
    assert ask(of, asked).reply.usage["cache_creation_input_tokens"] > 900
    assert ask(of, asked).reply.usage["cache_read_input_tokens"] > 900


def test_an_old_account_is_a_setting_of_the_provider():
    of = Provider(Script(turns=(READS,)), enforce_prefix=False)
    content = ask(of, body(tools=[tool()])).content
    changed = body("other", {"role": "assistant", "content": content[:2]}, "on", tools=[tool()])
    assert ask(of, changed, headers=KEY).status == 200
