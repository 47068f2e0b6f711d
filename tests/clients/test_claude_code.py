import json
import sys
from pathlib import Path

import pytest

from agentforge.wire import Text, ToolUse
from clients.driver import URL, Run, drive
from clients.recorded import (
    asked,
    assert_each_is_a_prefix_of_the_next,
    assert_nothing_was_refused,
    assert_one_session,
    assert_understood_losslessly,
    conversation,
    decoded,
    recognised,
    results,
)

pytestmark = pytest.mark.client

ENVIRON = {
    "ANTHROPIC_BASE_URL": URL,
    "ANTHROPIC_API_KEY": "sk-ant-dummy-000",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "IS_SANDBOX": "1",  # as root it skips its permission questions in sandboxes only
}
FILES = {
    "README.md": "# Post office\n\nWhat letters and parcels cost. `check.py` must pass.\n",
    "prices.py": 'RATES = {"letter": 85, "parcel": 449}\n\n\ndef price(kind, count):\n    return RATES[kind] + count\n',
    "check.py": 'import prices\n\nassert prices.price("letter", 3) == 255\nprint("all prices are right")\n',
    "sales.log": "".join(f"{at:04} {'VOID' if at % 97 == 0 else 'sold'} {at * 7 % 13} letters\n" for at in range(1500)),
}
KINDS = ("card", "book", "roll", "tube", "crate")
CALLS, FAILING = 29, 4
FIRST, LAST = "Make the prices right.", "The prices are right."


def claude(program, folder: Path, turns: list[dict]) -> Run:
    command = [program("claude"), "-p", FIRST, "--output-format", "json", "--dangerously-skip-permissions"]
    return drive(command, folder, {"turns": turns}, ENVIRON)


def post_office(folder: Path) -> Path:
    project = folder / "project"
    project.mkdir()
    for name, content in FILES.items():
        (project / name).write_text(content)
    return project


def bash(command: str) -> dict:
    return {"name": "Bash", "input": {"command": command}}


def read(path: Path) -> dict:
    return {"name": "Read", "input": {"file_path": str(path)}}


def write(path: Path, content: str) -> dict:
    return {"name": "Write", "input": {"file_path": str(path), "content": content}}


def edit(path: Path, old: str, new: str) -> dict:
    return {"name": "Edit", "input": {"file_path": str(path), "old_string": old, "new_string": new}}


def twenty_turns(project: Path) -> list[dict]:
    """Nineteen turns of calls, parallel ones and a failing one among them, and a last word; each with thinking."""
    prices, report = project / "prices.py", project / "report.md"
    check = bash(f"'{sys.executable}' -B check.py")
    calls = [
        [bash("ls"), read(project / "README.md")],
        [read(prices), read(project / "check.py")],
        [check],
        [edit(prices, "RATES[kind] + count", "RATES[kind] * count")],
        [check],
        [read(project / "sales.log"), bash("grep -c VOID sales.log"), bash("tail -n 1 sales.log")],
        [{"name": "ToolSearch", "input": {"query": "select:NotebookEdit", "max_results": 1}}],
        [write(report, "# New rates\n")],
        *(
            [edit(prices, "RATES = {", f'RATES = {{"{kind}": 99, '), bash(f"echo {kind} >> report.md")]
            for kind in KINDS
        ),
        *([bash(f"grep -n {kind} prices.py")] for kind in KINDS),
        [check, read(report)],
    ]
    turns = [{"thinking": f"Step {number} of 20.", "calls": made} for number, made in enumerate(calls, 1)]
    turns[2]["text"] = "Let me see whether the check passes."
    return [*turns, {"thinking": "Nothing is left to do.", "text": LAST}]


