import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.simulate import Exchange, Failure, Provider, Script, Turn
from agentforge.simulate import provider as module
from agentforge.wire import decode_response
from simulate.asking import KEY, MODEL, OPENAI_KEY, ask, body, call, provider, tool, user
from strategies import REQUESTS, conversations, json_values, written

# --- What is recorded


def test_every_request_is_recorded_without_its_keys():
    of = provider("hi")
    secrets = {
        "Authorization": "Bearer sk-1",
        "X-Api-Key": "sk-2",
        "Cookie": "sk-3",
        "api-key": "sk-4",
        "X-Vault": "sk-5",
        "X-App": "y",
    }
    ask(of, body(), headers={**secrets, "anthropic-version": "2023-06-01"}, now=7.5)
    ask(of, b"{", "/v1/messages?beta=true&key=sk-6&sk-7")
    good, bad = of.exchanges
    assert (good.number, good.at, good.method, good.path, good.status) == (1, 7.5, "POST", "/v1/messages", 200)
    assert good.usage["output_tokens"] > 0
    assert json.loads(good.body) == body()
    assert good.headers["x-app"] == "y"
    assert "sk-" not in repr(of.exchanges)
    assert (bad.number, bad.path, bad.status, bad.usage) == (
        2,
        "/v1/messages?beta=true&key=(left out)&(left out)",
        400,
        None,
    )
    assert json.loads(bad.answered)["type"] == "error"


def test_a_listener_is_told_of_every_request():
    told: list[Exchange] = []
    of = provider("hi", on_exchange=told.append)
    ask(of, body())
    ask(of, b"", "/nowhere")
    assert told == of.exchanges


def test_what_is_kept_to_look_at_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "KEPT_BYTES", 10_000)
    of = provider()
    for _ in range(30):
        ask(of, body("x" * 100))
    assert len(of.exchanges) < 10
    assert of.exchanges[-1].number == of.answered == 30
    ask(of, body("x" * 50_000))
    assert len(of.exchanges) == 1
    for _ in range(30):
        ask(of, b"", "/v1/models")
    assert len(of.exchanges) < 10


# --- What is said


def test_turns_are_said_by_the_number_of_answers_and_then_the_last_word():
    of = Provider(Script(turns=(Turn(text="one"), Turn(text="two")), last="the end"))
    asked = body()
    for words in ("one", "two", "the end", "the end"):
        content = ask(of, asked).content
        assert content[0]["text"] == words
        asked["messages"] += [{"role": "assistant", "content": content}, user("on")]


def test_failures_come_first_and_each_once_even_when_the_request_is_changed_to_mend_it():
    of = provider(Turn(text="x", failures=(Failure(429, headers={"retry-after": "2"}), Failure(529), Failure(400))))
    first, second, third = (ask(of, body(words)) for words in ("a", "a", "b"))
    assert (first.status, first.reply.headers["retry-after"]) == (429, "2")
    assert first.plain["error"]["type"] == "rate_limit_error"
    assert second.plain["error"]["type"] == "overloaded_error"
    assert third.plain["error"]["type"] == "invalid_request_error"
    assert ask(of, body("b")).status == ask(of, body("a")).status == 200


def test_a_failure_is_neither_charged_nor_cached():
    of = provider(Turn(text="x", failures=(Failure(529),)))
    asked = body(user("word " * 900), cache_control={"type": "ephemeral"})
    ask(of, asked)
    assert ask(of, asked).charged[0] == 0


def test_a_cut_comes_after_the_failures_and_before_success():
    of = provider(Turn(text="x" * 500, failures=(Failure(500),), cut_after=3))
    asked = body(stream=True)
    replies = [ask(of, asked).reply for _ in range(4)]
    assert [reply.status for reply in replies] == [500, 200, 200, 200]
    assert [reply.cut for reply in replies] == [False, True, False, False]
    assert len(replies[1].chunks) == 3


def test_counting_uses_up_no_failure():
    of = provider(Turn(text="x", failures=(Failure(529),)))
    asked = body()
    ask(of, {"model": MODEL, "messages": asked["messages"]}, "/v1/messages/count_tokens")
    assert ask(of, asked).status == 529


def test_another_key_meets_its_own_failures():
    of = provider(Turn(text="x", failures=(Failure(529),)))
    other = {**KEY, "x-api-key": "other"}
    assert [ask(of, body(), headers=key).status for key in (KEY, other, KEY, other)] == [529, 529, 200, 200]


def test_every_answer_has_an_id_of_its_own_and_the_same_story_gives_the_same_ids():
    ids = [[ask(of, body()).plain["id"] for _ in range(2)] for of in (provider("x"), provider("x"))]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


# --- Requests beside the conversation

CALLS = Turn(text="I look", calls=())


