"""Codex through the gateway: Responses, where the model recalls with a command in its shell."""

import json
import sys
from pathlib import Path

import pytest

from agentforge.ledger import open_ledger
from clients.driver import Run, drive
from clients.recorded import (
    assert_each_is_a_prefix_of_the_next,
    assert_nothing_was_refused,
    assert_one_session,
    assert_understood_losslessly,
    conversation,
    decoded,
    results,
)
from clients.test_codex import CONFIG, LAST, shell

pytestmark = pytest.mark.client

LOG = "".join(f"{at:04} {'ERROR out of glue' if at == 700 else 'sold'} {at * 7 % 13} stamps\n" for at in range(1500))
# What Codex makes of an output has its own words in it, so only the conversation tells the handle: this reads it there.
LEDGER = "sqlite3.connect('../home/.agentforge/ledger.db')"
NEWEST = f"import sqlite3; print({LEDGER}.execute('select hash from blobs').fetchone()[0])"
RECALL = f"""agentforge recall "$({sys.executable} -c "{NEWEST}")" --pattern "^0901 " """
TURNS = [
    {"thinking": "Look first.", "calls": [shell("cat sales.log"), shell("cat stamps.txt")]},
    {"thinking": "What of 901?", "text": "I look again.", "calls": [shell(RECALL)]},
    {"thinking": "One was used.", "calls": [shell("sed -i s/4/3/ stamps.txt && cat stamps.txt")]},
    {"thinking": "That is all.", "text": LAST},
]


@pytest.fixture(scope="module")
def session(program, tmp_path_factory) -> Run:
    folder: Path = tmp_path_factory.mktemp("codex")
    settings = folder / "home" / ".codex"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(CONFIG)
    # It runs commands in a login shell, which sets the path anew.
    (folder / "home" / ".profile").write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')
    (folder / "project").mkdir()
    (folder / "project" / "stamps.txt").write_text("4 stamps\n")
    (folder / "project" / "sales.log").write_text(LOG)
    command = [program("codex"), "exec", "--json", "--skip-git-repo-check"]
    command += ["--dangerously-bypass-approvals-and-sandbox", "Use a stamp."]
    return drive(command, folder, {"turns": TURNS}, {"SIMULATED_KEY": "sk-dummy"}, gateway=[])


def test_codex_works_through_the_gateway_to_the_end(session):
    events = [json.loads(line) for line in session.said.splitlines()]
    said = [event["item"]["text"] for event in events if event.get("item", {}).get("type") == "agent_message"]

    assert (session.code, said[-1]) == (0, LAST)
    assert (session.project / "stamps.txt").read_text() == "3 stamps\n"
    assert_nothing_was_refused(session)


def test_what_codex_is_sent_is_cut_once_and_recalled_in_its_shell(session):
    last = decoded(conversation(session), "openai-responses")[-1]
    told = [str(result.content) for result in results(last)]

    assert "0700 ERROR out of glue" in told[0]
    assert "0901 " not in told[0]
    assert "run `agentforge recall " in told[0]
    assert LOG.splitlines()[901] in told[2]
    with open_ledger(session.ledger, create=False) as ledger:
        recorded = [one.data for one in ledger.events(project="default", kind="gateway.request")]
    answers = [one for one in recorded if one["operation"] == "answer"]
    assert [(one["role"], one["sent"]) for one in answers] == [("main", "untouched"), *[("main", "changed")] * 3]


def test_codexs_requests_stay_one_session_of_prefixes(session):
    requests = decoded(conversation(session), "openai-responses")

    assert len(requests) == len(TURNS)
    assert_understood_losslessly(session, "openai-responses")
    assert_each_is_a_prefix_of_the_next(requests)
    assert_one_session(requests)
