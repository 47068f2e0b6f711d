import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.text import count, document, members, piece
from strategies import STYLES, json_values, words, written


@given(st.lists(json_values) | st.dictionaries(words, json_values), st.sampled_from(sorted(STYLES)))
def test_the_pieces_make_up_the_document(value, style):
    text = written(value, style).decode()
    pieces = document(text)
    assert pieces is not None
    assert "".join(piece(pieces, index) for index in range(count(pieces))) == text
    assert pieces.root.value == json.loads(text)


def test_members_stand_where_they_say():
    text = ' {"a" : 1, "b": [2, 3]} '
    found = list(members(text, 1))
    assert [(member.key, text[member.start : member.end], member.value) for member in found] == [
        ("a", '"a" : 1', 1),
        ("b", '"b": [2, 3]', [2, 3]),
    ]


def test_pieces_are_called_by_their_paths():
    rows = [{"id": at, "pad": "y" * 60} for at in range(20)]
    text = json.dumps({"meta": {"pad": "x" * 400, "odd key": 1}, "items": rows})
    pieces = document(text)
    assert pieces is not None
    names = {pieces.name(index, index): index for index in range(count(pieces))}
    assert {"meta.pad", 'meta["odd key"]', "items", "items[7]"} <= names.keys()
    assert pieces.name(names["items[3]"], names["items[7]"]) == "items[3-7]"
    assert pieces.name(names["meta.pad"], names["items[7]"]) == "meta to items"


def test_the_parts_of_a_long_text_are_called_by_their_characters():
    pieces = document(json.dumps({"a": "x" * 2_000}))
    assert pieces is not None
    assert pieces.name(1, 1).startswith("characters 2-")


@pytest.mark.parametrize(
    "text",
    ["", "1", '"a"', "{", "[1,]x", '{"a" 1}', "[1] [2]", "[" * 99_999 + "]", '{"a":', "[" + "9" * 5_000 + "]", "{1:2}"],
    ids=range(11),
)
def test_anything_else_is_no_document(text):
    assert document(text) is None
