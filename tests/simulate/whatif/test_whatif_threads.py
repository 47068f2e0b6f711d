from pathlib import Path

import pytest

from agentforge.simulate.whatif.threads import threads_of
from agentforge.transcripts import read_transcripts
from transcripts.recorded_transcripts import OURS, answer, write_lines


def threads(path):
    return [thread for transcript in read_transcripts(path) for thread in threads_of(transcript)]


def said(id, text, *, parent=None, **more):
    message = {"role": "user", "content": text}
    return {"type": "user", "uuid": id, "parentUuid": parent, "sessionId": "s1", "message": message, **more}


@pytest.mark.parametrize(
    ("path", "turns"),
    [
        ("claude-code/-home-dev-shop/11111111-1111-4111-8111-111111111111.jsonl", [6]),
        ("codex/rollout-2026-03-02T09-00-00-55555555-5555-7555-8555-555555555555.jsonl", [3]),
        ("opencode/run.jsonl", [2]),
        ("opencode/ses_export.json", [1]),
        ("gemini-cli/session-2026-03-03T09-00-6666.jsonl", [2]),
        ("copilot-cli/events.jsonl", [1]),
    ],
)
def test_an_answer_is_a_turn_for_every_client(path, turns):
    assert [len(thread.turns) for thread in threads(OURS / path)] == turns


def test_a_turn_has_what_was_said_before_it_and_what_it_was_charged(tmp_path):
    path = write_lines(tmp_path / "a.jsonl", [said("u1", "Why?"), answer("m1", "r1", 7)])
    (thread,) = threads(path)
    (turn,) = thread.turns
    assert [entry.text for entry in turn.before] == ["Why?"]
    assert [entry.text for entry in turn.answer] == ["So."]
    assert (turn.start, turn.keep, turn.usage.output_tokens, turn.response) == ("first", 0, 7, "m1:r1")


def test_results_that_come_between_the_blocks_of_an_answer_come_after_it(tmp_path):
    call = {"type": "tool_use", "id": "t1", "name": "Read", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "text"}
    first = answer("m1", "r1", 7)
    first["message"]["content"] = [call]
    lines = [said("u1", "Why?"), first, said("u2", [result]), answer("m1", "r1", 9), answer("m2", "r2", 3)]
    (thread,) = threads(write_lines(tmp_path / "a.jsonl", lines))
    assert [[entry.kind for entry in turn.answer] for turn in thread.turns] == [
        ["tool_call", "assistant_text"],
        ["assistant_text"],
    ]
    assert [entry.kind for entry in thread.turns[1].before] == ["tool_result"]


def test_after_a_compaction_nothing_of_before_is_kept():
    (thread,) = threads(OURS / "claude-code/-home-dev-shop/11111111-1111-4111-8111-111111111111.jsonl")
    starts = [(turn.start, turn.keep) for turn in thread.turns]
    assert starts[4] == ("compacted", 0)
    assert any(entry.name == "compact_summary" for entry in thread.turns[4].before)


def test_a_compaction_that_only_its_summary_tells_is_one_too(tmp_path):
    summary = said("u2", "This session is being continued.", isCompactSummary=True)
    lines = [said("u1", "Why?"), answer("m1", "r1", 7), summary, answer("m2", "r2", 3)]
    (thread,) = threads(write_lines(tmp_path / "a.jsonl", lines))
    assert [turn.start for turn in thread.turns] == ["first", "compacted"]
    assert [entry.text for entry in thread.turns[1].before] == ["This session is being continued."]


def test_going_back_to_an_earlier_message_leaves_what_came_after_out_of_view(tmp_path):
    lines = [
        said("u1", "One."),
        {**answer("m1", "r1", 1), "uuid": "a1", "parentUuid": "u1"},
        said("u2", "Two.", parent="a1"),
        {**answer("m2", "r2", 1), "uuid": "a2", "parentUuid": "u2"},
        said("u3", "Another two.", parent="a1"),
        {**answer("m3", "r3", 1), "uuid": "a3", "parentUuid": "u3"},
    ]
    (thread,) = threads(write_lines(tmp_path / "a.jsonl", lines))
    assert [(turn.start, turn.keep) for turn in thread.turns] == [("first", 0), ("continued", 1), ("rewound", 1)]
    assert [entry.text for entry in thread.turns[2].before] == ["Another two."]


def test_agents_without_an_id_are_told_apart_by_their_first_prompt(tmp_path):
    side = {"isSidechain": True}
    lines = [
        said("u1", "Ask two."),
        answer("m1", "r1", 1),
        said("x1", "First.", **side),
        said("y1", "Second.", **side),
        {**answer("m2", "r2", 1), **side, "uuid": "x2", "parentUuid": "x1"},
        {**answer("m3", "r3", 1), **side, "uuid": "y2", "parentUuid": "y1"},
    ]
    found = threads(write_lines(tmp_path / "a.jsonl", lines))
    assert [(thread.name, thread.turns[0].before[0].text) for thread in found] == [
        ("", "Ask two."),
        ("sidechain-1", "First."),
        ("sidechain-2", "Second."),
    ]


def test_what_no_provider_said_is_no_answer(tmp_path):
    failed = answer("m1", "r1", 0)
    failed["message"]["model"] = "<synthetic>"
    assert threads(write_lines(tmp_path / "a.jsonl", [said("u1", "Why?"), failed])) == []


def test_a_file_of_nobody_has_no_threads(tmp_path):
    path = Path(tmp_path / "a.jsonl")
    path.write_text("{}\n", encoding="utf-8")
    assert threads(path) == []
