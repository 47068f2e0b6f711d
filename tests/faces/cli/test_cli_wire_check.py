import io
import json
import sys

import pytest

from agentforge.faces.cli.entry import main
from agentforge.faces.cli.grammar import FINDINGS, OUTSIDE, USAGE
from agentforge.faces.cli.wire_check import show
from agentforge.wire import CheckReport

REQUEST = b'{"model": "claude-opus-4-8", "max_tokens": 8, "messages": [{"role": "user", "content": "hello"}]}'


@pytest.fixture
def good(tmp_path):
    file = tmp_path / "good.json"
    file.write_bytes(REQUEST)
    return file


@pytest.fixture
def broken(tmp_path):
    file = tmp_path / "broken.json"
    file.write_bytes(REQUEST[:-9])
    return file


def test_a_lossless_file_is_fine(good, capsys):
    assert main(["wire", "check", str(good)]) == 0
    shown = capsys.readouterr().out
    assert "request" in shown
    assert "anthropic" in shown
    assert "yes" in shown


def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_still_checked(good, broken, capsys):
    assert main(["wire", "check", str(broken), str(good)]) == FINDINGS
    shown = capsys.readouterr().out
    assert f"{broken}: differs: line 1, column" in shown
    assert "1 of 2 files are lossless" in shown


def test_json_gives_every_field_of_every_report(good, broken, capsys):
    assert main(["wire", "check", "--json", str(good), str(broken)]) == FINDINGS
    first, second = json.loads(capsys.readouterr().out)
    assert first["path"] == str(good)
    assert (first["kind"], first["dialect"], first["values"]) == ("request", "anthropic", 1)
    assert (first["lossless"], first["differences"], first["unknown"]) == (True, [], [])
    assert (second["lossless"], len(second["differences"])) == (False, 1)


def test_a_dash_is_stdin(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(REQUEST)))
    assert main(["wire", "check", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["path"] == "-"


def test_no_file_and_a_file_that_is_not_there_are_wrong_usage(tmp_path, capsys):
    assert main(["wire", "check"]) == USAGE
    assert main(["wire", "check", str(tmp_path / "none.json")]) == USAGE


def test_what_is_kept_without_being_understood_is_shown_with_its_file(capsys):
    show([CheckReport("a[1].json", unknown=["block hologram"])])
    assert "a[1].json: kept, not understood: block hologram" in capsys.readouterr().out


def test_a_file_that_vanishes_is_the_worlds_fault(good, capsys):
    from agentforge.wire import check_file
    from agentforge.wire.errors import OutsideError

    good.unlink()
    with pytest.raises(OutsideError) as caught:
        check_file(good)
    from agentforge.faces.cli.entry import report

    assert report(caught.value) == OUTSIDE
    assert str(good) in capsys.readouterr().err


def test_a_file_that_holds_nothing_of_the_wire_is_not_called_lossless(tmp_path, good, capsys):
    titles = tmp_path / "titles.jsonl"
    titles.write_text('{"type": "summary"}\n')
    assert main(["wire", "check", str(titles), str(good)]) == 0
    shown = capsys.readouterr().out
    assert "nothing to" in shown
    assert "1 of 2 files are lossless; 1 had nothing to check" in shown
