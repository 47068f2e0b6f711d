import sqlite3
from contextlib import closing

import pytest

from agentforge.ledger import EVERYWHERE, Event, open_ledger
from agentforge.ledger.migrations import APPLICATION_ID, MIGRATIONS, migrate, version


def connect(path):
    return closing(sqlite3.connect(path, isolation_level=None))


def test_steps_are_numbered_in_order_and_each_says_why():
    for number, step in enumerate(MIGRATIONS, start=1):
        assert step.__name__.startswith(f"m{number:03}_")
        assert len(step.__doc__.splitlines()) > 1


def test_the_steps_taken_are_written_down(tmp_path):
    open_ledger(tmp_path / "l.db").close()
    with connect(tmp_path / "l.db") as db:
        names = db.execute("SELECT name FROM migrations ORDER BY version").fetchall()
        assert [name for (name,) in names] == [step.__name__ for step in MIGRATIONS]
        assert version(db) == len(MIGRATIONS)
        assert db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        assert db.execute("PRAGMA auto_vacuum").fetchone()[0] == 2


def test_every_table_is_strict(tmp_path):
    open_ledger(tmp_path / "l.db").close()
    with connect(tmp_path / "l.db") as db:
        tables = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        lax = {name for name, strict in tables if not strict and not name.startswith("sqlite_")}
    assert lax == set()


@pytest.mark.parametrize("steps", range(len(MIGRATIONS)))
def test_an_older_ledger_is_brought_up_to_date_with_all_it_holds(tmp_path, steps):
    with connect(tmp_path / "l.db") as db:
        migrate(db, MIGRATIONS[:steps])
        if steps:
            db.execute("INSERT INTO events (at, kind, project, data, text) VALUES (1, 'turn', 'p', '{}', 'old words')")
    if not steps:
        (tmp_path / "l.db").unlink()
    with open_ledger(tmp_path / "l.db") as ledger:
        ledger.append([Event("turn", 2, "p", text="new words")])
        assert [event.text for event in ledger.events(project="p")] == ["old words", "new words"][not steps :]
        assert [event.text for event in ledger.search("words old", project=EVERYWHERE)] == ["old words"][not steps :]
        assert ledger.check() == ()


def test_a_step_that_fails_leaves_the_ledger_as_it_was(tmp_path):
    def m004_stumbles(db):
        db.execute("DROP TABLE events")
        raise KeyboardInterrupt

    path = tmp_path / "l.db"
    with open_ledger(path) as ledger:
        ledger.append([Event("turn", 1, "p")])
    before = path.read_bytes()
    with connect(path) as db, pytest.raises(KeyboardInterrupt):
        migrate(db, (*MIGRATIONS, m004_stumbles))
    assert path.read_bytes() == before
    with open_ledger(path) as ledger:
        assert len(list(ledger.events(project="p"))) == 1
