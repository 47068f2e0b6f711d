"""The providers' own clients, as published, against the simulated provider. They take seconds to import."""

import asyncio
import json

import pytest

from agentforge.simulate import Call, Failure, Turn, serving
from simulate.asking import MARKER, MODEL, long, provider, text, tool

FORECAST = tool("forecast")
ASKED = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": "hello"}]}
CHAT = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}]}
FUNCTION = {"type": "function", "function": {"name": "forecast", "parameters": {"type": "object", "properties": {}}}}
CALLS = Turn(thinking="hm", text="Both.", calls=(Call("forecast", {"town": "Ulm"}), Call("forecast", {"town": "Bonn"})))


@pytest.fixture(scope="module")
def anthropic():
    return pytest.importorskip("anthropic", reason="pip install 'agentforge-context[sdks]'")


@pytest.fixture(scope="module")
def openai():
    return pytest.importorskip("openai", reason="pip install 'agentforge-context[sdks]'")


@pytest.fixture
def claude(anthropic):
    """A client of a provider that says those turns."""

    def connected(*turns, retries=0, **more):
        of = provider(*turns)
        stack.append(serving(of))
        url = stack[-1].__enter__()
        stack.append(anthropic.Anthropic(base_url=url, api_key="sk-test", max_retries=retries, **more))
        return stack[-1].__enter__(), of

    stack = []
    yield connected
    for one in reversed(stack):
        one.__exit__(None, None, None)


@pytest.fixture
def chatter(openai):
    """A client of a provider that says those turns."""

    def connected(*turns, retries=0):
        of = provider(*turns)
        stack.append(serving(of))
        url = stack[-1].__enter__()
        stack.append(openai.OpenAI(base_url=url + "/v1", api_key="sk-test", max_retries=retries))
        return stack[-1].__enter__(), of

    stack = []
    yield connected
    for one in reversed(stack):
        one.__exit__(None, None, None)


# --- Anthropic


def test_anthropic_a_message_with_parallel_calls_and_the_turn_after(claude):
    client, of = claude(CALLS, "Rain in both.")
    asked = {**ASKED, "tools": [FORECAST]}
    message = client.messages.create(**asked)
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert message.stop_reason == "tool_use"
    assert message.usage.output_tokens_details.thinking_tokens > 0
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": "rain"}
        for block in message.content
        if block.type == "tool_use"
    ]
    turns = [
        *ASKED["messages"],
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": results},
    ]
    assert client.messages.create(**{**asked, "messages": turns}).content[0].text == "Rain in both."
    assert [exchange.status for exchange in of.exchanges] == [200, 200]


def test_anthropic_a_stream_gives_the_same_message(claude):
    client, _ = claude(CALLS)
    with client.messages.stream(**ASKED, tools=[FORECAST]) as stream:
        kinds = [event.type for event in stream]
        message = stream.get_final_message()
    assert {"text", "input_json", "content_block_stop", "message_stop"} <= set(kinds)
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert message.content[3].input == {"town": "Bonn"}
    assert message.usage.input_tokens > 0


def test_anthropic_pings_and_unknown_blocks_pass(claude):
    from agentforge.wire import Json

    client, _ = claude(Turn(text="word " * 30, ping_every=1, blocks=(Json(b'{"type":"hologram","x":1}'),)))
    with client.messages.stream(**ASKED) as stream:
        message = stream.get_final_message()
    assert message.content[0].text == "word " * 30
    assert message.content[1].model_dump()["x"] == 1


def test_anthropic_the_cache_is_told_in_usage(claude):
    client, _ = claude()
    asked = {**ASKED, "system": [text(long(900), MARKER)]}
    first, second = (client.messages.create(**asked).usage for _ in range(2))
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens > 900
    assert first.cache_creation.ephemeral_5m_input_tokens == first.cache_creation_input_tokens


def test_anthropic_counting_and_models(claude):
    client, _ = claude("x")
    count = client.messages.count_tokens(model=MODEL, messages=ASKED["messages"]).input_tokens
    assert count == client.messages.create(**ASKED).usage.input_tokens
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).max_input_tokens == 1_000_000


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (413, "RequestTooLargeError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (529, "OverloadedError"),
    ],
)
def test_anthropic_errors_have_their_types(claude, anthropic, status, name):
    client, _ = claude(Turn(failures=(Failure(status, message="as scripted"),)))
    expected = getattr(anthropic, name, None) or getattr(anthropic._exceptions, name)
    with pytest.raises(expected, match="as scripted") as error:
        client.messages.create(**ASKED)
    assert error.value.status_code == status
    assert error.value.request_id.startswith("req_")


def test_anthropic_refusals_of_its_own_are_typed_as_well(claude, anthropic):
    client, _ = claude()
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(**{**ASKED, "model": "claude-9"})
    with pytest.raises(anthropic.BadRequestError, match="messages: at least one message is required"):
        client.messages.create(**{**ASKED, "messages": []})
    reference = {
        "type": "tool_result",
        "tool_use_id": "a",
        "content": [{"type": "tool_reference", "tool_name": "gone"}],
    }
    use = {"type": "tool_use", "id": "a", "name": "find", "input": {}}
    turns = [*ASKED["messages"], {"role": "assistant", "content": [use]}, {"role": "user", "content": [reference]}]
    with pytest.raises(anthropic.BadRequestError) as error:
        client.messages.create(**{**ASKED, "messages": turns}, tools=[tool("find")])
    assert error.value.error_code == "tool_reference_unresolved"


