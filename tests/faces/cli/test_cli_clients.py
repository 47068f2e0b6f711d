import json
import os
from pathlib import Path

from agentforge.faces.cli.clients import find_client


def install(program: Path, script: str) -> Path:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_no_client_on_the_path_is_none(tmp_path):
    assert find_client("claude", str(tmp_path)) is None


def test_a_packaged_client_tells_its_version_without_being_started(tmp_path):
    package = tmp_path / "node_modules" / "opencode-ai"
    program = install(package / "bin" / "opencode.exe", f"touch {tmp_path}/started")
    (package / "package.json").write_text(json.dumps({"version": "1.18.33"}))
    link = tmp_path / "bin" / "opencode"
    link.parent.mkdir()
    link.symlink_to(program)

    client = find_client("opencode", str(link.parent))

    assert client is not None
    assert (client.program, client.version) == (link, "1.18.33")
    assert not (tmp_path / "started").exists()


def test_a_platform_suffix_is_no_part_of_the_version(tmp_path):
    install(tmp_path / "codex", "exit 1")
    (tmp_path / "package.json").write_text(json.dumps({"version": "0.169.0-linux-x64"}))
    client = find_client("codex", str(tmp_path))
    assert client is not None
    assert client.version == "0.169.0"


def test_another_client_is_asked_in_an_empty_home_and_leaves_nothing_there(tmp_path):
    folder = tmp_path / "bin"
    install(
        folder / "claude", f'echo "$HOME" > {tmp_path}/home; touch "$HOME/litter" litter; echo "2.1.329 (Claude Code)"'
    )
    client = find_client("claude", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert client is not None
    assert client.version == "2.1.329"
    home = Path((tmp_path / "home").read_text().strip())
    assert home != Path.home()
    assert not home.exists()
    assert not Path("litter").exists()


def test_a_client_that_does_not_answer_is_found_all_the_same(tmp_path):
    install(tmp_path / "gemini", "exec /bin/sleep 30")
    client = find_client("gemini", str(tmp_path), seconds=0.05)
    assert client is not None
    assert client.version is None


def test_a_broken_package_file_is_no_reason_to_fail(tmp_path):
    install(tmp_path / "claude", "echo nothing to say")
    (tmp_path / "package.json").write_text("{")
    client = find_client("claude", str(tmp_path))
    assert client is not None
    assert client.version is None
