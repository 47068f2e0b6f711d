import pytest
from hypothesis import given

from agentforge.context.recall import Span, parse_query
from agentforge.wire.errors import UsageError
from strategies import json_objects

HANDLE = "recall:0123456789ab"


def test_a_whole_query_is_read():
    query = parse_query(
        {
            "handle": "0123456789AB",
            "pattern": "a+",
            "lines": "3-9",
            "path": " items[3] ",
            "where": "a=1",
            "limit": "500",
        }
    )
    assert (query.handle, query.pattern, query.lines, query.path, query.where, query.limit) == (
        HANDLE,
        "a+",
        Span(3, 9),
        "items[3]",
        "a=1",
        500,
    )


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        ("12-40", Span(12, 40)),
        ("lines 12-40", Span(12, 40)),
        ("12:40", Span(12, 40)),
        ("12", Span(12, 12)),
        (12, Span(12, 12)),
        ([12, 40], Span(12, 40)),
        ("-20", Span(None, 20)),
        ("40-", Span(40, None)),
        (None, None),
        ("", None),
    ],
)
def test_spans_are_read_as_models_write_them(lines, span):
    assert parse_query({"handle": HANDLE, "lines": lines}).lines == span


def test_a_span_means_places_within_what_is_there():
    assert Span(3, 5).of(10) == range(2, 5)
    assert Span(3, 99).of(10) == range(2, 10)
    assert Span(None, 3).of(10) == range(7, 10)
    assert Span(8, None).of(10) == range(7, 10)
    assert Span(41, 42).of(10, start=40) == range(1, 3)
    assert len(Span(99, 120).of(10)) == 0


@pytest.mark.parametrize(
    ("input", "says"),
    [
        ({}, "no handle"),
        ({"handle": "the last one"}, "copy it from the last line"),
        ({"handle": HANDLE, "lines": "some"}, "120-180"),
        ({"handle": HANDLE, "lines": "9-3"}, "3-9"),
        ({"handle": HANDLE, "pattern": 5}, "text"),
        ({"handle": HANDLE, "pattern": "x" * 401}, "at most 400"),
        ({"handle": HANDLE, "limit": "much"}, "number of characters"),
        ({"handle": HANDLE, "limit": True}, "number of characters"),
        ({"handle": HANDLE, "regex": "x"}, "it takes handle, pattern, lines"),
    ],
)
def test_a_mistake_says_what_to_write(input, says):
    with pytest.raises(UsageError) as caught:
        parse_query(input)
    assert says in str(caught.value)


def test_a_limit_has_its_bounds():
    assert parse_query({"handle": HANDLE, "limit": 10**9}).limit == 10_000
    assert parse_query({"handle": HANDLE, "limit": 1}).limit == 200


@given(json_objects)
def test_any_arguments_are_read_or_refused_in_words(input):
    with pytest.raises(UsageError) as caught:
        parse_query(input)
    assert caught.value.fix
