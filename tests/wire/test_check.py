import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.wire import DIALECTS, check_bytes, check_file
from agentforge.wire.errors import OutsideError
from strategies import EVENTS, REQUESTS, RESPONSES, texts

DATA = Path(__file__).parent.parent / "data" / "wire"
CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
OURS = sorted(path.name for path in DATA.iterdir())
RECORDED = sorted(
    path
    for folder, pattern in (
        ("claude_code/requests", "*.json"),
        ("claude_code/transcripts_sanitized", "**/*.jsonl"),
        ("other_agents", "*.jsonl"),
    )
    for path in (CORPORA / folder).glob(pattern)
)
KINDS = {"request": "request", "response": "response", "stream": "stream"}
SPEAKERS = {"anthropic": "anthropic", "chat": "openai-chat", "responses": "openai-responses"}


@pytest.mark.parametrize("name", OURS)
def test_law_1_our_own_samples_are_understood_losslessly(name):
    report = check_file(DATA / name)
    assert report.differences == []
    assert report.values > 0
    dialect, _, kind = Path(name).stem.partition("_")
    assert report.kind == KINDS.get(kind, "transcript")
    assert report.dialect == SPEAKERS.get(dialect, report.dialect)


def test_the_samples_are_one_of_each_kind_and_dialect():
    assert {name.partition(".")[0] for name in OURS} == {
        "transcript",
        *(f"{dialect}_{kind}" for dialect in SPEAKERS for kind in KINDS),
    }


@pytest.mark.skipif(not RECORDED, reason=f"no recorded traffic beside this checkout ({CORPORA.name}/ is not there)")
def test_law_1_recorded_requests_and_transcripts_are_understood_losslessly():
    for path in RECORDED:
        report = check_file(path)
        assert report.differences == [], path
        # Some clients' files hold titles only, or a form of their own that never goes over the wire.
        assert (report.values > 0) == (b'"role"' in path.read_bytes()), path


# --- what a report says


def report(plain, name="x.json"):
    return check_bytes(json.dumps(plain).encode(), name)


def test_a_recorded_exchange_is_checked_by_its_body():
    inner = json.loads((DATA / "anthropic_request.json").read_bytes())
    for body in (inner, json.dumps(inner)):
        found = report({"method": "POST", "headers": {}, "body": body})
        assert (found.kind, found.dialect, found.values, found.lossless) == ("request", "anthropic", 1, True)


def test_unknown_blocks_and_events_are_named_once_each():
    odd = [{"type": "holo"}, {"type": "holo"}, {}, {"type": "tool_result", "tool_use_id": "1", "content": [5]}]
    found = report({"model": "m", "messages": [{"role": "user", "content": odd}]})
    assert found.lossless
    assert found.unknown == ["block (no type)", "block holo"]
    events = b'data: {"type": "hum"}\n\nevent: buzz\ndata: {"type": "buzz"}\n\ndata: []\n\n'
    assert check_bytes(events, "x").unknown == ["event (no type)", "event buzz", "event hum"]


@pytest.mark.parametrize("body", [b"", b"  \n", b"\n\n"])
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.sse"])
def test_an_empty_file_is_told_as_empty(body, name):
    found = check_bytes(body, name)
    assert (found.kind, found.values, found.lossless) == ("empty", 0, True)


DIFFERENT = [
    (b'{"model": "m", "model": "m", "messages": []}', "x.json", "the key 'model' occurs twice"),
    (b'{"model": "m", "messages": [{"role": "user", "a": {"b": 1, "b": 2}}]}', "x.json", "the key 'b' occurs twice"),
    (b'{"body": "{\\"a\\": 1, \\"a\\": 2}"}', "x.json", "the key 'a' occurs twice"),
    (b'{"model": "m", "messages": [', "x.json", "line 1, column 29"),
    (b'{"model": "m", "messages": 5}', "x.json", "$.messages: no anthropic request: Expected `array`, got `int`"),
    (b'{"model": "m", "input": [5]}', "x.json", "$.input[0]: no openai-responses request"),
    (b'{"id": "r", "model": "m", "choices": 5}', "x.json", "no openai-chat response"),
    (b'{"name": "x"}', "x.json", "neither a request (messages, input) nor a response (content, choices, output)"),
    (b"[1]", "x.json", "a JSON object"),
    (b'{"body": {}}', "x.json", "neither a request"),
    (b'\xef\xbb\xbf{"model": "m"}', "x.json", "byte order mark"),
    ('{"model": "m"}'.encode("utf-16"), "x.json", "UTF-16"),
    (b'{"a": NaN}', "x.json", "NaN is not JSON"),
    (b'{"a": "\\ud800"}', "x.json", "half of a surrogate pair"),
    (b'{"model": "m", "messages": [], "a": 1e999}', "x.json", "number out of range"),
    (b'{"model": "m", "messages": [], "a": %s' % (b"[" * 10**5), "x.json", "nested too deeply"),
    (b'{"a": 1}\n{"a": \n', "x.jsonl", "line 2: line 1, column 7"),
    (b'{"message": {"role": "user", "role": "user"}}', "x.jsonl", "line 1: line 1, column 30"),
    (b'\n{"message": {"role": 5}}', "x.jsonl", "line 2: $: no anthropic message"),
    (b"\xff\n", "x.jsonl", "line 1: line 1, column 1 (byte 0): byte 0xff is not UTF-8"),
    (b'data: {"type": "ping"}\n\ndata: {"type"\n\n', "x", "event 2: line 1, column 8"),
    (b'data: {"type": "ping", "type": "ping"}\n\n', "x", "event 1: line 1, column"),
    (b"data: nothing\n\n", "x", "expecting value"),
]


