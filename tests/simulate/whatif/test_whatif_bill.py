import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import Settings
from agentforge.context import apply as apply_transforms
from agentforge.context.transform import SessionView
from agentforge.simulate import Provider
from agentforge.simulate.whatif import Bill, Scale, requests_of
from agentforge.transcripts import read_transcript
from agentforge.wire import decode_request, encode_request
from simulate.whatif.told import reading, told

HEADERS = {"x-api-key": "sk-test", "anthropic-version": "2023-06-01"}
MARK = {"type": "ephemeral"}


def charged(bill, request, now):
    charge = bill.charge(request, bill.render(request), now)
    return charge.uncached, charge.read, charge.write_5m + charge.write_1h


def by_the_provider(provider, request, now):
    reply = provider.handle("POST", "/v1/messages", HEADERS, encode_request(replace(request, stream=False)), now=now)
    assert reply.status == 200, reply.body
    usage = json.loads(reply.body)["usage"]
    return usage["input_tokens"], usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]


def test_a_bill_is_what_the_provider_charges_for_the_same_requests(tmp_path):
    provider, bill = Provider(), Bill()
    for step in requests_of(read_transcript(told(tmp_path / "a.jsonl", reading(6)))):
        assert charged(bill, step.request, step.at) == by_the_provider(provider, step.request, step.at)


def test_a_bill_is_what_the_provider_charges_for_the_requests_of_a_plan_too(tmp_path):
    provider, bill = Provider(), Bill()
    view = SessionView(Settings())
    for step in requests_of(read_transcript(told(tmp_path / "a.jsonl", reading(6)))):
        request, _ = apply_transforms(step.request, view)
        assert charged(bill, request, step.at) == by_the_provider(provider, request, step.at)


blocks = st.lists(st.text("ab \n", min_size=1, max_size=9).filter(str.strip), min_size=1, max_size=3)


@given(
    said=st.lists(blocks, min_size=1, max_size=9),
    pauses=st.lists(st.sampled_from([1.0, 200.0, 400.0]), min_size=9, max_size=9),
    system=st.sampled_from(["", "word " * 600, "word " * 3000]),
)
def test_a_bill_is_what_the_provider_charges_whatever_is_said(said, pauses, system):
    provider, bill = Provider(), Bill()
    now = 0.0
    messages = []
    for at, (texts, pause) in enumerate(zip(said, pauses, strict=False)):
        now += pause
        content = [{"type": "text", "text": text} for text in texts]
        messages.append({"role": "assistant" if at % 2 else "user", "content": content})
        if at % 2:
            continue
        last = {"role": "user", "content": [*content[:-1], {**content[-1], "cache_control": MARK}]}
        plain = {"model": "claude-opus-5-5", "max_tokens": 99, "messages": [*messages[:-1], last]}
        if system:
            plain["system"] = [{"type": "text", "text": system, "cache_control": MARK}]
        request = decode_request("anthropic", json.dumps(plain).encode())
        assert charged(bill, request, now) == by_the_provider(provider, request, now)


def test_what_a_model_said_weighs_what_it_was_charged_as(tmp_path):
    *_, last = requests_of(read_transcript(told(tmp_path / "a.jsonl", reading(2))))
    answer = last.request.messages[1]
    exact = Bill(Scale(), {id(answer): 12_345})
    assert sum(segment.tokens for segment in exact.messages(last.request)[1]) == 12_345


def test_a_scale_changes_what_is_asked_and_not_what_stands_before_it(tmp_path):
    (first, *_) = requests_of(read_transcript(told(tmp_path / "a.jsonl", reading(1))))
    plain, double = Bill(), Bill(Scale("calibrated", 2.0))
    assert plain.head(first.request) == double.head(first.request)
    weigh = lambda bill: sum(segment.tokens for segment in bill.messages(first.request)[0])  # noqa: E731
    assert weigh(double) == 2 * weigh(plain)