def test_a_plain_chat_gets_the_script_though_it_brings_no_tools():
    assert ask(provider("hello"), body()).content[0]["text"] == "hello"
    chat = {"model": "gpt-5.5", "messages": [user("hi")]}
    assert ask(provider("hello"), chat, "/v1/chat/completions").plain["choices"][0]["message"]["content"] == "hello"


def test_what_brings_no_tools_for_a_script_that_calls_some_is_answered_aside():
    from agentforge.simulate import Call

    of = Provider(Script(turns=(Turn(calls=(Call("read"),)),), aside="a title"))
    assert ask(of, body()).content[0]["text"] == "a title"
    assert ask(of, body(tools=[tool()])).content[0]["type"] == "tool_use"


def test_a_wanted_form_is_answered_with_the_smallest_value_that_fits():
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    wanted = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    assert json.loads(ask(provider("x"), body(**wanted)).content[0]["text"]) == {"title": "ok"}


def test_a_clients_own_summary_is_answered_aside():
    asked = body("CRITICAL: Respond with TEXT ONLY. Summarise.", tools=[tool()])
    assert ask(provider("x"), asked).content[0]["text"] == "ok"


def test_after_a_compaction_the_story_goes_on_where_the_calls_that_are_left_say():
    from agentforge.simulate import Call

    of = provider(*[Turn(calls=(Call("read"),))] * 3, "the end")
    asked = body(tools=[tool()])
    for _ in range(3):
        content = ask(of, asked).content
        asked["messages"] += [
            {"role": "assistant", "content": content},
            user({"type": "tool_result", "tool_use_id": content[0]["id"], "content": "x"}),
        ]
    compacted = {**asked, "messages": [user("a summary"), *asked["messages"][-2:]]}
    assert ask(of, compacted).content[0]["text"] == "the end"


# --- Whatever comes in

PATHS = ["/v1/messages", "/v1/messages/count_tokens", "/v1/models", "/v1/chat/completions", "/v1/responses"]


def assert_well_formed(path, reply):
    if not reply.body:
        assert reply.status < 400
        return
    if reply.headers["content-type"].startswith("text/event-stream"):
        assert reply.status == 200
        assert reply.body.endswith(b"\n\n")
        return
    plain = json.loads(reply.body)
    if reply.status >= 400:
        assert plain["error"]["message"]
        assert plain["error"]["type"]
        if "chat" not in path and "responses" not in path and "models" not in path:
            assert plain["type"] == "error"
            assert plain["request_id"] == reply.headers["request-id"]
    else:
        assert reply.status == 200


def handle(path, sent, method="POST", headers=None):
    key = OPENAI_KEY if path in PATHS[3:] else KEY
    of = provider("hello", Turn(thinking="hm", text="again"))
    reply = of.handle(method, path, {**key, **(headers or {})}, sent, now=0.0)
    assert_well_formed(path, reply)
    assert len(of.exchanges) == 1
    return reply


@given(st.binary(max_size=200), st.sampled_from(PATHS))
def test_any_bytes_get_a_well_formed_answer(sent, path):
    handle(path, sent)


@settings(max_examples=60)
@given(json_values, st.sampled_from(PATHS))
def test_any_json_gets_a_well_formed_answer(plain, path):
    handle(path, written(plain))


@settings(max_examples=40)
@given(
    st.text(max_size=20).map(lambda path: "/" + path) | st.sampled_from(PATHS),
    st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "", "get"]),
    st.dictionaries(st.sampled_from(["anthropic-version", "anthropic-beta", "x-api-key", "authorization"]), st.text()),
)
def test_any_method_path_and_headers_get_a_well_formed_answer(path, method, headers):
    reply = provider().handle(method, path, headers, b"{}", now=0.0)
    assert reply.status in (200, 400, 401, 404, 405)


@pytest.mark.parametrize(
    ("dialect", "path"),
    [("anthropic", PATHS[0]), ("anthropic", PATHS[1]), ("openai-chat", PATHS[3]), ("openai-responses", PATHS[4])],
)
def test_any_request_of_a_dialect_gets_a_well_formed_answer(dialect, path):
    @settings(max_examples=120)
    @given(REQUESTS[dialect], st.booleans())
    def answered(plain, stream):
        handle(path, written({"max_tokens": 20, **plain, "model": MODEL, "stream": stream}))

    answered()


@pytest.mark.parametrize(
    ("dialect", "path"), [("anthropic", PATHS[0]), ("openai-chat", PATHS[3]), ("openai-responses", PATHS[4])]
)
def test_law_9_every_well_behaved_conversation_is_answered_and_charged_for_all_of_its_prompt(dialect, path):
    @settings(max_examples=60)
    @given(conversations(dialect))
    def answered(plain):
        sent = {**plain, "model": MODEL, **({"max_tokens": 50} if dialect == "anthropic" else {})}
        for message in sent.get("messages", []) if dialect == "anthropic" else []:
            for block in message["content"] if isinstance(message["content"], list) else []:
                if block["type"] == "tool_use" and not block["name"]:
                    block["name"] = "x"
        if dialect == "anthropic" and sent["messages"][-1]["role"] == "assistant":
            sent["messages"].append(user("on"))
        reply = handle(path, written(sent))
        assert reply.status == 200, reply.body
        assert decode_response(dialect, reply.body).usage.prompt > 0

    answered()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("depth", [200, 900, 950, 990, 5000])
