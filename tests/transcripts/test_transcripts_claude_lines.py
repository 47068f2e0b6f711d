"""The forms of Claude Code's lines."""

from __future__ import annotations

from typing import Any

import pytest

from agentforge.transcripts import claude_lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("words", "words"),
        (["a", {"text": "b"}, {"type": "image"}], "a\nb"),
        ({"type": "text", "file": {"filePath": "/a", "content": "inside"}}, "inside"),
        ([{"content": [{"type": "text", "text": "deep"}]}], "deep"),
        (None, ""),
        (7, ""),
    ],
)
def test_the_text_of_an_attachment_is_found_wherever_it_stands(value: Any, text: str) -> None:
    assert claude_lines.words(value) == text


def test_members_that_nobody_reads_may_have_any_form() -> None:
    line = claude_lines.line.decode(b'{"type":"user","uuid":"u","effort":[1],"message":{"content":"x","later":7}}')
    assert line.message is not None
    assert line.message.content == "x"
