"""Which words agents wrote."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from recorded_transcripts import answer, write_lines

from agentforge.transcripts import SessionUsage, Totals, latest, mentioned
from agentforge.transcripts.mentions import MOST_SESSIONS


def said(text: str) -> dict[str, Any]:
    line = answer("m", "r", 5)
    line["message"]["content"] = [{"type": "text", "text": text}]
    return line


def called(**arguments: str) -> dict[str, Any]:
    line = answer("n", "r", 5)
    line["message"]["content"] = [{"type": "tool_use", "id": "t", "name": "Bash", "input": arguments}]
    return line


def shown(text: str) -> dict[str, Any]:
    return {
        "type": "user", "sessionId": "s1", "uuid": "u",
        "message": {"content": [{"type": "tool_result", "tool_use_id": "t", "content": text}]},
    }  # fmt: skip


def found(folder: Path, *lines: dict[str, Any], about: tuple[str, ...] = ()) -> frozenset[int]:
    path = write_lines(folder / "s.jsonl", lines)
    return mentioned([["make load"], ["docs/islands.md", "Ferry"]], [path], about=about)


def test_what_an_agent_says_or_calls_is_mentioned_in_any_case_of_letters(tmp_path: Path) -> None:
    assert found(tmp_path, said("The FERRY waits.")) == {1}
    assert found(tmp_path, called(command="cd x\nmake load\n")) == {0}
    assert found(tmp_path, called(file_path="/home/dev/post/docs/islands.md"), said("I ran make load.")) == {0, 1}


def test_what_an_agent_is_shown_is_not(tmp_path: Path) -> None:
    assert found(tmp_path, shown("make load the ferry")) == frozenset()


def test_a_phrase_is_found_as_a_whole_only(tmp_path: Path) -> None:
    assert found(tmp_path, said("make it load"), said("docs and islands.md")) == frozenset()


def test_an_edit_of_the_text_itself_does_not_count_but_an_answer_that_names_it_does(tmp_path: Path) -> None:
    edit = called(file_path="/p/CLAUDE.md", new_string="Run `make load`.")
    assert found(tmp_path, edit) == {0}
    assert found(tmp_path, edit, about=("CLAUDE.md",)) == frozenset()
    assert found(tmp_path, said("As CLAUDE.md says: make load"), about=("CLAUDE.md",)) == {0}


def test_groups_without_words_are_never_mentioned_and_broken_files_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(os.urandom(500))
    assert mentioned([[], ["--"]], [path, tmp_path / "gone.jsonl"]) == frozenset()


def session(id: str, path: Path | str, last: str) -> SessionUsage:
    return SessionUsage(id, "claude-code", "", str(path), "", "", "", "", last, 1, None, Totals())


def test_the_latest_sessions_come_first_and_only_so_many(tmp_path: Path) -> None:
    paths = [write_lines(tmp_path / f"{number:03}.jsonl", []) for number in range(MOST_SESSIONS + 5)]
    sessions = [session(path.stem, path, path.stem) for path in paths]
    gone = [session("gone", tmp_path / "gone.jsonl", "999"), session("nowhere", "", "999")]
    assert latest([*sessions, *gone]) == (paths[: -MOST_SESSIONS - 1 : -1], MOST_SESSIONS)


def test_a_database_of_many_sessions_is_one_file(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "many.db", [])
    assert latest([session("a", path, "1"), session("b", path, "2")]) == ([path], 2)
