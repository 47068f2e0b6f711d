import io
import json
import os
import pty
import subprocess
import sys

from agentforge.faces.cli import printing
from agentforge.faces.cli.printing import bar, console, print_json, table, watched
from agentforge.transcripts import Progress

BUSY = """
import time
from agentforge.faces.cli import printing
printing.SOON = 0.01
for item in printing.watched([1, 2, 3], "Working"):
    time.sleep(0.02)
    print(item)
"""


def test_json_keeps_other_alphabets_readable(capsys):
    print_json({"größe": [1, None, "é"]})
    shown = capsys.readouterr().out
    assert "größe" in shown
    assert json.loads(shown) == {"größe": [1, None, "é"]}


def test_a_table_in_a_file_is_not_cut_and_takes_text_as_it_is(capsys):
    rows = table("file", "tokens", numbers=["tokens"])
    rows.add_row("[red]" + "x" * 120, "12,345")
    console().print(rows)
    shown = capsys.readouterr().out
    assert "[red]" + "x" * 120 in shown
    assert "12,345" in shown


def test_watching_gives_every_item_in_order():
    assert list(watched([3, 1, 2], "Counting")) == [3, 1, 2]
    assert list(watched([], "Counting")) == []


def test_a_bar_appears_on_a_terminal_only_and_never_in_the_output():
    quiet = subprocess.run([sys.executable, "-c", BUSY], capture_output=True, text=True, check=True)
    assert (quiet.stdout, quiet.stderr) == ("1\n2\n3\n", "")

    ours, theirs = pty.openpty()
    loud = subprocess.run([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, stderr=theirs, text=True, check=True)
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert loud.stdout == "1\n2\n3\n"
    assert b"Working" in shown


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_is_shown_in_a_terminal_once_work_takes_long(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with bar("Reading") as on_progress:
        on_progress(Progress(1, 10))
    assert terminal.getvalue() == ""
    monkeypatch.setattr(printing, "SOON", -1.0)
    with bar("Reading") as on_progress:
        on_progress(Progress(1, 10))
        on_progress(Progress(10, 10))
    assert "Reading" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_no_bar_is_shown_where_there_is_no_terminal(monkeypatch):
    plain = io.StringIO()
    monkeypatch.setattr("sys.stderr", plain)
    monkeypatch.setattr(printing, "SOON", -1.0)
    with bar("Reading") as on_progress:
        on_progress(Progress(10, 10))
    assert plain.getvalue() == ""
