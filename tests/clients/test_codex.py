import json
from pathlib import Path

import pytest

from clients.driver import Run, drive
from clients.first_request import CODEX as CONFIG
from clients.recorded import (
    assert_each_is_a_prefix_of_the_next,
    assert_nothing_was_refused,
    assert_one_session,
    assert_understood_losslessly,
    conversation,
    decoded,
    results,
)

pytestmark = pytest.mark.client

LAST = "Three stamps are left."


def shell(command: str) -> dict:
    return {"name": "exec_command", "input": {"cmd": command}}


TURNS = [
    {"thinking": "Look first.", "calls": [shell("ls"), shell("cat stamps.txt")]},
    {"thinking": "Is there a plan?", "text": "I look for a plan.", "calls": [shell("cat plan.txt")]},
    {"thinking": "One was used.", "calls": [shell("sed -i s/4/3/ stamps.txt && cat stamps.txt")]},
    {"thinking": "That is all.", "text": LAST},
]


@pytest.fixture(scope="module")
def session(program, tmp_path_factory) -> Run:
    folder: Path = tmp_path_factory.mktemp("codex")
    settings = folder / "home" / ".codex"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(CONFIG)
    (folder / "project").mkdir()
    (folder / "project" / "stamps.txt").write_text("4 stamps\n")
    command = [
        program("codex"),
        "exec",
        "--json",
        "--skip-git-repo-check",
        "--dangerously-bypass-approvals-and-sandbox",
    ]
    return drive([*command, "Use a stamp."], folder, {"turns": TURNS}, {"SIMULATED_KEY": "sk-dummy"})


def test_codex_works_to_the_end(session):
    events = [json.loads(line) for line in session.said.splitlines()]

    assert session.code == 0
    assert [event["item"]["text"] for event in events if event.get("item", {}).get("type") == "agent_message"][
        -1
    ] == LAST
    assert (session.project / "stamps.txt").read_text() == "3 stamps\n"
    assert_nothing_was_refused(session)


def test_codex_brings_the_result_of_every_call(session):
    last = decoded(conversation(session), "openai-responses")[-1]
    told = [str(result.content) for result in results(last)]

    assert ["stamps.txt\n" in told[0], "4 stamps\n" in told[1], "code 1\n" in told[2], "3 stamps\n" in told[3]] == [
        True
    ] * 4


def test_codexs_requests_are_understood_losslessly(session):
    assert_understood_losslessly(session, "openai-responses")


def test_codexs_requests_are_one_session_each_a_prefix_of_the_next(session):
    requests = decoded(conversation(session), "openai-responses")

    assert len(requests) == len(TURNS)
    assert_each_is_a_prefix_of_the_next(requests)
    assert_one_session(requests)


def test_codex_is_told_what_it_was_charged_and_reads_from_the_cache(session):
    told = json.loads(session.said.splitlines()[-1])["usage"]
    charged = [one.usage for one in conversation(session)]
    cached = [usage["input_tokens_details"]["cached_tokens"] for usage in charged]

    assert told["input_tokens"] == sum(usage["input_tokens"] for usage in charged)
    assert told["cached_input_tokens"] == sum(cached)
    assert [at for at, usage in enumerate(charged) if cached[at] < usage["input_tokens"] / 2] == [0]
