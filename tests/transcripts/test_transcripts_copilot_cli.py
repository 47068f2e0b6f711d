"""Copilot CLI's session events as neutral entries."""

from __future__ import annotations

from recorded_transcripts import OURS

from agentforge.transcripts import entries, read_transcript

EVENTS = OURS / "copilot-cli" / "events.jsonl"


def test_events_become_entries_and_the_shutdown_tells_the_usage() -> None:
    assert [(entry.kind, entry.name, entry.text) for entry in entries(EVENTS)] == [
        ("context_injection", "system", "You are Copilot."),
        ("prompt", "", "Look at the cart."),
        ("thinking", "", "A look."),
        ("assistant_text", "", "I look."),
        ("tool_call", "view", ""),
        ("tool_result", "view", "total = 1"),
        ("meta", "assistant.turn_end", ""),
        ("meta", "shutdown", ""),
    ]
    (told,) = [entry for entry in entries(EVENTS) if entry.usage is not None]
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read, told.usage.cache_write) == (100, 300, 100)
    assert (told.usage.output_tokens, told.model) == (40, "claude-sonnet-4.6")


def test_a_transcript_says_where_it_was_written_and_by_which_version() -> None:
    transcript = read_transcript(EVENTS)
    assert (transcript.cwd, transcript.branch, transcript.version) == ("/home/dev/shop", "main", "1.0.60")
