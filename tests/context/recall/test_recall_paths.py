import json

import pytest
from hypothesis import given

from agentforge.context.recall.paths import places
from agentforge.context.text.documents import joined
from agentforge.wire.errors import UsageError
from strategies import json_objects

TEXT = json.dumps({"items": [{"id": at, "name": f"n{at}", "odd key": {"x": [at]}} for at in range(9)], "n": 1})


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("items[3].name", ["n3"]),
        ("$.items[3].name", ["n3"]),
        ("$[\"items\"][3]['name']", ["n3"]),
        ("items.3.name", ["n3"]),
        ("items[2-4].id", [2, 3, 4]),
        ("items[2:4].id", [2, 3, 4]),
        ("items[*].id", list(range(9))),
        ('items[8]["odd key"].x[0]', [8]),
        ("n", [1]),
    ],
)
def test_paths_lead_to_values(path, values):
    found = places(TEXT, path)
    assert [place.value for place in found] == values
    assert [json.loads(TEXT[place.start : place.end]) for place in found] == values


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("item", "it has items, n"),
        ("items[99]", "nothing stands under"),
        ("items.name", "ask for items[0] or items[*].name"),
        ("n.x", "nothing inside"),
        ("items[[", "is no path from character"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(path, says):
    with pytest.raises(UsageError) as caught:
        places(TEXT, path)
    assert says in str(caught.value)


def test_what_is_no_json_has_no_paths():
    with pytest.raises(UsageError, match="not JSON"):
        places("words", "a")


def test_a_gap_between_members_is_asked_for_by_its_name():
    (place,) = places(TEXT, "items[3].name to items[4].id")
    assert TEXT[place.start : place.end] == '"n3", "odd key": {"x": [3]}}, {"id": 4'
    assert places(TEXT, "the beginning to items[0].id")[0].start == 0


@given(json_objects)
def test_every_member_is_found_under_the_path_it_is_called_by(value):
    text = json.dumps(value)
    for key, item in value.items():
        (place,) = places(text, joined("", key))
        assert place.value == item
