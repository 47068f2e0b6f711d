import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from agentforge import __version__
from agentforge.faces.cli.entry import main, report
from agentforge.faces.cli.grammar import FINDINGS, OUTSIDE, USAGE
from agentforge.wire.errors import LedgerBusy, MissingExtra, OutsideError, ScriptError, UnknownModel, UsageError

HEAVY = ["anthropic", "openai", "tiktoken", "rich", "starlette", "uvicorn", "msgspec", "sqlite3", "asyncio", "json"]


def run(*words: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agentforge.faces.cli", *words], capture_output=True, text=True, check=False, **options
    )


def command_that(does) -> click.Command:
    return click.Command("it", callback=does)


def raising(error: BaseException):
    def does():
        raise error

    return command_that(does)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["wire", "--help"]])
def test_help_and_version_import_nothing_heavy_and_no_command(words):
    script = (
        "import sys; from agentforge.faces.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("agentforge.")} == {
        "agentforge.faces",
        "agentforge.faces.cli",
        "agentforge.faces.cli.entry",
        "agentforge.faces.cli.grammar",
        "agentforge.faces.cli.verbs",
    }


def test_version_is_the_packages_own():
    assert run("--version").stdout == f"agentforge {__version__}\n"


def test_an_unknown_verb_is_wrong_usage_and_the_nearest_one_is_named():
    done = run("docter")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "There is no 'agentforge docter'. There is: doctor." in done.stderr


def test_no_verb_is_wrong_usage_and_shows_the_help():
    done = run()
    assert done.returncode == USAGE
    assert "Commands:" in done.stdout + done.stderr


def test_a_commands_return_value_is_the_exit_code():
    assert main([], command_that(lambda: FINDINGS)) == FINDINGS
    assert main([], command_that(lambda: None)) == 0


def test_a_missing_file_is_wrong_usage():
    assert run("wire", "check", "no-such-file.json").returncode == USAGE


def test_our_errors_are_one_line_and_the_fix_on_the_next(capsys):
    assert (
        main([], raising(OutsideError("port 8787 is taken", where="127.0.0.1", fix="agentforge simulate --port 0")))
        == 3
    )
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "error: 127.0.0.1: port 8787 is taken\nfix: agentforge simulate --port 0\n"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (UsageError, USAGE),
        (ScriptError, USAGE),
        (UnknownModel, USAGE),
        (OutsideError, OUTSIDE),
        (MissingExtra, OUTSIDE),
        (LedgerBusy, OUTSIDE),
    ],
)
def test_the_exit_code_says_who_has_to_act(kind, code, capsys):
    assert report(kind("it does not work")) == code
    assert capsys.readouterr().err == "error: it does not work\n"


def test_an_unexpected_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        main([], command_that(lambda: 1 // 0))
    assert report(ValueError("not ours")) is None


def test_an_interrupt_ends_as_a_shell_expects(capsys):
    assert main([], raising(KeyboardInterrupt())) == 128 + signal.SIGINT
    assert capsys.readouterr().err == ""


def test_a_reader_that_went_away_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "agentforge.faces.cli", "doctor", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize(("environ", "colored"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_whose_owner_wants_them(environ, colored, tmp_path: Path):
    import pty

    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.Popen(
        [sys.executable, "-m", "agentforge.faces.cli", "doctor"],
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        env=clean | {"TERM": "xterm-256color"} | environ,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how a pty says that the other side is closed
        pass
    os.close(ours)
    done.wait()
    assert b"python" in shown
    assert (b"\x1b[3" in shown) == colored