@pytest.fixture(scope="module")
def session(program, tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("claude")
    return claude(program, folder, twenty_turns(post_office(folder)))


def test_claude_code_works_twenty_turns_to_the_end(session):
    answer = json.loads(session.said)

    assert (session.code, answer["is_error"], answer["result"]) == (0, False, LAST)
    assert answer["permission_denials"] == []
    assert len(conversation(session)) == 20


def test_claude_code_is_refused_nothing(session):
    assert_nothing_was_refused(session)


def test_claude_codes_files_really_change(session):
    prices = (session.project / "prices.py").read_text()

    assert "RATES[kind] * count" in prices
    assert all(f'"{kind}": 99' in prices for kind in KINDS)
    assert (session.project / "report.md").read_text().split() == ["#", "New", "rates", *KINDS]


def test_claude_code_brings_the_result_of_every_call(session):
    last = decoded(conversation(session), "anthropic")[-1]
    failed = {result.tool_use_id: result.is_error for result in results(last)}
    made = [block.id for message in last.messages for block in message.blocks if isinstance(block, ToolUse)]

    assert len(made) == CALLS
    assert set(made) == failed.keys()
    assert [at for at, call in enumerate(made) if failed[call]] == [FAILING]


def test_claude_codes_requests_are_understood_losslessly(session):
    assert_understood_losslessly(session, "anthropic")
    assert [one.path for one in asked(session) if one.path.endswith("/count_tokens")], "a long file is weighed first"


def test_claude_codes_requests_are_each_a_prefix_of_the_next(session):
    assert_each_is_a_prefix_of_the_next(decoded(conversation(session), "anthropic"))


def test_claude_codes_requests_are_one_session(session):
    assert_one_session(decoded(conversation(session), "anthropic"))


def test_claude_code_reads_from_the_cache_all_that_the_turn_before_wrote(session):
    charged = [one.usage for one in conversation(session)]
    reads = [usage["cache_read_input_tokens"] for usage in charged]
    writes = [usage["cache_creation_input_tokens"] for usage in charged]

    assert reads[0] == 0
    assert reads[1:] == [read + written for read, written in zip(reads, writes, strict=True)][:-1]
    assert sum(reads) > 10 * sum(writes)
    assert {usage["input_tokens"] for usage in charged} == {0}


def test_claude_code_adds_up_the_usage_it_was_told(session):
    told = json.loads(session.said)["usage"]
    charged = [one.usage for one in conversation(session)]

    for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"):
        assert told[name] == sum(usage[name] for usage in charged), name


STUMBLES = [
    {"thinking": "Look first.", "calls": [bash("ls")], "failures": [{"status": 529, "type": "overloaded_error"}]},
    {"thinking": "The key to it.", "calls": [bash("cat README.md")], "cut_after": 4},
    {"thinking": "Nothing is left to do.", "text": LAST, "failures": [{"status": 500}, {"status": 529}]},
]


@pytest.fixture(scope="module")
def stumbling(program, tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("claude")
    post_office(folder)
    return claude(program, folder, STUMBLES)


def test_claude_code_asks_again_after_an_error_and_after_a_stream_cut_while_thinking(stumbling):
    answer = json.loads(stumbling.said)
    assert (stumbling.code, answer["is_error"], answer["result"]) == (0, False, LAST)

    main = conversation(stumbling)
    assert [one.status for one in main] == [529, 200, 200, 200, 500, 529, 200]
    kinds = [kind for kind, _ in recognised(decoded(main, "anthropic"))]
    assert kinds == ["new", "repeated", "continued", "repeated", "continued", "repeated", "repeated"]
    assert len({one.body for one in main}) == len(STUMBLES)
    assert_understood_losslessly(stumbling, "anthropic")


BROKEN_OFF = [
    {"thinking": "Look first.", "calls": [bash("ls")]},
    {"thinking": "Say it.", "text": "I look at the rates.", "calls": [bash("ls")], "cut_after": 9, "pace": 0.2},
    {"thinking": "Go on.", "calls": [bash("echo once >> seen.txt")]},
    {"thinking": "Nothing is left to do.", "text": LAST},
]


@pytest.fixture(scope="module")
def broken_off(program, tmp_path_factory) -> Run:
    return claude(program, tmp_path_factory.mktemp("claude"), BROKEN_OFF)


def test_claude_code_goes_on_from_its_words_after_a_stream_cut_behind_them(broken_off):
    answer = json.loads(broken_off.said)
    assert (broken_off.code, answer["is_error"], answer["result"]) == (0, False, LAST)

    requests = decoded(conversation(broken_off), "anthropic")
    said = [block.text for one in requests[-1].messages for block in one.blocks if isinstance(block, Text)]
    assert "I look at the rates." in said
    assert (broken_off.project / "seen.txt").read_text() == "once\n"
    assert_nothing_was_refused(broken_off)
    assert_one_session(requests)
    assert_understood_losslessly(broken_off, "anthropic")
