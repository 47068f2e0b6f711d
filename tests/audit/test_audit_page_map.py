import re

import pytest

from agentforge.audit.page_map import MAP, map_markup, map_rules, regions
from audit.paged import part, report


def test_what_is_yours_stands_apart_from_what_is_the_clients():
    yours, fixed = regions(report(part(tokens=300), part(category="built-in tools", tokens=700, source="built in")))
    assert yours.own
    assert not fixed.own
    assert yours.box.width == pytest.approx(30)
    assert fixed.box.x == pytest.approx(30)
    assert [group.category for group in fixed.groups] == ["built-in tools"]


def test_the_heaviest_category_comes_first():
    (region,) = regions(report(part(tokens=1), part(category="memory", tokens=5), part(category="memory", tokens=1)))
    assert [(group.category, group.tokens, len(group.cells)) for group in region.groups] == [
        ("memory", 6, 2),
        ("personas", 1, 1),
    ]


def test_parts_that_weigh_nothing_or_less_have_no_box_but_count():
    (region,) = regions(report(part(tokens=10), part(tokens=0), part(tokens=-3)))
    assert region.tokens == 7
    assert [cell.at for cell in region.groups[0].cells] == [0]
    assert regions(report(part(tokens=-3))) == ()


def test_each_box_has_its_place_in_the_style_and_its_name_in_the_page():
    told = report(part("one", tokens=30), part("two_b", tokens=10))
    drawn = regions(told)
    rules = list(map_rules(drawn, "k"))
    markup = map_markup(told, drawn, "k")
    for id in re.findall(r'id="([^"]+)"', markup):
        assert [rule for rule in rules if rule.startswith(f"#{id}{{")]
    assert "#kown{--x:0;--y:0;--w:100;--h:100}" in rules
    assert "two_<wbr>b" in markup


def test_a_group_of_boxes_too_small_for_names_has_one_of_its_own():
    large = report(part("one", tokens=30))
    small = report(*(part(f"n{at}") for at in range(400)))
    assert "<em>personas</em>" not in map_markup(large, regions(large), "k")
    assert "<em>personas</em>" in map_markup(small, regions(small), "k")


def test_the_map_is_as_wide_as_the_page_draws_it():
    assert MAP.width / MAP.height == pytest.approx(8 / 5)
