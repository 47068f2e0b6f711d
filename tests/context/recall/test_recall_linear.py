import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentforge.context.recall.linear import Linear, NotLinear

atoms = st.sampled_from(
    [
        "a",
        "b",
        ".",
        "[ab]",
        "[^a]",
        "\\d",
        "\\w",
        "\\s",
        "\\.",
        "^",
        "$",
        "\\b",
        "\\B",
        "[a-c_]",
        "é",
        "1",
        "A",
        "[^A]",
        "[A-B1]",
    ]
)
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"(?:{one})*"),
        inner.map(lambda one: f"(?:{one})+"),
        inner.map(lambda one: f"(?:{one})?"),
        inner.map(lambda one: f"(?:{one}){{2,3}}"),
    ),
    max_leaves=8,
)


# Not in an empty text, where Python before 3.14 finds no `\\B`.
@given(patterns, st.text(alphabet="abAC1. _é-", min_size=1, max_size=12), st.booleans())
def test_it_finds_what_python_finds(pattern, text, any_case):
    found = re.search(pattern, text, re.IGNORECASE if any_case else 0)
    assert (Linear(pattern, any_case=any_case).search(text) >= 0) == (found is not None)


@given(patterns, st.lists(st.text(alphabet="ab1. ", max_size=6), max_size=6))
def test_lines_searched_before_change_nothing(pattern, lines):
    engine = Linear(pattern)
    assert [engine.search(line) for line in lines] == [Linear(pattern).search(line) for line in lines]


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "a*a*a*a*a*a*b"]
)
def test_patterns_that_take_others_for_ever_are_done_at_once(pattern):
    assert Linear(pattern).search("a" * 20_000 + "!") == -1


def test_it_says_where_the_first_match_ends():
    assert Linear("b+c").search("aabbc") == 5
    assert Linear("(?i)B").search("ab") == 2
    assert Linear("").search("ab") == 0


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[a", "*a", "a{3,2}", "(?=a)", "(?<=a)b", "(a)\\1", "a++", "\\q", "(?P<n", "[b-a]", "\\xzz", "a\\"],
)
def test_what_it_does_not_know_it_refuses(pattern):
    with pytest.raises(NotLinear):
        Linear(pattern)


@pytest.mark.parametrize(
    "pattern", ["(((a{99}){99}){99}){99}", "(((){999}){999}){999}", "(" * 99 + "a" + ")" * 99, "a{99999999}"]
)
def test_patterns_that_would_not_fit_are_refused(pattern):
    with pytest.raises(NotLinear):
        Linear(pattern)


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused(pattern):
    try:
        engine = Linear(pattern)
    except NotLinear:
        assume(False)
    assert engine.search("some text 123") >= -1


def test_named_groups_and_braces_that_count_nothing():
    assert Linear("(?P<word>a)b").search("ab") == 2
    assert Linear("a{x}").search("a{x}") == 4
    assert Linear("\\x41[\\n\\x42-D]\\u00e9").search("ACé") == 3
