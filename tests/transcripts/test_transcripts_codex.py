"""Codex's rollouts as neutral entries."""

from __future__ import annotations

from pathlib import Path

from recorded_transcripts import OURS, corpus, write_lines

from agentforge.transcripts import Problem, Skipped, entries, items, read_transcript, usage_report

(ROLLOUT,) = (OURS / "codex").glob("rollout-*.jsonl")


def test_every_kind_of_line_becomes_the_entry_it_stands_for() -> None:
    assert [(entry.kind, entry.name, entry.line) for entry in entries(ROLLOUT)] == [
        ("context_injection", "base_instructions", 1),
        ("context_injection", "developer", 3),
        ("context_injection", "user", 4),
        ("prompt", "", 5),
        ("thinking", "", 7),
        ("tool_call", "exec_command", 8),
        ("meta", "token_count", 9),
        ("tool_result", "exec_command", 11),
        ("tool_call", "apply_patch", 12),
        ("tool_result", "apply_patch", 13),
        ("meta", "token_count", 14),
        ("compaction", "", 15),
        ("meta", "context_compacted", 16),
        ("assistant_text", "", 17),
        ("meta", "token_count", 18),
    ]
    assert [item for item in items(ROLLOUT) if isinstance(item, Skipped)] == [Skipped("hologram", 19)]


def test_usage_is_what_the_running_total_grew_by_and_a_total_told_again_is_nothing() -> None:
    told = [entry.usage for entry in entries(ROLLOUT) if entry.usage is not None]
    assert [(u.input_tokens, u.cache_read, u.output_tokens, u.thinking_tokens) for u in told] == [
        (1000, 0, 50, 20),
        (400, 900, 30, 0),
        (400, 0, 10, 0),
    ]


def test_a_patch_in_words_is_a_string_and_arguments_are_json() -> None:
    calls = [entry.structured.value for entry in entries(ROLLOUT) if entry.kind == "tool_call" and entry.structured]
    assert calls == [{"cmd": "ls orders"}, "*** Begin Patch"]


def test_a_transcript_says_where_it_was_written_and_by_which_version() -> None:
    transcript = read_transcript(ROLLOUT)
    assert (transcript.cwd, transcript.branch, transcript.version) == ("/home/dev/shop", "main", "0.169.0")
    assert transcript.model == "gpt-5.5"


def test_what_a_fork_tells_again_of_its_parent_counts_once(tmp_path: Path) -> None:
    lines = ROLLOUT.read_bytes().splitlines(keepends=True)
    meta = lines[0].replace(
        b'{"id":"5555', b'{"forked_from_id":"%s","id":"9999' % b"55555555-5555-7555-8555-555555555555"
    )
    (tmp_path / "rollout-1.jsonl").write_bytes(b"".join(lines))
    (tmp_path / "rollout-2.jsonl").write_bytes(meta + b"".join(lines))
    report = usage_report(tmp_path)
    assert (report.files, report.totals.answers, report.totals.output) == (2, 3, 90)


def test_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "rollout.jsonl",
        [
            {"type": "session_meta", "timestamp": "", "payload": {"id": "x"}},
            {"type": "response_item", "timestamp": "", "payload": {"type": "message", "role": "user", "content": [7]}},
        ],
    )
    assert [(item.line, "form" in item.what) for item in items(path) if isinstance(item, Problem)] == [(2, True)]


def test_the_recording_s_usage_is_its_own_last_total() -> None:
    report = usage_report(corpus("other_agents", "codex-0.169.0-rollout.jsonl"))
    assert (report.totals.input, report.totals.output, report.totals.answers) == (19588, 18, 2)
    assert not report.problems
    assert not report.skipped
