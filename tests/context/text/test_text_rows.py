import pytest

from agentforge.context.text import MISSING, is_rule, separator_of, split, value_of, values_of


@pytest.mark.parametrize(
    ("line", "separator", "values"),
    [
        ("a,b,c", ",", ["a", "b", "c"]),
        ('"a, b",c', ",", ["a, b", "c"]),
        ("| a | b |", "|", ["a", "b"]),
        ("a|b", "|", ["a", "b"]),
        ("a\tb\r", "\t", ["a", "b"]),
    ],
)
def test_rows_are_split_as_they_are_meant(line, separator, values):
    assert split(line, separator) == values


def test_the_separator_is_what_all_rows_have_as_often():
    assert separator_of(["a,b", "1,2", "3,4", "5,6"]) == ","
    assert separator_of(["a\tb", "1,5\t2", "3\t4", "5\t6,7"]) == "\t"
    assert separator_of(["a,b", "1,2,3", "3", "5,6,7,8"]) == ""
    assert separator_of(["a,b", "1,2"]) == ""


def test_values_are_numbers_where_they_are_and_empty_where_they_say_so():
    assert [value_of(word) for word in ("7", "-7.5", "1e3", "N/A", "", "x7")] == [7, -7.5, 1000.0, None, None, "x7"]
    assert values_of(["1", "2"]) == [1, 2]
    assert values_of(["1", None, "x", ""]) == [1, MISSING, "x", None]
    assert values_of(["1_000", "2"]) == ["1_000", 2]


def test_a_rule_is_no_row():
    assert is_rule("|---|:--|")
    assert not is_rule("| a | b |")
