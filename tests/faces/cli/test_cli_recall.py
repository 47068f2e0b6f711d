from hashlib import sha256

import pytest

from agentforge.faces.cli.entry import main
from agentforge.ledger import open_ledger

TEXT = b"\n".join(b"line %d status=%d" % (at, 500 if at == 77 else 200) for at in range(1, 401)) + b"\xff\n"
HANDLE = f"recall:{sha256(TEXT).hexdigest()[:12]}"


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "ledger.db"
    with open_ledger(path) as opened:
        opened.put(TEXT, project="default", at=1)
        opened.put(TEXT + b"more", project="shop", at=1)
    return str(path)


def test_lines_and_patterns_come_back_to_the_letter(ledger, capsys):
    assert main(["recall", HANDLE, "--lines", "76-78", "--ledger", ledger]) == 0
    assert "line 76 status=200\nline 77 status=500\nline 78 status=200" in capsys.readouterr().out
    assert main(["recall", HANDLE.removeprefix("recall:"), "--pattern", "status=5", "--ledger", ledger]) == 0
    shown = capsys.readouterr().out
    assert "line 77 status=500" in shown
    assert "line 76" not in shown


def test_law_4_the_whole_comes_back_byte_for_byte(ledger, capsysbinary):
    assert main(["recall", HANDLE, "--whole", "--ledger", ledger]) == 0
    assert capsysbinary.readouterr().out == TEXT


def test_law_6_what_another_project_stored_is_not_there_until_that_project_is_named(ledger, capsys, monkeypatch):
    other = sha256(TEXT + b"more").hexdigest()[:12]
    assert main(["recall", other, "--lines", "1-1", "--ledger", ledger]) == 3
    said = capsys.readouterr().err
    assert "nothing is stored" in said
    assert "in project default" in said
    assert "--project NAME" in said
    monkeypatch.setenv("AGENTFORGE_PROJECT", "shop")
    assert main(["recall", other, "--lines", "1-1", "--ledger", ledger]) == 0


def test_a_wrong_handle_is_wrong_usage_and_says_where_to_find_a_right_one(ledger, capsys):
    assert main(["recall", "123", "--ledger", ledger]) == 2
    assert "last line of a shortened result" in capsys.readouterr().err
