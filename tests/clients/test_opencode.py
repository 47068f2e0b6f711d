import json
from pathlib import Path

import pytest

from agentforge.wire import Dialect
from clients.driver import URL, Run, drive
from clients.recorded import (
    asked,
    assert_each_is_a_prefix_of_the_next,
    assert_nothing_was_refused,
    assert_one_session,
    assert_understood_losslessly,
    conversation,
    decoded,
    results,
)

pytestmark = pytest.mark.client

ENVIRON = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
LIMIT = {"limit": {"context": 200_000, "output": 32_000}}
OPTIONS = {"baseURL": f"{URL}/v1", "apiKey": "sk-dummy"}
CONFIG = {
    "autoupdate": False,
    "share": "disabled",
    "provider": {
        "anthropic": {"options": OPTIONS, "models": {"claude-sonnet-5": LIMIT}},
        "chat": {"npm": "@ai-sdk/openai-compatible", "options": OPTIONS, "models": {"gpt-4.1": LIMIT}},
    },
}
MODELS: dict[str, Dialect] = {"anthropic/claude-sonnet-5": "anthropic", "chat/gpt-4.1": "openai-chat"}
LAST = "Three stamps are left."


def bash(command: str) -> dict:
    return {"name": "bash", "input": {"command": command, "description": "a look"}}


def turns(stamps: Path) -> list[dict]:
    change = {"filePath": str(stamps), "oldString": "4", "newString": "3"}
    return [
        {"thinking": "Look first.", "calls": [bash("ls"), {"name": "read", "input": {"filePath": str(stamps)}}]},
        {"thinking": "Is there a plan?", "text": "I look for a plan.", "calls": [bash("cat plan.txt")]},
        {"thinking": "One was used.", "calls": [{"name": "edit", "input": change}]},
        {"thinking": "That is all.", "text": LAST},
    ]


@pytest.fixture(params=MODELS)
def session(request, program, tmp_path: Path) -> Run:
    settings = tmp_path / "home" / ".config" / "opencode"
    settings.mkdir(parents=True)
    (settings / "opencode.json").write_text(json.dumps(CONFIG))
    stamps = tmp_path / "project" / "stamps.txt"
    stamps.parent.mkdir()
    stamps.write_text("4 stamps\n")
    command = [program("opencode"), "run", "--model", request.param, "Use a stamp."]
    return drive(command, tmp_path, {"turns": turns(stamps), "aside": "A stamp"}, ENVIRON)


# One test, because each run takes seconds, and tests in random order would start one for nearly every test.
def test_opencode_works_to_the_end_in_requests_that_are_understood_and_one_session(session):
    dialect = MODELS[session.command[3]]
    requests = decoded(conversation(session), dialect)

    assert session.code == 0
    assert LAST in session.said
    assert (session.project / "stamps.txt").read_text() == "3 stamps\n"
    assert_nothing_was_refused(session)
    assert len(asked(session)) == len(requests) + 1, "it asks for a title beside the conversation"
    assert [len(results(one)) for one in requests] == [0, 2, 3, 4]
    assert_understood_losslessly(session, dialect)
    assert_each_is_a_prefix_of_the_next(requests)
    assert_one_session(requests)
