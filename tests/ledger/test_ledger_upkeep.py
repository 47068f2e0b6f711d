import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.ledger import EVERYWHERE, Event, open_ledger
from agentforge.wire.errors import BlobMissing, LedgerCorrupt

DAY = 86_400 * 10**9
NOW = 1_000 * DAY


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "l.db") as ledger:
        yield ledger


def test_old_events_go_and_with_them_the_blobs_nothing_names_any_more(ledger):
    gone = ledger.put(b"named by an old event only", project="p", at=NOW - 9 * DAY).hash
    kept = ledger.put(b"named by a young event", project="p", at=NOW - 9 * DAY).hash
    young = ledger.put(b"its event is still on its way", project="p", at=NOW - DAY).hash
    ledger.append(
        [Event("turn", NOW - 9 * DAY, "p", blobs=(gone, kept), text="old"), Event("turn", NOW, "p", blobs=(kept,))]
    )
    planned = ledger.gc(keep_days=7, now=NOW, dry_run=True)
    assert (planned.events, planned.blobs, planned.dry_run) == (1, 1, True)
    assert ledger.get(gone, project="p")
    done = ledger.gc(keep_days=7, now=NOW)
    assert (done.events, done.blobs, done.bytes) == (1, 1, planned.bytes)
    assert [event.blobs for event in ledger.events(project="p")] == [(kept,)]
    with pytest.raises(BlobMissing):
        ledger.get(gone, project="p")
    assert ledger.get(kept, project="p") == b"named by a young event"
    assert ledger.get(young, project="p") == b"its event is still on its way"
    assert ledger.search("old", project="p") == ()
    assert ledger.check() == ()


def test_a_blob_stays_as_long_as_one_of_its_projects_needs_it(ledger):
    hash = ledger.put(b"shared", project="old", at=0).hash
    ledger.put(b"shared", project="young", at=NOW)
    assert ledger.gc(keep_days=1, now=NOW).blobs == 0
    assert ledger.get(hash, project="young") == b"shared"
    with pytest.raises(BlobMissing):
        ledger.get(hash, project="old")


def test_a_number_is_never_given_twice_even_when_all_events_went(ledger):
    (first, last) = ledger.append([Event("turn", 0, "p"), Event("turn", 0, "p")])
    assert ledger.gc(keep_days=1, now=NOW).events == 2
    (next_,) = ledger.append([Event("turn", NOW, "p")])
    assert first < last < next_


def test_the_file_shrinks_when_much_went(ledger):
    ledger.append([Event("turn", 0, "p", data={"n": "x" * 1000}) for _ in range(2000)])
    ledger.gc(keep_days=10_000, now=NOW)
    before = ledger.path.stat().st_size
    assert ledger.gc(keep_days=1, now=NOW).bytes > 2_000_000
    assert ledger.path.stat().st_size < before / 10


AGES = st.integers(0, 20)
PROJECTS = st.sampled_from(["a", "b"])


@settings(max_examples=25)
@given(
    st.lists(st.tuples(PROJECTS, st.integers(0, 3), AGES), max_size=8),
    st.lists(st.tuples(PROJECTS, AGES, st.booleans()), max_size=8),
    AGES,
)
def test_law_4_nothing_is_lost_that_an_event_still_names_and_a_dry_run_tells_the_truth(
    tmp_path_factory, puts, events, keep
):
    with open_ledger(tmp_path_factory.mktemp("gc") / "l.db") as ledger:
        held = {"a": {}, "b": {}}
        for project, content, age in puts:
            data = b"content %d" % content
            held[project][ledger.put(data, project=project, at=NOW - age * DAY).hash] = data
        ledger.append(
            Event("turn", NOW - age * DAY, project, blobs=tuple(held[project]) if naming else (), text="w")
            for project, age, naming in events
        )
        planned = ledger.gc(keep_days=keep, now=NOW, dry_run=True)
        done = ledger.gc(keep_days=keep, now=NOW)
        assert (done.events, done.blobs, done.bytes) == (planned.events, planned.blobs, planned.bytes)
        left = list(ledger.events(project=EVERYWHERE))
        assert sorted(event.at for event in left) == sorted(NOW - a * DAY for _, a, _ in events if a <= keep)
        for event in left:
            for hash in event.blobs:
                assert ledger.get(hash, project=event.project) == held[event.project][hash]
        assert ledger.check() == ()


def test_check_names_a_blob_that_is_not_what_its_hash_says(ledger):
    good = ledger.put(b"good", project="p", at=1).hash
    bad = ledger.put(b"bad", project="p", at=1).hash
    packed = ledger.put(b"packed " * 100, project="p", at=1).hash
    with closing(sqlite3.connect(ledger.path)) as db, db:
        db.execute("UPDATE blobs SET body = CAST('bat' AS BLOB) WHERE hash = ?", (bad,))
        db.execute("UPDATE blobs SET body = CAST('no zlib' AS BLOB) WHERE hash = ?", (packed,))
    findings = ledger.check()
    assert {bad in finding.what or packed in finding.what for finding in findings} == {True}
    assert len(findings) == 2
    assert str(ledger.path) in findings[0].where
    assert ledger.get(good, project="p") == b"good"
    for hash in (bad, packed):
        with pytest.raises(LedgerCorrupt, match=hash):
            ledger.get(hash, project="p")


def test_check_finds_links_to_nothing_and_an_index_that_lies(ledger):
    hash = ledger.put(b"x", project="p", at=1).hash
    ledger.append([Event("turn", 1, "p", text="words", blobs=(hash,))])
    with closing(sqlite3.connect(ledger.path)) as db, db:
        db.execute("DELETE FROM blobs")
        db.execute("UPDATE events SET text = 'other'")
    wheres = [finding.where.rpartition(": ")[2] for finding in ledger.check()]
    assert wheres.count("links") == 2
    assert wheres.count("search index") == 1


def test_check_reports_a_damaged_page_instead_of_stopping_at_it(tmp_path):
    path = tmp_path / "l.db"
    with open_ledger(path) as ledger:
        ledger.append([Event("turn", 1, "p", data={"n": f"{n:0500}"}) for n in range(500)])
    damaged = bytearray(path.read_bytes())
    middle = len(damaged) // 2 // 4096 * 4096
    damaged[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(damaged)
    with open_ledger(path) as ledger:
        findings = ledger.check()
    assert any(finding.where.endswith("pages") for finding in findings)
