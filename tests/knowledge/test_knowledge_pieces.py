import json

from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.pieces import Piece, wire_bytes
from knowledge.laid import item


@given(st.text())
def test_a_texts_length_on_the_wire_is_that_of_its_json(text):
    assert wire_bytes(text) + 2 == len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def test_a_line_break_takes_two_bytes_and_an_emoji_four():
    assert Piece("memory", "a\n😀", item()).wire_bytes == 7
