import pytest

from agentforge.context.recall.conditions import conditions
from agentforge.wire.errors import UsageError

RECORD = {"id": 7, "state": "lost", "size": "12", "owner": {"name": "Ada"}, "done": False, "note": None, "a=b": 1}


@pytest.mark.parametrize(
    "where",
    [
        "id=7",
        "id == 7",
        "id>6 and id<8",
        "size>=12",
        "state!=open",
        "state~OS",
        'state="lost"',
        "owner.name=Ada",
        "done=false",
        "note=null",
        "id=7.0",
        "state>apple",
    ],
)
def test_conditions_hold(where):
    assert all(condition.holds(RECORD) for condition in conditions(where))


@pytest.mark.parametrize("where", ["id=8", "id>7", "state~x", "missing=1", "owner.age=3", "id=7 and state=open"])
def test_conditions_fail(where):
    assert not all(condition.holds(RECORD) for condition in conditions(where))


@pytest.mark.parametrize("where", ["id", "=7", "id=7 and more"])
def test_what_is_no_condition_says_so(where):
    with pytest.raises(UsageError, match="is no condition"):
        conditions(where)
