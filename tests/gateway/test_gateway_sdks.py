"""The providers' own clients, as published, through the gateway. They take seconds to import."""

import asyncio
import base64

import pytest

from agentforge.simulate import Call, Failure, Turn
from agentforge.simulate import serving as simulated
from gateway.faulty import gateway
from simulate.asking import MODEL, provider, tool

ASKED = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": "hello"}]}
CHAT = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}]}
FORECAST = tool("forecast")
FUNCTION = {"type": "function", "function": {"name": "forecast", "parameters": {"type": "object", "properties": {}}}}
CALLS = Turn(thinking="hm", text="Both.", calls=(Call("forecast", {"town": "Ulm"}), Call("forecast", {"town": "Bonn"})))
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
    )
).decode()


@pytest.fixture(scope="module")
def anthropic():
    return pytest.importorskip("anthropic", reason="pip install 'agentforge-context[sdks]'")


@pytest.fixture(scope="module")
def openai():
    return pytest.importorskip("openai", reason="pip install 'agentforge-context[sdks]'")


@pytest.fixture
def line():
    """A gateway in front of a provider that says those turns."""

    def opened(*turns):
        of = provider(*turns)
        stack.append(simulated(of))
        stack.append(gateway(stack[-1].__enter__()))
        return stack[-1].__enter__(), of

    stack = []
    yield opened
    for one in reversed(stack):
        one.__exit__(None, None, None)


def test_anthropic_a_tool_loop_with_parallel_calls_whole_and_streamed(anthropic, line):
    through, of = line(CALLS, "Rain in both.")
    with anthropic.Anthropic(base_url=through.url + "/p/sdk", api_key="sk-test", max_retries=0) as client:
        messages = list(ASKED["messages"])
        first = client.messages.create(**{**ASKED, "messages": messages, "tools": [FORECAST]})
        calls = [block for block in first.content if block.type == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "rain"} for call in calls]
        messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
        with client.messages.stream(**{**ASKED, "messages": messages, "tools": [FORECAST]}) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
    assert [call.input for call in calls] == [{"town": "Ulm"}, {"town": "Bonn"}]
    assert (text, final.stop_reason) == ("Rain in both.", "end_turn")
    assert [exchange.status for exchange in of.exchanges] == [200, 200]
    events = through.events(at_least=2)
    assert {event.project for event in events} == {"sdk"}
    assert events[1].data["usage"]["output"] == final.usage.output_tokens


def test_anthropic_images_a_megabyte_and_counting(anthropic, line):
    through, of = line("I see.")
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    text = {"type": "text", "text": "a line of text\n" * 70_000}
    asked = {**ASKED, "messages": [{"role": "user", "content": [image, text]}]}
    with anthropic.Anthropic(base_url=through.url, api_key="sk-test", max_retries=0) as client:
        answer = client.messages.create(**asked)
        counted = client.messages.count_tokens(model=MODEL, messages=asked["messages"])
        assert MODEL in [model.id for model in client.models.list()]
    assert len(of.exchanges[0].body) > 1_000_000
    prompt = answer.usage.input_tokens + answer.usage.cache_read_input_tokens + answer.usage.cache_creation_input_tokens
    assert counted.input_tokens == prompt


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 529])
def test_anthropic_errors_have_the_types_they_have_without_us(anthropic, line, status):
    through, _of = line(Turn(failures=(Failure(status, message="as scripted"),)))
    with simulated(provider(Turn(failures=(Failure(status, message="as scripted"),)))) as direct:
        errors = []
        for url in (direct, through.url):
            with anthropic.Anthropic(base_url=url, api_key="sk-test", max_retries=0) as client:
                with pytest.raises(anthropic.APIStatusError, match="as scripted") as error:
                    client.messages.create(**ASKED)
                errors.append((type(error.value), error.value.status_code, error.value.type))
    assert errors[0] == errors[1]


