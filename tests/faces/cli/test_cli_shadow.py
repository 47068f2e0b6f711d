import pytest

from agentforge.faces.cli.recipes import CLAUDE_CODE, CODEX
from agentforge.faces.cli.shadow import cast
from agentforge.wire.errors import OutsideError
from knowledge.laid import lay

HOME = {
    ".claude.json": {"mcpServers": {}},
    ".claude/CLAUDE.md": "I like stamps.\n",
    ".claude/.credentials.json": "{}",
    ".claude/history.jsonl": "{}\n",
    ".claude/projects/-src-shop/talk.jsonl": "{}\n",
    ".claude/projects/-src-shop/memory/MEMORY.md": "Parcels.\n",
    ".cache/claude-cli-nodejs/log.txt": "x",
    ".cache/npm/package.json": {},
    "src/shop/README.md": "x",
}


def test_what_is_the_clients_is_copied_and_the_rest_is_linked(tmp_path):
    home = lay(tmp_path / "home", HOME)
    ours = cast(home, tmp_path / "room" / "shadow", CLAUDE_CODE, {}).home

    assert (ours / ".claude" / "CLAUDE.md").read_text() == "I like stamps.\n"
    assert not (ours / ".claude").is_symlink()
    assert not (ours / ".claude.json").is_symlink()
    assert (ours / "src").is_symlink()
    assert (ours / ".cache" / "npm").is_symlink()
    (ours / ".cache" / "claude-cli-nodejs" / "new.txt").write_text("x")
    assert not (home / ".cache" / "claude-cli-nodejs" / "new.txt").exists()


def test_credentials_and_the_past_stay_behind_and_what_is_remembered_comes_along(tmp_path):
    ours = cast(lay(tmp_path / "home", HOME), tmp_path / "room" / "shadow", CLAUDE_CODE, {}).home
    files = {str(path.relative_to(ours)) for path in (ours / ".claude").rglob("*") if path.is_file()}
    assert files == {".claude/CLAUDE.md", ".claude/projects/-src-shop/memory/MEMORY.md"}


def test_a_folder_that_was_moved_is_copied_and_named_again(tmp_path):
    moved = lay(tmp_path / "moved", {"AGENTS.md": "x", "auth.json": "{}"})
    home = lay(tmp_path / "home", {"notes.txt": "x"})
    found = cast(home, tmp_path / "room" / "shadow", CODEX, {"CODEX_HOME": str(moved)})

    copy = found.moved["CODEX_HOME"]
    assert found.stands_for == {str(found.home): str(home), copy: str(moved)}
    assert [path.name for path in (tmp_path / "room" / "CODEX_HOME").iterdir()] == ["AGENTS.md"]


def test_a_loop_of_links_is_copied_as_links(tmp_path):
    home = lay(tmp_path / "home", {".codex/AGENTS.md": "x"})
    (home / ".codex" / "loop").symlink_to(home)
    ours = cast(home, tmp_path / "room" / "shadow", CODEX, {}).home
    assert (ours / ".codex" / "loop").is_symlink()


def test_more_than_there_is_room_for_is_an_error_that_says_where(tmp_path):
    home = lay(tmp_path / "home", {".codex/AGENTS.md": "Parcels."})
    with pytest.raises(OutsideError, match=r"more than 3 bytes to copy"):
        cast(home, tmp_path / "room" / "shadow", CODEX, {}, most=3)


def test_a_clients_folder_that_is_a_link_is_copied_too(tmp_path):
    kept = lay(tmp_path / "kept", {"AGENTS.md": "x", "auth.json": "{}"})
    home = lay(tmp_path / "home", {"notes.txt": "x"})
    (home / ".codex").symlink_to(kept)
    ours = cast(home, tmp_path / "room" / "shadow", CODEX, {}).home
    assert not (ours / ".codex").is_symlink()
    assert [path.name for path in (ours / ".codex").iterdir()] == ["AGENTS.md"]
