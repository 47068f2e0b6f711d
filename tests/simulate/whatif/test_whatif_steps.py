import json
from itertools import pairwise

import pytest

from agentforge.context import UNTOUCHED
from agentforge.simulate import Provider
from agentforge.simulate.whatif import replay, requests_of, sessions_of
from agentforge.simulate.whatif.sums import off_of
from agentforge.transcripts import find_transcripts, read_transcript, read_transcripts
from agentforge.wire import encode_request, is_prefix
from simulate.whatif.told import Did, Session, reading, told
from transcripts.recorded_transcripts import OURS, corpus

HEADERS = {"x-api-key": "sk-test", "anthropic-version": "2023-06-01"}


def test_the_requests_of_a_session_are_those_that_were_sent(tmp_path):
    path = told(tmp_path / "a.jsonl", reading(3))
    steps = list(requests_of(read_transcript(path)))
    assert [step.start for step in steps] == ["first", "continued", "continued", "continued"]
    assert [len(step.request.messages) for step in steps] == [1, 3, 5, 7]
    assert [step.at - steps[0].at for step in steps] == [0, 10, 20, 30]
    assert all(step.usage for step in steps)
    assert [len(step.request.tools) for step in steps] == [1, 1, 1, 1]


def test_law_2_prefix_each_request_of_a_session_is_a_prefix_of_the_next(tmp_path):
    steps = list(requests_of(read_transcript(told(tmp_path / "a.jsonl", reading(4)))))
    for before, after in pairwise(steps):
        assert is_prefix(before.request, after.request)


def test_law_3_deterministic_the_same_transcript_gives_the_same_bytes(tmp_path):
    path = told(tmp_path / "a.jsonl", reading(3))
    first, second = ([encode_request(step.request) for step in requests_of(read_transcript(path))] for _ in range(2))
    assert first == second


def test_the_direct_replay_comes_to_what_the_provider_charged(tmp_path):
    did = [*reading(5), Did("", [("Bash", {"command": "make"}, "ok\n" * 400)], pause=400.0), *reading(2)]
    (session,) = sessions_of(read_transcript(told(tmp_path / "a.jsonl", did)))
    direct = replay(session, UNTOUCHED)
    off = off_of(session, direct)
    assert off.requests == len(session.steps) == 9
    assert off.tokens < 0.002
    assert abs(off.dollars) < 0.002
    for step, billed in zip(session.steps, direct.requests, strict=True):
        assert billed.read == pytest.approx(step.usage.cache_read, abs=40)
        assert billed.output == step.usage.output_tokens


def test_the_provider_takes_every_request_that_was_put_together(tmp_path):
    provider = Provider()
    for step in requests_of(read_transcript(told(tmp_path / "a.jsonl", reading(3)))):
        reply = provider.handle("POST", "/v1/messages", HEADERS, encode_request(step.request), now=step.at)
        assert reply.status == 200, reply.body


def test_what_another_session_had_cached_is_read_at_the_first_request(tmp_path):
    played = Session(reading(2)).play()
    first = next(line for line in played if line["type"] == "assistant")
    usage = first["message"]["usage"]
    usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"] = (
        3_000,
        usage["cache_creation_input_tokens"] - 3_000,
    )
    usage.pop("cache_creation", None)
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in played), encoding="utf-8")
    (session,) = sessions_of(read_transcript(path))
    assert 0 < session.warm < 3_000
    assert replay(session, UNTOUCHED).requests[0].read == pytest.approx(3_000, abs=2)


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("codex/rollout-2026-03-02T09-00-00-55555555-5555-7555-8555-555555555555.jsonl", "openai-responses"),
        ("opencode/ses_export.json", "openai-chat"),
        ("claude-code/-home-dev-shop/11111111-1111-4111-8111-111111111111.jsonl", "anthropic"),
    ],
)
def test_every_client_speaks_its_dialect(path, dialect):
    for step in requests_of(read_transcript(OURS / path)):
        assert step.request.dialect == dialect
        encode_request(step.request)


@pytest.mark.parametrize("folder", [("claude_code", "transcripts_sanitized"), ("other_agents",)], ids="/".join)
def test_recorded_sessions_replay_to_the_tokens_they_were_charged(folder):
    charged = apart = 0
    for path in find_transcripts(corpus(*folder)):
        for transcript in read_transcripts(path):
            for session in sessions_of(transcript):
                off = off_of(session, replay(session, UNTOUCHED))
                charged, apart = charged + off.charged, apart + off.apart
    assert apart <= 0.02 * charged