def test_anthropic_retries_are_its_own_and_a_cut_stream_is_an_error(anthropic, line):
    through, of = line(Turn(text="at last", failures=(Failure(529), Failure(429, headers={"retry-after": "0"}))))
    with anthropic.Anthropic(base_url=through.url, api_key="sk-test", max_retries=2) as client:
        assert client.messages.create(**ASKED).content[0].text == "at last"
    assert [exchange.status for exchange in of.exchanges] == [529, 429, 200]
    through, _ = line(Turn(text="x" * 2000, cut_after=3))
    with (
        anthropic.Anthropic(base_url=through.url, api_key="sk-test", max_retries=0) as client,
        client.messages.stream(**ASKED) as stream,
        pytest.raises(Exception, match="peer closed connection"),
    ):
        stream.get_final_message()


def test_anthropic_the_async_client_and_its_cancellation(anthropic, line):
    through, _ = line(Turn(text="word " * 400, pace=0.02))

    async def talk():
        asked = anthropic.AsyncAnthropic(base_url=through.url, api_key="sk-test", max_retries=0)
        async with asked as client, client.messages.stream(**ASKED) as stream:
            async for _ in stream.text_stream:
                break

    asyncio.run(talk())
    events = through.events(at_least=1)
    assert events[0].data["outcome"] == "gone"


def test_openai_chat_whole_and_streamed_with_tools(openai, line):
    through, _ = line(CALLS)
    with openai.OpenAI(base_url=through.url + "/v1", api_key="sk-test", max_retries=0) as client:
        whole = client.chat.completions.create(**CHAT, tools=[FUNCTION])
        chunks = list(
            client.chat.completions.create(
                **CHAT, tools=[FUNCTION], stream=True, stream_options={"include_usage": True}
            )
        )
        assert "gpt-5.5" in [model.id for model in client.models.list()]
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("nobody")
    assert len(whole.choices[0].message.tool_calls) == 2
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    outputs = [event.data["usage"]["output"] for event in through.events(at_least=2)[:2]]
    assert outputs == [whole.usage.completion_tokens] * 2


def test_openai_responses_whole_streamed_and_async(openai, line):
    through, _ = line(CALLS)
    asked = {
        "model": "gpt-5.5",
        "input": "hello",
        "tools": [{"type": "function", **FUNCTION["function"], "strict": False}],
    }
    with openai.OpenAI(base_url=through.url + "/v1", api_key="sk-test", max_retries=0) as client:
        whole = client.responses.create(**asked)
        with client.responses.stream(**asked) as stream:
            final = list(stream) and stream.get_final_response()
    assert [item.type for item in whole.output] == [item.type for item in final.output]

    async def talk():
        async with openai.AsyncOpenAI(base_url=through.url + "/v1", api_key="k", max_retries=0) as client:
            return await asyncio.gather(*(client.responses.create(model="gpt-5.5", input="hello") for _ in range(5)))

    assert len(asyncio.run(talk())) == 5
    assert {event.data["dialect"] for event in through.events(at_least=7)} == {"openai-responses"}


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_openai_errors_have_their_types(openai, line, status):
    through, _ = line(Turn(failures=(Failure(status, message="as scripted"),)))
    with (
        openai.OpenAI(base_url=through.url + "/v1", api_key="sk-test", max_retries=0) as client,
        pytest.raises(openai.APIStatusError, match="as scripted") as error,
    ):
        client.chat.completions.create(**CHAT)
    assert error.value.status_code == status


def test_both_clients_understand_what_the_gateway_itself_refuses(anthropic, openai):
    with gateway("http://127.0.0.1:9") as through:
        with anthropic.Anthropic(base_url=through.url, api_key="k", max_retries=0) as client:
            with pytest.raises(anthropic.InternalServerError, match="cannot connect to") as error:
                client.messages.create(**ASKED)
            assert error.value.type == "api_error"
        with (
            openai.OpenAI(base_url=through.url + "/v1", api_key="k", max_retries=0) as client,
            pytest.raises(openai.InternalServerError, match="cannot connect to"),
        ):
            client.chat.completions.create(**CHAT)