@pytest.mark.parametrize(("body", "name", "words"), DIFFERENT)
def test_what_cannot_be_read_or_edited_is_told_with_its_place(body, name, words):
    found = check_bytes(body, name)
    assert not found.lossless
    assert any(words in line for line in found.differences), found.differences


def test_many_differences_are_counted_after_the_first_twenty():
    found = check_bytes(b"{\n" * 30, "x.jsonl")
    assert len(found.differences) == 21
    assert found.differences[-1] == "and 10 more"


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_an_error_of_the_outside(tmp_path, name):
    with pytest.raises(OutsideError) as refused:
        check_file(tmp_path / name)
    assert refused.value.where == str(tmp_path / name)
    assert refused.value.fix


# --- anything at all

names = st.sampled_from(["x.json", "x.jsonl", "x.sse"])


@pytest.mark.parametrize("kind", ["request", "response"])
@pytest.mark.parametrize("dialect", DIALECTS)
@given(data=st.data())
def test_law_1_every_request_and_response_is_found_lossless(dialect, kind, data):
    source = {"request": REQUESTS, "response": RESPONSES}[kind]
    found = check_bytes(data.draw(texts(source[dialect])), "x.json")
    # The dialect is told by members alone: what speaks of two is one of them, or refused in words.
    if (found.dialect, found.kind) == (dialect, kind):
        assert found.differences == []
    assert not any("would" in line for line in found.differences)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(data=st.data())
def test_law_1_every_stream_is_found_lossless(dialect, data):
    events = data.draw(st.lists(texts(EVENTS[dialect]).map(lambda text: text.replace(b"\n", b" ")), max_size=5))
    found = check_bytes(b"".join(b"data: %s\n\n" % text for text in events), "x.sse")
    assert found.differences == []


@given(st.binary(max_size=80), names)
def test_any_bytes_get_a_report(body, name):
    assert isinstance(check_bytes(body, name).lossless, bool)


@given(st.text('[]{}":,01e-truefalsn \\ud8\n', max_size=60).map(str.encode), names)
def test_any_near_json_gets_a_report(body, name):
    assert isinstance(check_bytes(body, name).lossless, bool)


members = ["model", "messages", "input", "output", "choices", "content", "body", "tools", "system", "data", "message"]
members += ["role", "type", "payload", "id", "usage"]
odd_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "m", "message", "response_item", "user"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(members), inner, max_size=4),
    max_leaves=12,
)


@given(texts(odd_values), names)
def test_objects_with_the_right_names_and_the_wrong_values_get_a_report(body, name):
    for text in (body, b"data: %s\n\n" % body.replace(b"\n", b" ")):
        assert isinstance(check_bytes(text, name).lossless, bool)


@pytest.mark.parametrize("depth", [*range(10, 600, 45), 2000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        (b'{"type":"tool_result","tool_use_id":"1","content":[', b"]}"),
        (b'{"data":{"message":', b"}}"),
        (b'{"body":', b"}"),
        (b"[", b"]"),
    ],
)
def test_any_depth_gets_a_report(depth, opening, closing):
    nest = opening * depth + b"{}" + closing * depth
    for body in (nest, b'{"model":"m","messages":[{"role":"user","content":[%s]}]}' % nest, b"data: " + nest):
        for name in ("x.json", "x.jsonl"):
            assert isinstance(check_bytes(body, name).lossless, bool)


def test_fifty_megabytes_get_a_report():
    body = b'{"model":"m","messages":[{"role":"user","content":"%s"}]}' % (b"x" * 50_000_000)
    assert check_bytes(body, "x.json").lossless
    assert not check_bytes(body[:-5], "x.json").lossless


# --- recorded exchanges, and what streams hold


def test_recorded_exchanges_are_checked_line_by_line():
    good = {"method": "POST", "path": "/v1/messages", "body": {"model": "m", "messages": []}}
    bad = good | {"body": {"model": "m", "messages": [{"role": 5}]}}
    asked = {"method": "GET", "path": "/v1/models", "body": None}
    found = check_bytes(b"\n".join(json.dumps(line).encode() for line in (good, asked, bad)), "x.jsonl")
    assert (found.kind, found.values) == ("exchanges", 2)
    (difference,) = found.differences
    assert difference.startswith("line 3: ")


def events(*plain):
    return b"".join(b"data: %s\n\n" % json.dumps(one).encode() for one in plain)


def test_what_chats_reader_passes_over_is_named():
    delta = {"role": "assistant", "audio": {"data": "AAAA"}, "content": ""}
    second = {"index": 1, "delta": {"content": "b"}}
    found = check_bytes(events({"id": "x", "choices": [{"index": 0, "delta": delta}, second]}, {"odd": 1}), "s.sse")
    assert found.unknown == ["choice after the first", "chunk member choices.delta.audio", "chunk without choices"]
    assert found.lossless


def test_responses_events_nobody_knows_are_named_and_known_ones_without_parts_are_not():
    created = {"type": "response.created", "response": {"id": "r", "model": "m"}}
    found = check_bytes(events(created, {"type": "response.in_progress"}, {"type": "response.new"}), "s.sse")
    assert found.unknown == ["event response.new"]
    for name in OURS:
        if name.endswith(".sse"):
            assert check_file(DATA / name).unknown == [], name


def test_anthropics_events_are_written_again_and_compared():
    delta = {"type": "text_delta", "text": "a", "mood": "good"}
    found = check_bytes(events({"type": "content_block_delta", "index": 0, "delta": delta}), "s.sse")
    assert found.unknown == ["event content_block_delta, member delta.mood"]
    found = check_bytes(events({"type": "error", "error": {"type": "a", "message": 5}}), "s.sse")
    assert (found.unknown, found.lossless) == (["event error, of an odd form"], True)
