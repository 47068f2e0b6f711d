"""Claude Code through the gateway, on a provider that refuses rewritten prefixes: what it does, and what it costs."""

import json
from collections import Counter
from hashlib import sha256

import pytest

from agentforge.context.recall import answer, parse_query
from agentforge.ledger import open_ledger
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
    results,
)
from clients.test_claude_code import ENVIRON, FIRST, KINDS, LAST, bash, post_office, twenty_turns
from clients.workloads import WORKLOADS, snapshot, usage_of, work, worked
from data.mcp_servers import stock

pytestmark = pytest.mark.client

THROUGH = {**ENVIRON, "ANTHROPIC_BASE_URL": f"{URL}/p/post"}
OPTIONS = ("--output-format", "json", "--dangerously-skip-permissions")
NAMED = "11111111-2222-4333-8444-555555555555"


def requests_in(run: Run, project: str = "post") -> list[dict]:
    """What the gateway recorded of the requests for answers."""
    with open_ledger(run.ledger, create=False) as ledger:
        told = [{**event.data, "session": event.session} for event in ledger.events(project=project)]
    return [one for one in told if one.get("operation") == "answer" and "status" in one]


def sessions_in(run: Run, project: str = "post") -> list[dict]:
    with open_ledger(run.ledger, create=False) as ledger:
        return [dict(event.data) for event in ledger.events(project=project, kind="gateway.session")]


