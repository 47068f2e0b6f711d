import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit.spans import lines_of, spans_of, words_of
from agentforge.wire.errors import NotJson

LEAVES = st.none() | st.booleans() | st.integers(-9, 9**9) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def at(value, trail):
    for one in trail:
        value = value[one]
    return value


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_every_span_is_the_value_at_its_place(value, ascii_only, indent):
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    spans = spans_of(body)

    assert [json.loads(body[one.start : one.end]) for one in spans] == [at(value, one.path) for one in spans]
    assert len({one.path for one in spans}) == len(spans)
    assert [one.start for one in spans] == sorted(one.start for one in spans)


@given(st.text(), st.booleans())
def test_the_lines_of_a_string_are_all_of_it_and_so_are_the_words_of_a_line(text, ascii_only):
    body = json.dumps(text, ensure_ascii=ascii_only).encode()
    lines = lines_of(body, spans_of(body)[0])

    assert [line.text for line in lines] == [f"{line}\n" for line in text.split("\n")][:-1] + [
        last for last in text.split("\n")[-1:] if last
    ]
    assert b"".join(body[line.start : line.end] for line in lines) == body[1:-1]
    for line in lines:
        assert "".join(word.text for word in words_of(body, line)) == line.text


def test_what_is_no_json_is_refused_with_its_place():
    with pytest.raises(NotJson, match="line 1"):
        spans_of(b'{"a": [1, }')
