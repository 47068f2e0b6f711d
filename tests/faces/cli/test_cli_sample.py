import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from agentforge.audit import audit_setup
from agentforge.faces.cli.audit_observed import observe, project_at
from agentforge.faces.cli.clients import find_client
from agentforge.faces.cli.entry import main
from agentforge.faces.cli.sample import sample_files, sample_set_up
from agentforge.knowledge import read_setup
from agentforge.wire.errors import OutsideError
from clients.driver import namespace

INSTALLED = Path(__file__).parents[3] / ".clients" / "bin"


@pytest.fixture
def laid_out(tmp_path, monkeypatch):
    """Where the sample is laid out, with a folder for temporary files of our own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return sample_set_up()


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_is_a_set_up_of_the_size_that_people_have(laid_out):
    project, home = laid_out
    setup = read_setup("claude-code", project, home, {})
    kinds = [item.kind for item in setup.items if item.activation != "hidden"]
    assert {kind: kinds.count(kind) for kind in ("persona", "skill", "command", "rule", "hook")} == {
        "persona": 25,
        "skill": 12,
        "command": 14,
        "rule": 2,
        "hook": 1,
    }
    assert [item.name for item in setup.items if item.extra.get("imported_by")] == ["docs/conventions.md"]
    assert [server.name for server in setup.servers if server.enabled] == ["orders", "stock"]
    assert {item.source.scope for item in setup.items} == {"user", "project"}


def test_its_faults_are_found_and_nothing_else_is(laid_out):
    project, home = laid_out
    setup = read_setup("claude-code", project, home, {})
    report = audit_setup(setup, env={}, observed=observe(setup, project_at(project, home), None))
    assert {(finding.rule, Path(finding.where[0]).name) for finding in report.findings} == {
        ("duplicated", "code-reviewer.md:3"),
        ("duplicated", "CLAUDE.md:27"),
        ("near-duplicate", "api-developer.md:3"),
        ("oversize", "checkout-specialist.md:3"),
        ("oversize", "conventions.md:1"),
        ("stale", "conventions.md:80"),
    }
    (problem,) = setup.problems
    assert Path(problem.where).name == "warehouse-liaison.md:2"


def test_it_stands_at_the_same_place_every_time_and_mended_where_it_was_changed(laid_out):
    project, home = laid_out
    before = everything(home)
    (project / "CLAUDE.md").write_text("changed", encoding="utf-8")
    shutil.rmtree(project / ".claude" / "agents")
    assert sample_set_up() == laid_out
    assert everything(home) == before


def test_a_folder_that_cannot_be_used_is_named_with_what_to_do(laid_out):
    folder = laid_out[1].parent
    shutil.rmtree(folder)
    folder.write_text("in the way", encoding="utf-8")
    with pytest.raises(OutsideError) as error:
        sample_set_up()
    assert error.value.where == str(folder)
    assert "TMPDIR" in error.value.fix


def test_a_link_that_somebody_laid_there_is_not_followed(laid_out, tmp_path):
    folder = laid_out[1].parent
    shutil.rmtree(folder)
    (tmp_path / "trap").mkdir()
    folder.symlink_to(tmp_path / "trap")
    with pytest.raises(OutsideError, match="belongs to somebody else"):
        sample_set_up()
    assert [*(tmp_path / "trap").iterdir()] == []


def test_git_takes_it_for_a_repository(laid_out):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    env = {"PATH": os.environ["PATH"], "HOME": str(laid_out[1])}
    done = subprocess.run(
        ["git", "branch", "--show-current"], cwd=laid_out[0], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "main\n"


def test_an_archive_is_its_files_by_their_headings():
    assert sample_files("Words.\n-- a/b.md --\n---\nx: 1\n---\n-- c --\n-- d --\nd\n") == {
        "a/b.md": "---\nx: 1\n---\n",
        "c": "",
        "d": "d\n",
    }


@pytest.mark.client
def test_the_real_client_sends_the_bytes_that_the_files_were_thought_to_bring(project, monkeypatch, capsys):
    monkeypatch.setenv("PATH", os.pathsep.join([str(INSTALLED), os.environ["PATH"]]))
    if find_client("claude", os.environ["PATH"]) is None:
        pytest.skip("claude is not installed here: `make clients` gets it")
    if namespace() is None:
        pytest.skip("no network namespace can be made here: `unshare --net true` fails")
    assert main(["audit", "--sample", "--live", "claude-code", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    sent = report["sent"]
    assert sent["isolated"]
    assert sent["attributed"] >= 0.99
    assert sent["predicted"] == pytest.approx(sent["from_files"], rel=0.03)
    assert {"orders", "stock"} <= {part["name"] for part in report["parts"] if part["category"] == "MCP instructions"}