def test_anthropic_retries_until_it_succeeds(claude):
    failures = (Failure(429, headers={"retry-after-ms": "1"}), Failure(529, headers={"retry-after-ms": "1"}))
    client, of = claude(Turn(text="at last", failures=failures), retries=2)
    assert client.messages.create(**ASKED).content[0].text == "at last"
    assert [exchange.status for exchange in of.exchanges] == [429, 529, 200]


def test_anthropic_a_cut_is_a_connection_error(claude, anthropic):
    client, _ = claude(Turn(text="x" * 500, cut_after=0), "never reached")
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**ASKED)
    assert client.messages.create(**ASKED).content[0].text == "x" * 500


def test_anthropic_a_cut_stream_breaks_off_in_the_middle(claude, anthropic):
    client, _ = claude(Turn(text="x" * 500, cut_after=5))
    import httpx2

    broken = pytest.raises((anthropic.APIConnectionError, httpx2.TransportError))
    with broken, client.messages.stream(**ASKED) as stream:
        stream.until_done()
    with client.messages.stream(**ASKED) as stream:
        assert stream.get_final_text() == "x" * 500


def test_anthropic_an_error_in_the_middle_of_a_stream_is_typed(claude, anthropic):
    client, _ = claude(Turn(text="x" * 500, failures=(Failure(529, message="busy", after=4),)))
    with pytest.raises(anthropic.APIStatusError, match="busy"), client.messages.stream(**ASKED) as stream:
        stream.until_done()


def test_anthropic_the_async_client(anthropic):
    async def talk(url):
        async with anthropic.AsyncAnthropic(base_url=url, api_key="k", max_retries=0) as client:
            messages = await asyncio.gather(*(client.messages.create(**ASKED) for _ in range(4)))
            async with client.messages.stream(**ASKED) as stream:
                words = "".join([piece async for piece in stream.text_stream])
            with pytest.raises(anthropic.NotFoundError):
                await client.messages.create(**{**ASKED, "model": "claude-9"})
            return [message.content[0].text for message in messages], words

    with serving(provider("hi")) as url:
        assert asyncio.run(talk(url)) == (["hi"] * 4, "hi")


# --- OpenAI


def test_openai_a_chat_with_parallel_calls_and_the_turn_after(chatter):
    client, _ = chatter(CALLS, "Rain in both.")
    asked = {**CHAT, "tools": [FUNCTION]}
    choice = client.chat.completions.create(**asked).choices[0]
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", "Both.")
    assert [json.loads(call.function.arguments)["town"] for call in choice.message.tool_calls] == ["Ulm", "Bonn"]
    results = [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in choice.message.tool_calls]
    turns = [*CHAT["messages"], choice.message.model_dump(exclude_none=True), *results]
    completion = client.chat.completions.create(**{**asked, "messages": turns})
    assert completion.choices[0].message.content == "Rain in both."
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_openai_a_chat_stream(chatter):
    client, _ = chatter(CALLS)
    words, arguments, usage = "", {}, None
    with client.chat.completions.create(
        **CHAT, tools=[FUNCTION], stream=True, stream_options={"include_usage": True}
    ) as stream:
        for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                words += choice.delta.content or ""
                for call in choice.delta.tool_calls or ():
                    arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    assert words == "Both."
    assert [json.loads(one)["town"] for one in arguments.values()] == ["Ulm", "Bonn"]
    assert usage.prompt_tokens > 0


def test_openai_responses_whole_and_streamed(chatter):
    client, _ = chatter(CALLS)
    asked = {
        "model": "gpt-5.5",
        "input": "hello",
        "tools": [{"type": "function", **FUNCTION["function"], "strict": False}],
    }
    response = client.responses.create(**asked)
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call", "function_call"]
    assert response.output_text == "Both."
    with client.responses.stream(**asked) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_response()
    assert {"response.created", "response.output_text.delta", "response.completed"} <= kinds
    assert [item.type for item in final.output] == [item.type for item in response.output]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (404, "NotFoundError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
    ],
)
def test_openai_errors_have_their_types(chatter, openai, status, name):
    client, _ = chatter(Turn(failures=(Failure(status, message="as scripted"),)))
    with pytest.raises(getattr(openai, name), match="as scripted") as error:
        client.chat.completions.create(**CHAT)
    assert error.value.status_code == status


def test_openai_refusals_retries_cuts_and_models(chatter, openai):
    failures = (Failure(429, headers={"retry-after-ms": "1"}),)
    client, of = chatter(Turn(text="at last", failures=failures), retries=1)
    with pytest.raises(openai.BadRequestError, match="Invalid 'messages'"):
        client.chat.completions.create(**{**CHAT, "messages": []})
    assert client.chat.completions.create(**CHAT).choices[0].message.content == "at last"
    assert [exchange.status for exchange in of.exchanges] == [400, 429, 200]
    assert "gpt-5.5" in [model.id for model in client.models.list()]
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")
    client, _ = chatter(Turn(text="x" * 500, cut_after=0))
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(**CHAT)


def test_openai_the_async_client(openai):
    async def talk(url):
        async with openai.AsyncOpenAI(base_url=url + "/v1", api_key="k", max_retries=0) as client:
            completions = await asyncio.gather(*(client.chat.completions.create(**CHAT) for _ in range(3)))
            response = await client.responses.create(model="gpt-5.5", input="hello")
            return [completion.choices[0].message.content for completion in completions], response.output_text

    with serving(provider("hi")) as url:
        assert asyncio.run(talk(url)) == (["hi"] * 3, "hi")
