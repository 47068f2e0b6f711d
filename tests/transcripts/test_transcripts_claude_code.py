"""Claude Code's lines as neutral entries."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from recorded_transcripts import MAIN, SHOP, answer, corpus, write_lines

from agentforge.transcripts import Entry, Problem, Skipped, entries, items, read_transcript


def test_every_kind_of_line_becomes_the_entry_it_stands_for() -> None:
    seen = [(entry.kind, entry.actor, entry.name, entry.line) for entry in entries(MAIN)]
    assert seen == [
        ("meta", "client", "mode", 1),
        ("meta", "client", "file-history-snapshot", 2),
        ("context_injection", "client", "skill_listing", 3),
        ("meta", "client", "prompt_snapshot", 4),
        ("prompt", "user", "", 5),
        ("meta", "client", "api-request-shape", 6),
        ("meta", "client", "api-request", 7),
        ("thinking", "assistant", "", 8),
        ("assistant_text", "assistant", "", 9),
        ("tool_call", "assistant", "Read", 10),
        ("tool_result", "tool", "Read", 11),
        ("tool_call", "assistant", "Read", 12),
        ("tool_result", "tool", "Read", 13),
        ("tool_call", "assistant", "Agent", 14),
        ("tool_call", "assistant", "mcp__shop__price", 15),
        ("tool_result", "tool", "mcp__shop__price", 16),
        ("tool_call", "passing", "Grep", 17),
        ("tool_result", "passing", "Grep", 18),
        ("meta", "passing", "progress", 18),
        ("meta", "client", "progress/hook_progress", 19),
        ("tool_result", "tool", "Agent", 20),
        ("tool_call", "assistant", "Skill", 21),
        ("tool_result", "tool", "Skill", 22),
        ("compaction", "client", "compact_boundary", 23),
        ("context_injection", "client", "compact_summary", 24),
        ("prompt", "user", "/compact", 25),
        ("context_injection", "client", "local-command-stdout", 26),
        ("prompt", "user", "", 27),
        ("prompt", "user", "image", 27),
        ("tool_call", "assistant", "Read", 28),
        ("tool_result", "tool", "Read", 29),
        ("assistant_text", "assistant", "", 30),
        ("meta", "client", "advisor", 30),
        ("meta", "client", "summary", 31),
        ("meta", "client", "last-prompt", 32),
    ]


def test_an_unknown_type_is_skipped_and_told_whatever_its_form() -> None:
    assert [item for item in items(MAIN) if isinstance(item, Skipped)] == [Skipped("dream-journal", 33)]
    assert not [item for item in items(MAIN) if isinstance(item, Problem)]


def test_a_call_and_its_result_share_an_id_and_a_name() -> None:
    by_call = [entry for entry in entries(MAIN) if entry.call_id == "toolu_1"]
    assert [(entry.kind, entry.name) for entry in by_call] == [("tool_call", "Read"), ("tool_result", "Read")]
    assert by_call[0].structured is not None
    assert by_call[0].structured.value == {"file_path": "/home/dev/shop/cart.py"}
    assert by_call[1].text == "1\ttotal = round(total)\n"
    assert by_call[1].structured is not None
    assert by_call[1].structured.value["file"] == {"filePath": "/home/dev/shop/cart.py"}


def test_a_failed_result_says_so() -> None:
    assert [entry.call_id for entry in entries(MAIN) if entry.error] == ["toolu_5"]


def test_in_a_whole_transcript_each_answer_has_its_usage_once_and_it_is_the_last_line_s() -> None:
    transcript = read_transcript(MAIN)
    counted = Counter(entry.response for entry in transcript.events if entry.usage is not None)
    assert set(counted.values()) == {1}
    (first,) = [entry for entry in transcript.events if entry.response == "msg_1:req_1" and entry.usage is not None]
    assert first.kind == "tool_call"
    assert first.usage is not None
    assert (first.usage.output_tokens, first.usage.thinking_tokens) == (90, 40)
    assert (first.usage.cache_write, first.usage.cache_write_1h) == (2500, 500)


def test_a_transcript_says_where_it_was_written_and_by_which_version() -> None:
    transcript = read_transcript(MAIN)
    assert (transcript.client, transcript.session, transcript.cwd) == ("claude-code", MAIN.stem, "/home/dev/shop")
    assert (transcript.branch, transcript.version, transcript.model) == ("main", "2.1.329", "claude-opus-5-5")


def test_a_fork_names_its_parent_and_so_does_a_sub_agent() -> None:
    fork = read_transcript(SHOP / "22222222-2222-4222-8222-222222222222.jsonl")
    assert fork.parent == MAIN.stem
    side = read_transcript(MAIN.with_suffix("") / "subagents" / "agent-ab12.jsonl")
    assert (side.session, side.parent) == ("agent-ab12", MAIN.stem)
    assert {entry.subagent for entry in side.events} == {"ab12"}
    assert side.events[0].kind == "prompt"
    assert side.events[0].actor == "assistant"


def test_a_sidechain_in_the_main_file_is_a_sub_agent_s() -> None:
    inline = read_transcript(SHOP / "33333333-3333-4333-8333-333333333333.jsonl")
    assert [entry.subagent for entry in inline.events] == ["", "", "sidechain", "sidechain", ""]


def test_an_advisor_s_tokens_are_an_answer_of_their_own_model() -> None:
    (advisor,) = [entry for entry in entries(MAIN) if entry.name == "advisor"]
    assert (advisor.model, advisor.response) == ("claude-sonnet-5-5", "msg_6:req_6:advisor:1")


def test_cache_writes_without_a_split_are_still_written(tmp_path: Path) -> None:
    line = answer("m", "r", 5, usage={"cache_creation_input_tokens": 70})
    (entry,) = entries(write_lines(tmp_path / "s.jsonl", [line]))
    assert entry.usage is not None
    assert (entry.usage.cache_write, entry.usage.cache_write_1h) == (70, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"type":"assistant","sessionId":"s","message":{"content":7}}', "form this version does not know"),
        (b'{"type":"progress","sessionId":"s","data":{"message":7}}', "form this version does not know"),
        (b'{"type":"user","sessionId":"s","message":{"content":"caf\xe9"}}', "no JSON"),
        (b'{"type":"user","sessionId":"s",', "no JSON"),
        (b"\0\0\0\0", "no JSON"),
        (b"[1]", "no object"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path, line: bytes, said: str) -> None:
    path = write_lines(tmp_path / "s.jsonl", [answer("m", "r", 5)])
    path.write_bytes(path.read_bytes() + line + b"\n" + path.read_bytes())
    problems = [item for item in items(path) if isinstance(item, Problem)]
    assert [(problem.line, problem.path) for problem in problems] == [(2, str(path))]
    assert said in problems[0].what
    assert len([item for item in items(path) if isinstance(item, Entry)]) == 2


def test_recordings_of_twelve_versions_are_read_without_a_problem() -> None:
    folder = corpus("claude_code", "transcripts_sanitized")
    kinds: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.jsonl")):
        for item in items(path):
            assert not isinstance(item, Problem | Skipped), f"{path}: {item}"
            if isinstance(item, Entry):
                kinds[item.kind] += 1
                assert item.kind != "tool_result" or item.name, f"{path}:{item.line}: a result without its call"
    assert kinds["compaction"] == 12
    assert kinds["tool_call"] == kinds["tool_result"] == 129


def test_a_line_that_is_broken_behind_a_member_of_another_type_is_a_problem(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"type":"user","sessionId":"s1"}\n{"isSidechain":7,"type":"user","sessionId":"s1",,}\n\n')
    (problem,) = (item for item in items(path) if isinstance(item, Problem))
    assert (problem.line, problem.what.partition(":")[0]) == (2, "this line is no JSON")


def test_an_attachment_in_another_encoding_is_a_problem_of_its_line(tmp_path):
    path = tmp_path / "a.jsonl"
    line = b'{"type":"attachment","sessionId":"s1","attachment":{"type":"file","content":"\xff"}}\n'
    path.write_bytes(b'{"type":"user","sessionId":"s1"}\n' + line)
    (problem,) = (item for item in items(path) if isinstance(item, Problem))
    assert (problem.line, problem.what.partition(":")[0]) == (2, "this line is no JSON")
