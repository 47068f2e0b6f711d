"""opencode's sessions as neutral entries: database, export, run."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from recorded_transcripts import OURS, corpus

from agentforge.transcripts import Problem, Skipped, entries, items, read_transcript, read_transcripts, usage_report

RUN = OURS / "opencode" / "run.jsonl"
EXPORT = OURS / "opencode" / "ses_export.json"


def database(path: Path) -> Path:
    """A database with two sessions, in the tables and columns that are read."""
    with closing(sqlite3.connect(path)) as made, made:
        made.executescript(
            """
            CREATE TABLE session (id TEXT, parent_id TEXT, directory TEXT, version TEXT, time_created INTEGER);
            CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);
            CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT);
            """
        )
        for number, session in enumerate(("ses_1", "ses_2")):
            parent = "ses_1" if number else None
            made.execute("INSERT INTO session VALUES (?, ?, '/home/dev/shop', '1.18.33', ?)", (session, parent, number))
            for role, part in (
                ("user", {"type": "text", "text": "Why?"}),
                ("assistant", {"type": "text", "text": "So."}),
                ("assistant", {"type": "step-finish", "tokens": {"input": 10, "output": 2, "cache": {"read": 3}}}),
                ("assistant", {"type": "tool", "state": 7}),
            ):
                id = f"{session}-{role}-{part['type']}"
                told = json.dumps({"role": role, "modelID": "gpt-5.5"})
                made.execute("INSERT INTO message VALUES (?, ?, 1772442000000, ?)", (id, session, told))
                made.execute(
                    "INSERT INTO part VALUES (?, ?, ?, 1772442000000, ?)", (f"p{id}", id, session, json.dumps(part))
                )
    return path


def test_the_lines_of_a_run_are_calls_results_words_and_usage() -> None:
    assert [(entry.kind, entry.name, entry.text, entry.error) for entry in entries(RUN)] == [
        ("meta", "step-start", "", False),
        ("tool_call", "read", "", False),
        ("tool_result", "read", "total = 1", False),
        ("tool_call", "bash", "", False),
        ("tool_result", "bash", "exit 1", True),
        ("meta", "step-finish", "", False),
        ("assistant_text", "", "Done.", False),
    ]
    (usage,) = [entry.usage for entry in entries(RUN) if entry.usage is not None]
    assert (usage.input_tokens, usage.cache_read, usage.cache_write) == (100, 25, 10)
    assert (usage.output_tokens, usage.thinking_tokens) == (25, 5)


def test_times_are_iso_in_utc() -> None:
    assert next(entries(RUN)).at == "2026-03-02T09:00:00.000Z"


def test_an_export_is_a_transcript() -> None:
    transcript = read_transcript(EXPORT)
    assert (transcript.session, transcript.parent) == (
        "ses_bbbbbbbbbbbbbbbbbbbbbbbbbb",
        "ses_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    )
    assert [entry.kind for entry in transcript.events] == [
        "prompt", "context_injection", "thinking", "assistant_text", "meta", "compaction",
    ]  # fmt: skip
    assert [item for item in items(EXPORT) if isinstance(item, Skipped)] == [Skipped("aurora", 7)]


def test_a_database_has_a_transcript_a_session_and_a_bad_part_costs_only_itself(tmp_path: Path) -> None:
    path = database(tmp_path / "opencode.db")
    transcripts = list(read_transcripts(path))
    assert [(each.session, each.parent, each.cwd) for each in transcripts] == [
        ("ses_1", "", "/home/dev/shop"),
        ("ses_2", "ses_1", "/home/dev/shop"),
    ]
    assert {tuple(sorted(entry.kind for entry in each.events)) for each in transcripts} == {
        ("assistant_text", "meta", "prompt")
    }
    assert read_transcript(path, "ses_2").session == "ses_2"
    assert len([item for item in items(path) if isinstance(item, Problem)]) == 2


def test_what_stands_only_in_the_journal_is_seen_and_counted_again(tmp_path: Path) -> None:
    path = database(tmp_path / "opencode.db")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        before = usage_report(path, cache=tmp_path / "cache")
        told = json.dumps({"type": "step-finish", "tokens": {"input": 1, "output": 1}})
        with writer:
            writer.execute("INSERT INTO part VALUES ('new', 'ses_1-user-text', 'ses_1', 1772442000001, ?)", (told,))
        after = usage_report(path, cache=tmp_path / "cache")
    assert after.totals.answers == before.totals.answers + 1


def test_a_database_of_something_else_is_named(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "opencode.db")) as made:
        made.execute("CREATE TABLE song (id)")
    (problem,) = usage_report(tmp_path).problems
    assert "no database of opencode" in problem.what


def test_a_run_and_the_database_of_the_same_session_count_once() -> None:
    folder = corpus("other_agents")
    report = usage_report([folder / "opencode-1.18.33.db", folder / "opencode-1.18.33-run-json.jsonl"])
    assert (report.totals.answers, report.totals.input, report.totals.output) == (2, 15718, 14)
    assert list(report.by_model) == ["mock-1"]
    assert not report.problems