def test_deep_nesting_is_answered(path, depth):
    for inner in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        for place in (b'"metadata":%b', b'"messages":%b', b'"input":%b', b'"tools":[{"name":"a","input_schema":%b}]'):
            start = b'{"model":"claude-opus-5-5","max_tokens":5,"messages":[{"role":"user","content":"x"}],'
            handle(path, start + place % inner + b"}")


def test_an_input_that_nests_deeply_in_a_call_is_answered():
    deep = b'{"a":' * 400 + b"1" + b"}" * 400
    asked = json.dumps(body("a", {"role": "assistant", "content": [call(x="DEEP")]}, "b")).encode()
    handle("/v1/messages", asked.replace(b'"DEEP"', deep))


SEARCH = {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"}
RICH = {
    "/v1/messages": body(
        user("a", {"type": "image", "source": {"type": "url", "url": "https://a/b?c"}}),
        {"role": "assistant", "content": [{"type": "text", "text": "b"}, call("x"), call("y")]},
        user(
            {"type": "tool_result", "tool_use_id": "x", "content": [{"type": "tool_reference", "tool_name": "later"}]},
            {"type": "tool_result", "tool_use_id": "y", "content": "r", "cache_control": {"type": "ephemeral"}},
        ),
        {"role": "system", "content": "news"},
        {"role": "assistant", "content": [{"type": "server_tool_use", "id": "s", "name": "n", "input": {}}]},
        user("c"),
        system=[{"type": "text", "text": "be", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        tools=[tool(), SEARCH, tool("later", defer_loading=True)],
        tool_choice={"type": "auto"},
        thinking={"type": "adaptive", "display": "omitted", "block_binding": {"prefix_mismatch_behavior": "error"}},
        output_config={"effort": "high"},
        context_management={
            "edits": [
                {"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}},
                {
                    "type": "clear_tool_uses_20250919",
                    "trigger": {"type": "tool_uses", "value": 0},
                    "keep": {"type": "tool_uses", "value": 1},
                    "clear_at_least": {"type": "input_tokens", "value": 0},
                    "exclude_tools": ["other"],
                    "clear_tool_inputs": ["read"],
                },
            ]
        },
        diagnostics={"previous_message_id": None},
        stop_sequences=["x"],
        metadata={"user_id": "u"},
        stream=True,
    ),
    "/v1/chat/completions": {
        "model": "gpt-5.5",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "a"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "x", "content": "r"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object", "required": ["a"]}}},
        "stop": ["x"],
        "max_completion_tokens": 5,
        "stream_options": {"include_usage": True},
        "stream": True,
    },
    "/v1/responses": {
        "model": "gpt-5.5",
        "instructions": "be",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "a"}]},
            {"type": "reasoning", "summary": [], "encrypted_content": "e"},
            {"type": "function_call", "call_id": "x", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "x", "output": "r"},
        ],
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
        "text": {"format": {"type": "text"}},
        "max_output_tokens": 5,
        "stream": True,
    },
}
BETAS = {"anthropic-beta": "context-management-2025-06-27,thinking-binding-controls-2026-08-01"}


def with_one_changed(plain, draw):
    """The value with one value somewhere in it replaced or gone."""
    if isinstance(plain, dict) and plain and draw(st.integers(0, 6)):
        key = draw(st.sampled_from(sorted(plain)))
        if not draw(st.integers(0, 9)):
            return {name: value for name, value in plain.items() if name != key}
        return {**plain, key: with_one_changed(plain[key], draw)}
    if isinstance(plain, list) and plain and draw(st.integers(0, 6)):
        at = draw(st.integers(0, len(plain) - 1))
        return [*plain[:at], with_one_changed(plain[at], draw), *plain[at + 1 :]]
    return draw(json_values | st.sampled_from(["text", "tool_use", "tool_result", "all", "disabled", 10**30, -1, 1.5]))


@pytest.mark.parametrize("path", sorted(RICH))
def test_the_good_request_itself_is_answered(path):
    assert handle(path, written(RICH[path]), headers=BETAS).status == 200


@pytest.mark.parametrize("path", sorted(RICH))
def test_a_good_request_with_one_odd_value_gets_a_well_formed_answer(path):
    @settings(max_examples=250)
    @given(st.data())
    def answered(data):
        handle(path, written(with_one_changed(RICH[path], data.draw)), headers=BETAS)

    answered()
