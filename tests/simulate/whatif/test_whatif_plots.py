from xml.etree import ElementTree

import pytest

from agentforge.simulate.whatif.plots import HEIGHT, WIDTH, bars, histogram, legend, lines, short


def drawn(picture, tag):
    root = ElementTree.fromstring(picture)
    return [one for one in root.iter() if one.tag.rpartition("}")[2] == tag]


def test_a_line_has_a_point_for_each_value_within_the_picture():
    picture = lines("Growth", {"direct": [1.0, 500.0, 900_000.0], "default": [1.0, 2.0]}, across="requests")
    first, second = drawn(picture, "polyline")
    points = [tuple(map(float, point.split(","))) for point in first.get("points").split()]
    assert (len(points), len(second.get("points").split())) == (3, 2)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert points[0][1] > points[2][1]


def test_one_value_is_a_dot_and_none_is_no_error():
    assert len(drawn(lines("One", {"direct": [5.0]}, across="requests"), "circle")) == 1
    assert drawn(lines("None", {"direct": []}, across="requests"), "svg")


def test_bars_are_as_long_as_their_values():
    first, second = drawn(bars("Cost", {"direct": (4.0, "$4"), "default": (2.0, "$2")}), "rect")
    assert float(first.get("width")) == pytest.approx(2 * float(second.get("width")), abs=0.2)


def test_a_histogram_counts_every_value_once_and_marks_losses():
    told = drawn(histogram("Savings", [-0.15, 0.02, 0.05, 0.31], step=0.1), "rect")
    counts = [int(one[0].text.rpartition(" ")[2]) for one in told]
    assert sum(counts) == 4
    assert [one.get("class") for one in told][:2] == ["bar loss", "bar loss"]
    assert histogram("None", [], step=0.1) == ""


def test_names_cannot_break_out_of_a_picture():
    assert "<script>" not in lines("<script>", {"<script>": [1.0]}, across="<script>") + legend(["<script>"])


@pytest.mark.parametrize(("value", "words"), [(0, "0"), (950, "950"), (12_345, "12.3k"), (2e6, "2M")])
def test_numbers_on_a_scale_are_short(value, words):
    assert short(value) == words