@pytest.fixture(scope="module")
def session(program, tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("claude")
    turns = twenty_turns(post_office(folder))
    return drive([program("claude"), "-p", FIRST, *OPTIONS], folder, {"turns": turns}, THROUGH, gateway=[])


def test_claude_code_works_twenty_turns_through_the_gateway_to_the_same_end(session):
    answer = json.loads(session.said)

    assert (session.code, answer["is_error"], answer["result"]) == (0, False, LAST)
    assert answer["permission_denials"] == []
    assert_nothing_was_refused(session)
    assert len(conversation(session)) == 20
    prices = (session.project / "prices.py").read_text()
    assert "RATES[kind] * count" in prices
    assert all(f'"{kind}": 99' in prices for kind in KINDS)
    assert (session.project / "report.md").read_text().split() == ["#", "New", "rates", *KINDS]


def test_what_the_gateway_sends_is_one_session_of_prefixes_and_breaks_no_cache(session):
    requests = decoded(conversation(session), "anthropic")
    charged = [one.usage for one in conversation(session)]
    reads = [usage["cache_read_input_tokens"] for usage in charged]
    writes = [usage["cache_creation_input_tokens"] for usage in charged]

    assert_understood_losslessly(session, "anthropic")
    assert_each_is_a_prefix_of_the_next(requests)
    assert_one_session(requests)
    assert reads[1:] == [read + written for read, written in zip(reads, writes, strict=True)][:-1]
    assert [len(result.content) < 5_000 for result in results(requests[-1])].count(False) == 0


def test_the_ledger_has_every_request_of_the_session_with_its_role(session):
    recorded = requests_in(session)

    assert Counter(one["role"] for one in recorded) == {"main": 20}
    assert {one["outcome"] for one in recorded} == {"whole"}
    assert [one["arm"] for one in sessions_in(session)] == ["treated"]
    assert not any("why" in one for one in recorded)
    charged = [usage_of(one.usage) for one in conversation(session)]
    assert [one["usage"]["cache_read"] for one in recorded] == [usage.cache_read for usage in charged]


LOG = "".join(f"{at:04} {'VOID' if at == 500 else 'sold'} {at * 7 % 13} letters\n" for at in range(1000))


@pytest.fixture(scope="module")
def recalling(program, tmp_path_factory) -> Run:
    """A recall by itself, and one beside a call of the client's; both with signed thinking around."""
    folder = tmp_path_factory.mktemp("claude")
    (post_office(folder) / "day.log").write_text(LOG)
    handle = f"recall:{sha256(LOG.removesuffix(chr(10)).encode()).hexdigest()[:12]}"
    ask = {"name": "recall", "input": {"handle": handle, "pattern": "^0733"}}
    turns = [
        {"thinking": "Look first.", "text": "I look.", "calls": [bash("cat day.log")]},
        {"thinking": "What of 733?", "text": "I look again.", "calls": [ask]},
        {
            "thinking": "And 801?",
            "calls": [{**ask, "input": {"handle": handle, "lines": "802"}}, bash("echo one > a.txt")],
        },
        {"thinking": "Go on.", "calls": [bash("echo two > b.txt")]},
        {"thinking": "Nothing is left to do.", "text": LAST},
    ]
    command = [program("claude"), "-p", FIRST, "--output-format", "stream-json", "--verbose", OPTIONS[-1]]
    return drive(command, folder, {"turns": turns}, THROUGH, gateway=[])


def test_a_recall_is_answered_in_the_stream_and_the_client_never_sees_it(recalling):
    events = [json.loads(line) for line in recalling.said.splitlines()]
    seen = [block for one in events if one["type"] == "assistant" for block in one["message"]["content"]]

    assert (recalling.code, events[-1]["result"]) == (0, LAST)
    assert_nothing_was_refused(recalling)
    assert {block["name"] for block in seen if block["type"] == "tool_use"} == {"Bash"}
    assert "I look again." in [block.get("text") for block in seen]
    assert [(recalling.project / name).read_text() for name in ("a.txt", "b.txt")] == ["one\n", "two\n"]


def test_the_model_has_what_it_recalled_ever_after(recalling):
    requests = decoded(conversation(recalling), "anthropic")
    told = [str(result.content) for result in results(requests[-1])]

    assert_each_is_a_prefix_of_the_next(requests)
    assert "0500 VOID" in told[0]
    assert "0733 " not in told[0]
    assert any(LOG.splitlines()[733] in one for one in told)
    assert any(LOG.splitlines()[801] in one for one in told)
    assert Counter(one["sent"] for one in requests_in(recalling)) == {"changed": 4, "followup": 1}


@pytest.fixture(scope="module")
def lived(program, tmp_path_factory) -> Run:
    """A named session that is resumed, forked, compacted, and goes on; with a sub-agent in it."""
    folder = tmp_path_factory.mktemp("claude")
    (post_office(folder) / "day.log").write_text(LOG)
    agent = {"description": "look", "prompt": "Look.", "subagent_type": "Explore", "run_in_background": False}
    turns = [
        {"thinking": "Look first.", "calls": [bash("cat day.log")]},
        {"thinking": "Let another look.", "calls": [{"name": "Agent", "input": agent}]},
        {"thinking": "So far.", "text": "The first part is done."},
        *({"text": f"Part {number} is done."} for number in range(2, 9)),
    ]
    options = " ".join(OPTIONS)
    orders = [
        f'"$0" -p "{FIRST}" --session-id {NAMED} {options}',
        f'"$0" -p "And then?" --resume {NAMED} {options}',
        f'"$0" -p "Another way." --resume {NAMED} --fork-session {options}',
        f'"$0" -p "/compact" --resume {NAMED} {options}',
        f'"$0" -p "What is left?" --resume {NAMED} {options}',
    ]
    aside = "<analysis>All was looked at.</analysis><summary>The log is read. VOID is the five hundredth.</summary>"
    script = {"turns": turns, "aside": aside}
    return drive(["sh", "-ec", "\n".join(orders), program("claude")], folder, script, THROUGH, gateway=[], seconds=240)


def test_resume_fork_sub_agent_and_compaction_are_each_known_for_what_they_are(lived):
    said = [json.loads(line) for line in lived.said.splitlines()]
    recorded = requests_in(lived)
    named = {one["session"]: one for one in sessions_in(lived)}
    roles = Counter(one["role"] for one in recorded)

    assert lived.code == 0
    assert not any(one["is_error"] for one in said)
    assert roles["subagent"] >= 1
    assert roles["compaction"] == 1
    main = [one["session"] for one in recorded if one["role"] == "main"]
    assert main[0] == main[1] == main[2] == main[3], "a resumed session goes on"
    forked = named[main[4]]
    assert (forked["parent"], forked["start"]) == (main[0], 0)
    assert forked["key"] != NAMED
    compaction = next(one["session"] for one in recorded if one["role"] == "compaction")
    assert named[compaction]["settings"] == named[main[0]]["settings"]
    assert {one["arm"] for one in named.values()} == {"treated"}


def test_the_fork_and_the_compaction_read_from_the_cache_what_the_session_wrote(lived):
    recorded = [one for one in requests_in(lived) if one["role"] in ("main", "compaction")]
    whole = max(one["usage"]["cache_read"] + one["usage"]["cache_write"] for one in recorded[:4])

    assert recorded[4]["usage"]["cache_read"] >= 0.95 * whole
    assert recorded[5]["role"] == "compaction"
    assert recorded[5]["usage"]["cache_read"] >= 0.85 * whole


def test_only_what_the_provider_refuses_of_the_client_itself_is_refused(lived):
    """The client keeps signed thinking behind its own summary; where that is refused, it asks again without."""
    refused = [one for one in asked(lived) if one.status != 200]

    assert len(refused) <= 1
    assert all("signature" in one.plain["refused"] for one in refused)


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_costs_less_breaks_nothing_and_ends_the_same(name, program, tmp_path):
    goal = {"reading": 0.40, "large results": 0.60}[name]
    repository = snapshot(tmp_path / "repository")
    runs = []
    for way, gateway in (("direct", None), ("through", [])):
        folder = tmp_path / way
        folder.mkdir()
        runs.append(work(program("claude"), folder, WORKLOADS[name](folder, repository), gateway))
    direct, through = map(worked, runs)

    assert [run.code for run in runs] == [0, 0]
    assert direct.notes
    assert through.notes == direct.notes
    assert (through.breaks, through.refused, through.refetches, through.lost) == (0, 0, 0, ())
    assert through.recalls >= 4
    assert through.dollars <= (1 - goal) * direct.dollars
    if name == "large results":
        _assert_nothing_that_was_planted_is_lost(runs[1])


def _assert_nothing_that_was_planted_is_lost(run: Run) -> None:
    """Errors and outliers stand in the last request, and each plain fact comes back whole by one recall."""
    last = decoded(conversation(run), "anthropic")[-1]
    uses = {block.id: block for one in last.messages for block in one.blocks if isinstance(block, ToolUse)}
    answered = [(uses[result.tool_use_id], result) for result in results(last)]
    calls = [(use, result) for use, result in answered if use.name.startswith("mcp__stock__")]

    assert len(calls) == len(stock.TOOLS) * len(stock.PARTS)
    with open_ledger(run.ledger, create=False) as ledger:
        for use, result in calls:
            told = stock.TOOLS[use.name.removeprefix("mcp__stock__")](use.input.value["part"])
            view = "\n".join(block.text for block in result.content if isinstance(block, Text))
            assert [words for words in told.critical if words not in view] == [], use.name
            handle = view.rpartition("[recall:")[2][:12]
            kept = ledger.get(ledger.resolve(f"recall:{handle}", project="works"), project="works")
            assert kept == told.text.encode().rstrip() or kept == told.text.encode()
            for words, fact in told.plain:
                assert fact in answer(kept, parse_query({"handle": f"recall:{handle}", "pattern": words}))
