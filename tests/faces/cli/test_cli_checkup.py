import os
from dataclasses import replace

import pytest

from agentforge.faces.cli.checkup import (
    Check,
    Machine,
    check_client,
    check_config_folder,
    check_extra,
    check_python,
    check_sandbox,
    check_sqlite,
    check_terminal,
    examine,
    extras,
    this_machine,
)


@pytest.fixture
def bare(tmp_path) -> Machine:
    """A machine with nothing on it."""
    home = tmp_path / "home"
    home.mkdir()
    return Machine(environ={}, here=tmp_path, home=home, encoding="utf-8", terminal=True, columns=100)


def test_a_bare_machine_gets_a_check_of_everything_and_a_command_for_what_is_missing(bare):
    checks = examine(bare)
    assert len({check.name for check in checks}) == len(checks)
    for check in checks:
        assert check.found
        if check.state == "missing" and check.name != "network sandbox":
            assert check.fix
    assert list(bare.home.iterdir()) == []


def test_this_machine_can_be_examined():
    states = {check.name: check.state for check in examine(this_machine())}
    assert states["python"] == "ok"
    assert states["sqlite"] == "ok"


def test_the_extras_are_those_the_package_declares():
    declared = extras()
    assert {"gateway", "sdks"} <= set(declared)
    assert not {"all", "dev"} & set(declared)
    assert "uvicorn" in declared["gateway"]


def test_an_extra_is_there_when_all_it_needs_is_there():
    assert check_extra("gateway", ["click"]).state == "ok"
    check = check_extra("gateway", ["click", "no-such-distribution"])
    assert (check.state, check.found) == ("missing", "not installed: no-such-distribution")
    assert check.fix == "pip install 'agentforge-context[gateway]'"


def test_python_and_sqlite_tell_their_versions():
    assert check_python().found.startswith("3.")
    assert "FTS5" in check_sqlite().found


def test_a_terminal_that_is_not_utf_8_needs_mending(bare):
    assert check_terminal(bare).found == "100 columns, colours, utf-8"
    assert check_terminal(replace(bare, environ={"NO_COLOR": "1"})).found == "100 columns, no colours (NO_COLOR), utf-8"
    check = check_terminal(replace(bare, encoding="ascii"))
    assert (check.state, check.fix) == ("warn", "export PYTHONUTF8=1")


def test_a_config_folder_that_can_be_made_is_fine_and_is_not_made(bare):
    assert check_config_folder(bare).state == "ok"
    assert not (bare.home / ".agentforge").exists()


def test_a_file_where_the_config_folder_should_be_needs_mending(bare):
    (bare.home / ".agentforge").write_text("")
    check = check_config_folder(bare)
    assert (check.state, check.fix.split()[0]) == ("warn", "mv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_config_folder_without_the_right_to_write_needs_mending(bare):
    bare.home.chmod(0o500)
    check = check_config_folder(bare)
    bare.home.chmod(0o700)
    assert (check.state, check.fix.split()[0]) == ("warn", "chmod")


def test_a_client_that_make_installed_here_is_found_after_those_on_the_path(bare):
    assert check_client("claude", bare) == Check(
        "claude", "missing", "not on PATH", "npm install -g @anthropic-ai/claude-code"
    )
    program = bare.here / ".clients" / "bin" / "claude"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 2.1.329\n")
    program.chmod(0o755)
    assert check_client("claude", bare) == Check("claude", "ok", f"2.1.329 ({program})")


def test_without_unshare_there_is_no_sandbox(bare):
    assert check_sandbox(bare).state == "missing"


@pytest.mark.parametrize(("answer", "state"), [("exit 0", "ok"), ("exit 1", "missing")])
def test_the_sandbox_is_what_unshare_says(bare, answer, state):
    folder = bare.here / "bin"
    folder.mkdir()
    (folder / "unshare").write_text(f"#!/bin/sh\n{answer}\n")
    (folder / "unshare").chmod(0o755)
    assert check_sandbox(replace(bare, environ={"PATH": str(folder)})).state == state


def test_a_check_that_breaks_is_a_finding_and_the_others_still_count(bare):
    checks = examine(replace(bare, encoding=None))  # type: ignore[arg-type]
    broken = [check for check in checks if "check itself failed" in check.found]
    assert [check.name for check in broken] == ["terminal"]
    assert broken[0].state == "warn"
