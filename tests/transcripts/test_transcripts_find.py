"""Where transcripts lie, and whose a file is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from recorded_transcripts import MAIN, OURS, corpus

from agentforge.transcripts import Problem, client_of, find_transcripts
from agentforge.wire.errors import OutsideError


@pytest.mark.parametrize("client", ["claude-code", "codex", "gemini-cli", "opencode", "copilot-cli"])
def test_each_client_s_files_are_known_by_what_stands_in_them(client: str) -> None:
    found = list(find_transcripts(OURS / client))
    assert found
    assert {client_of(path) for path in found} == {client}


def test_the_recordings_are_known_too() -> None:
    clients = {path.name.partition("-")[0]: client_of(path) for path in find_transcripts(corpus("other_agents"))}
    assert clients == {"codex": "codex", "gemini": "gemini-cli", "opencode": "opencode"}


def test_of_a_home_folder_only_the_clients_own_places_are_searched(tmp_path: Path) -> None:
    for place in (".claude/projects/-a/s.jsonl", ".codex/sessions/2026/01/02/rollout-1.jsonl", "work/data.jsonl"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).touch()
    assert [path.name for path in find_transcripts(tmp_path)] == ["s.jsonl", "rollout-1.jsonl"]


def test_a_file_alone_is_found_as_itself() -> None:
    assert list(find_transcripts(MAIN)) == [MAIN]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "s.jsonl").touch()
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [path.name for path in find_transcripts(tmp_path)] == ["s.jsonl"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0)
    problems: list[Problem] = []
    assert not list(find_transcripts(tmp_path, problems.append))
    assert [problem.path for problem in problems] == [str(tmp_path / "shut")]


def test_words_of_another_client_inside_a_transcript_are_no_sign_of_it(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(
        r'{"type":"user","sessionId":"s","message":{"content":"{\"type\":\"session_meta\",\"payload\":{}}"}}'
    )
    assert client_of(path) == "claude-code"


@pytest.mark.parametrize("input", ['{"payload":{"id":"ses_1"},"projectHash":"x"}', '{"sessionID":"ses_1","info":{}}'])
def test_arguments_of_a_tool_are_no_sign_of_another_client(tmp_path: Path, input: str) -> None:
    path = tmp_path / "s.jsonl"
    call = f'{{"type":"tool_use","id":"t","name":"mcp__a__b","input":{input}}}'
    path.write_text(f'{{"type":"assistant","sessionId":"s","message":{{"content":[{call}]}}}}\n')
    assert client_of(path) == "claude-code"


def test_a_first_line_longer_than_what_is_looked_at_is_known_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rollout.jsonl"
    path.write_text('{"timestamp":"","type":"session_meta","payload":{"instructions":"' + "x" * 100_000 + '"}}\n')
    assert client_of(path) == "codex"


def test_a_history_of_prompts_and_an_empty_file_are_nobody_s(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_text('{"display":"hi","timestamp":1,"project":"/a","sessionId":"s"}\n')
    (tmp_path / "empty.jsonl").touch()
    assert [client_of(path) for path in find_transcripts(tmp_path)] == [None, None]


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"gone\.jsonl"):
        client_of(tmp_path / "gone.jsonl")
