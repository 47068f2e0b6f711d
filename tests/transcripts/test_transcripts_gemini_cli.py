"""Gemini CLI's chats as neutral entries."""

from __future__ import annotations

from pathlib import Path

from recorded_transcripts import OURS, corpus, write_lines

from agentforge.transcripts import Problem, Skipped, entries, items, read_transcript, usage_report

CHAT = OURS / "gemini-cli" / "session-2026-03-03T09-00-6666.jsonl"
WHOLE = OURS / "gemini-cli" / "session-whole.json"


def test_a_later_line_with_the_same_id_replaces_the_earlier() -> None:
    assert [(entry.kind, entry.name, entry.text, entry.line) for entry in entries(CHAT)] == [
        ("context_injection", "session_context", "<session_context>\nToday.\n</session_context>", 2),
        ("prompt", "", "List the orders.", 3),
        ("thinking", "", "Plan\nList it.", 6),
        ("tool_call", "list_directory", "", 6),
        ("tool_result", "list_directory", "a.json", 6),
        ("assistant_text", "", "", 6),
        ("assistant_text", "", "One order.", 8),
    ]
    assert [item for item in items(CHAT) if isinstance(item, Skipped)] == [Skipped("poem", 9)]


def test_the_prompt_holds_what_was_read_from_the_cache_and_thoughts_are_output() -> None:
    told = [entry.usage for entry in entries(CHAT) if entry.usage is not None]
    assert [(u.input_tokens, u.cache_read, u.output_tokens, u.thinking_tokens) for u in told] == [
        (62, 40, 10, 3),
        (120, 0, 4, 0),
    ]


def test_a_chat_that_is_one_json_value_is_read_too() -> None:
    transcript = read_transcript(WHOLE)
    assert [entry.kind for entry in transcript.events] == ["prompt", "assistant_text", "system"]


def test_a_torn_line_and_a_message_of_another_form_are_named(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "session-1.jsonl",
        [{"sessionId": "g", "projectHash": "a"}, {"id": "1", "type": "user", "content": [7]}],
    )
    path.write_bytes(path.read_bytes() + b'{"id":"2","ty')
    assert [(item.line, item.what[:30]) for item in items(path) if isinstance(item, Problem)] == [
        (3, "the last line is half written"),
        (2, "this message has a form this v"),
    ]


def test_a_whole_chat_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "session-x.json"
    path.write_text('{\n "projectHash": "a",\n')
    assert [item.line for item in items(path) if isinstance(item, Problem)] == [0]


def test_the_recording_is_read_without_a_problem() -> None:
    report = usage_report(corpus("other_agents", "gemini-cli-0.61.0-chat.jsonl"))
    assert (report.totals.input, report.totals.output) == (24972, 14)
    assert not report.problems
    assert not report.skipped
