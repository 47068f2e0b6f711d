from hashlib import sha256

import pytest

from agentforge.gateway.recalling import recall_from
from agentforge.ledger import open_ledger
from agentforge.wire import Json, ToolUse

TEXT = b"\n".join(b"line %d" % at for at in range(1, 401))
HANDLE = f"recall:{sha256(TEXT).hexdigest()[:12]}"


@pytest.fixture
def recall(tmp_path):
    with open_ledger(tmp_path / "ledger.db") as ledger:
        ledger.put(TEXT, project="shop", at=1)
        yield recall_from(ledger)


def asked(**given):
    return ToolUse("t", "recall", Json.of(given))


def test_the_model_gets_the_lines_it_asks_for(recall):
    assert "line 41\nline 42" in recall("shop", asked(handle=HANDLE, lines="41-42"))


def test_law_6_another_projects_handle_leads_nowhere(recall):
    assert "nothing is stored" in recall("garden", asked(handle=HANDLE, lines="41-42"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"handle": "?"}, "is no handle"),
        ({"handle": HANDLE, "line": "1"}, "it takes handle, pattern"),
        ({"handle": HANDLE, "limit": "many"}, "limit is a number"),
        ({"handle": "recall:000000000000"}, "last line"),
    ],
)
def test_a_call_that_cannot_be_answered_is_told_what_to_write_instead(recall, given, told):
    assert told in recall("shop", asked(**given))


def test_arguments_that_are_no_object_are_told_so(recall):
    assert "is no handle" in recall("shop", ToolUse("t", "recall", Json(b'"handle"')))
