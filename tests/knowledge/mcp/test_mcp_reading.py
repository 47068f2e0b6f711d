import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.mcp.reading import Lines, TooLong, read_message

JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.sampled_from([b'{"a":1}', b"noise", b"", b"  {x", b"{" * 9])), st.data())
def test_lines_are_the_same_however_the_bytes_arrive(lines, data):
    whole = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    reader = Lines(100)
    got = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        got += reader.feed(whole[start:end])
    assert got == [line for line in lines if line.lstrip().startswith(b"{")]
    assert reader.skipped == sum(len(line) for line in lines if line == b"noise")


def test_noise_without_a_line_end_is_not_kept():
    reader = Lines(100)
    for _ in range(1000):
        assert reader.feed(b"x" * 50) == []
    assert reader.feed(b'x\n{"a":1}\n') == [b'{"a":1}']
    assert reader.skipped == 50_001


def test_a_message_without_an_end_is_too_long():
    reader = Lines(100)
    reader.feed(b"  {" + b"x" * 90)
    with pytest.raises(TooLong):
        reader.feed(b"x" * 90)


@given(st.binary() | st.builds(lambda value: json.dumps(value).encode(), JSONISH))
def test_no_line_breaks_the_reader(line):
    message, flaw = read_message(line)
    assert message is not None or flaw


@pytest.mark.parametrize(
    ("line", "result"),
    [
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":1}}', {"a": 1}),
        (b'{"id":1,"result":{"a":1}}', {"a": 1}),
        (b'{"jsonrpc":"1.0","id":1,"result":{"a":1},"error":null}', {"a": 1}),
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":"\\ud83d\\ude00 \\ud800"}}', {"a": "\U0001f600 ?"}),
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":"\xff"}}', {"a": "\ufffd"}),
    ],
)
def test_an_answer_that_can_be_understood_is(line, result):
    message, _ = read_message(line)
    assert message is not None
    assert message.result == result


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":1,"result":[1]}',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":1,"result":{"a":' + b"[" * 500 + b"]" * 500 + b"}}",
    ],
)
def test_an_answer_that_cannot_be_read_becomes_an_error_at_once(line):
    message, flaw = read_message(line)
    assert message is not None
    assert (message.id, message.error.message) == (1, "its answer cannot be read")
    assert flaw
