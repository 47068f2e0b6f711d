from agentforge.context.admission.edges import edges, merged
from agentforge.context.admission.values import EDGE, ERROR, SHAPE
from agentforge.context.text import Lines


def test_the_outermost_come_first():
    assert edges(Lines("a\nb\nc\nd\ne"), head=2, tail=1) == {0: (EDGE, 0), 1: (EDGE, 1), 4: (EDGE, 0)}


def test_a_short_text_is_all_edge():
    assert edges(Lines("a\nb"), head=5, tail=5) == {0: (EDGE, 0), 1: (EDGE, 0)}


def test_the_heaviest_weight_counts():
    assert merged({1: (EDGE, 0), 2: (SHAPE, 3)}, {1: (ERROR, 4), 2: (SHAPE, 1)}) == {1: (ERROR, 4), 2: (SHAPE, 1)}
