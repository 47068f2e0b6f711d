"""Opencode through the gateway: Messages and Chat, where the gateway answers a recall inside the stream."""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from agentforge.ledger import open_ledger
from clients.driver import drive
from clients.recorded import (
    assert_each_is_a_prefix_of_the_next,
    assert_nothing_was_refused,
    assert_one_session,
    assert_understood_losslessly,
    conversation,
    decoded,
    results,
)
from clients.test_opencode import CONFIG, ENVIRON, LAST, MODELS, bash

pytestmark = pytest.mark.client

LOG = "".join(f"{at:04} {'ERROR out of glue' if at == 700 else 'sold'} {at * 7 % 13} stamps\n" for at in range(1500))
HANDLE = f"recall:{sha256(LOG.encode()).hexdigest()[:12]}"


@pytest.mark.parametrize("model", MODELS)
def test_opencode_works_through_the_gateway_and_never_sees_the_recall(model, program, tmp_path: Path):
    settings = tmp_path / "home" / ".config" / "opencode"
    settings.mkdir(parents=True)
    (settings / "opencode.json").write_text(json.dumps(CONFIG))
    stamps = tmp_path / "project" / "stamps.txt"
    stamps.parent.mkdir()
    stamps.write_text("4 stamps\n")
    (tmp_path / "project" / "sales.log").write_text(LOG)
    change = {"filePath": str(stamps), "oldString": "4", "newString": "3"}
    turns = [
        {
            "thinking": "Look first.",
            "calls": [bash("cat sales.log"), {"name": "read", "input": {"filePath": str(stamps)}}],
        },
        {
            "thinking": "And 901?",
            "text": "I look again.",
            "calls": [{"name": "recall", "input": {"handle": HANDLE, "pattern": "^0901"}}],
        },
        {"thinking": "One was used.", "calls": [{"name": "edit", "input": change}]},
        {"thinking": "That is all.", "text": LAST},
    ]
    command = [program("opencode"), "run", "--model", model, "Use a stamp."]
    session = drive(command, tmp_path, {"turns": turns, "aside": "A stamp"}, ENVIRON, gateway=[])
    dialect = MODELS[model]
    requests = decoded(conversation(session), dialect)
    told = [str(result.content) for result in results(requests[-1])]

    assert session.code == 0
    assert LAST in session.said
    assert stamps.read_text() == "3 stamps\n"
    assert_nothing_was_refused(session)
    assert_understood_losslessly(session, dialect)
    assert_each_is_a_prefix_of_the_next(requests)
    assert_one_session(requests)
    assert "0700 ERROR out of glue" in told[0]
    assert "0901 " not in told[0]
    assert any(LOG.splitlines()[901] in one for one in told)
    assert "recall" not in session.said
    with open_ledger(session.ledger, create=False) as ledger:
        recorded = [one.data for one in ledger.events(project="default", kind="gateway.request")]
    assert Counter((one["role"], one["sent"]) for one in recorded) == {
        ("title", "untouched"): 1,
        ("main", "changed"): 3,
        ("main", "followup"): 1,
    }
