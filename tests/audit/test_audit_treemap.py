from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit.treemap import Box, squarify

WEIGHTS = st.lists(st.integers(1, 1_000_000), min_size=1, max_size=80)
SIDES = st.floats(1, 1_000)
WITHIN = st.builds(Box, st.floats(-100, 100), st.floats(-100, 100), SIDES, SIDES)


def area(box: Box) -> float:
    return box.width * box.height


@given(WEIGHTS, WITHIN)
def test_areas_are_as_the_weights(weights, within):
    boxes = squarify(weights, within)
    assert len(boxes) == len(weights)
    for weight, box in zip(weights, boxes, strict=True):
        assert area(box) / area(within) == pytest.approx(weight / sum(weights), rel=1e-6)


@given(WEIGHTS, WITHIN)
def test_every_box_is_inside(weights, within):
    slack = 1e-9 * (1 + abs(within.x) + abs(within.y) + within.width + within.height)
    for box in squarify(weights, within):
        assert box.x >= within.x - slack
        assert box.y >= within.y - slack
        assert box.x + box.width <= within.x + within.width + slack
        assert box.y + box.height <= within.y + within.height + slack


@given(WEIGHTS, WITHIN)
def test_no_two_boxes_overlap(weights, within):
    slack = 1e-9 * (1 + abs(within.x) + abs(within.y) + within.width + within.height)
    for one, other in combinations(squarify(weights, within), 2):
        across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
        down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
        assert across <= slack or down <= slack


@given(WEIGHTS, st.randoms())
def test_it_is_deterministic_and_the_order_of_different_weights_does_not_matter(weights, random):
    weights = sorted(set(weights))
    within = Box(0, 0, 160, 100)
    boxes = dict(zip(weights, squarify(weights, within), strict=True))
    assert squarify(weights, within) == tuple(boxes.values())
    random.shuffle(weights)
    assert dict(zip(weights, squarify(weights, within), strict=True)) == boxes


def test_boxes_are_about_square():
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    assert max(max(box.width / box.height, box.height / box.width) for box in boxes) < 3.2
    assert boxes[0] == Box(0, 0, 3, 2)


def test_nothing_to_lay_out_is_laid_out():
    assert squarify([], Box(0, 0, 1, 1)) == ()


def test_a_box_knows_its_share_of_another():
    assert Box(15, 20, 5, 10).share_of(Box(10, 20, 20, 40)) == Box(25, 0, 25, 25)
