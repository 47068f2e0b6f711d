import json
import sqlite3

import pytest

from agentforge.faces.cli.entry import main
from agentforge.ledger import open_ledger


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "ledger.db"
    with open_ledger(path) as ledger:
        ledger.put(b"the whole output of a tool" * 50, project="parcels", at=1)
    return path


def test_a_sound_ledger_is_said_to_be_sound(path, capsys):
    assert main(["ledger", "check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: sound\n"


def test_a_damaged_blob_is_a_finding_that_names_its_hash(path, capsys):
    with sqlite3.connect(path) as db:
        (hash_,) = db.execute("SELECT hash FROM blobs").fetchone()
        db.execute("UPDATE blobs SET body = x'00'")
    db.close()
    assert main(["ledger", "check", "--json", str(path)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert any(hash_ in finding["where"] + finding["what"] for finding in said["findings"])


def test_a_file_that_is_no_ledger_is_an_error_of_the_outside_world_and_stays_as_it_is(tmp_path, capsys):
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and no ledger at all. " * 20)
    assert main(["ledger", "check", str(path)]) == 3
    assert str(path) in capsys.readouterr().err
    assert path.read_text().startswith("These are notes")


def test_a_strangers_empty_file_is_not_made_a_ledger(tmp_path, capsys):
    path = tmp_path / "empty.txt"
    path.touch()
    for command in ("check", "gc"):
        assert main(["ledger", command, str(path)]) == 3
        assert "no ledger" in capsys.readouterr().err
    assert [(one.name, one.stat().st_size) for one in tmp_path.iterdir()] == [("empty.txt", 0)]
