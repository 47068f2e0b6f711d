from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.admission.compose import LABEL, MUST, compose
from agentforge.context.admission.values import EDGE, ERROR, SHAPE, Sketch
from agentforge.context.text import Lines

TEXT = "\n".join(f"line {at} of the text, with some words in it" for at in range(1, 101))


def test_gaps_are_labelled_with_what_they_leave_out():
    composed = compose(Sketch(Lines(TEXT), {0: (EDGE, 0), 49: (ERROR, 0), 99: (EDGE, 0)}, ("100 lines",)), 500, "[end]")
    assert composed.text.split("\n") == [
        "[100 lines]",
        TEXT.split("\n")[0],
        "[lines 2-49 left out]",
        TEXT.split("\n")[49],
        "[lines 51-99 left out]",
        TEXT.split("\n")[99],
        "[end]",
    ]


def test_a_gap_that_is_not_worth_a_label_is_closed():
    text = "a" * 80 + "\nb\n" + "c" * 80 + "\n" + "d" * 900
    composed = compose(Sketch(Lines(text), {0: (SHAPE, 0), 2: (SHAPE, 0)}), 400, "[end]")
    assert composed.text == "a" * 80 + "\nb\n" + "c" * 80 + "\n[line 4 left out]\n[end]"


def test_the_heaviest_come_first_and_what_must_stay_has_more_room():
    weights = dict.fromkeys(range(50), (SHAPE, 0)) | dict.fromkeys(range(50, 100), (ERROR, 0))
    composed = compose(Sketch(Lines(TEXT), weights), 500, "[end]")
    assert composed.overlooked > 0
    assert "line 51 " in composed.text
    assert "line 1 " not in composed.text
    assert 500 < len(composed.text) <= MUST * 500 + 100
    assert f"[{composed.overlooked} more that stand out found no room here]" in composed.text


@given(
    st.lists(st.text(max_size=60), min_size=1, max_size=40).map("\n".join),
    st.dictionaries(st.integers(0, 39), st.tuples(st.integers(1, 6), st.integers(0, 3))),
    st.integers(50, 900),
)
def test_what_is_shown_stands_in_order_in_the_text(text, weights, room):
    pieces = Lines(text)
    weights = {at: weight for at, weight in weights.items() if at < len(pieces.starts) - 1}
    composed = compose(Sketch(pieces, weights), room, "[end]")
    at = 0
    for start, end in composed.shown:
        assert start < end or text == ""
        at = composed.text.index(text[start:end].rstrip(), at) + len(text[start:end].rstrip())
    assert len(composed.text) <= MUST * room + len(weights) * LABEL + 200
