import dataclasses

import pytest

from agentforge.ledger import EVERYWHERE, Event, SqliteLedger, handle
from agentforge.ledger.events import Ledger, digits
from agentforge.wire.errors import BlobMissing

HASH = "0123456789abcdef" * 4


def test_a_handle_is_short_and_leads_back_to_the_beginning_of_its_hash():
    assert handle(HASH) == "recall:0123456789ab"
    assert HASH.startswith(digits(handle(HASH)))


@pytest.mark.parametrize("written", ["recall:0123456789ab", " RECALL:0123456789AB\n", "0123456789ab"])
def test_a_handle_is_understood_however_a_model_writes_it(written):
    assert digits(written) == "0123456789ab"


@pytest.mark.parametrize(
    "written", ["", "recall:", "recall:0123", "recall:xyzxyzxyz", HASH + "0", "recall:0123456789ab c"]
)
def test_what_is_no_handle_is_refused_with_the_form_of_one(written):
    with pytest.raises(BlobMissing, match="recall: and 8 to 64 hexadecimal digits"):
        digits(written)


def test_an_event_is_a_value():
    event = Event("turn", 1, "p", data={"n": 1})
    assert event == dataclasses.replace(event, seq=7)
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.kind = "other"


def test_all_projects_is_a_value_no_project_can_be_named():
    assert not isinstance(EVERYWHERE, str)


def test_the_interface_says_nothing_of_sqlite():
    spoken = " ".join(
        f"{name} {getattr(Ledger, name).__doc__} {getattr(getattr(Ledger, name), '__annotations__', '')}"
        for name in vars(Ledger)
        if not name.startswith("_")
    )
    assert "sql" not in spoken.lower()
    assert {name for name in vars(Ledger) if not name.startswith("_")} <= {*dir(SqliteLedger), "path"}
