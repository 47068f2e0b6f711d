import hashlib
import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.ledger import EVERYWHERE, Event, handle, open_ledger
from agentforge.wire.errors import BlobMissing, LedgerError

SECRET = "sk-" + "ant-" + "A1b2C3d4E5f6G7h8I9j0"


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "l.db") as ledger:
        yield ledger


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.lists(
    st.builds(
        Event,
        kind=st.sampled_from(["turn", "cut"]),
        at=st.integers(0, 9),
        project=st.sampled_from(["a", "b", "é\x00"]),
        session=st.none() | st.sampled_from(["s", "t"]),
        data=st.dictionaries(WORDS, JSONS, max_size=3),
        text=WORDS,
    ),
    max_size=12,
)


@settings(max_examples=30)
@given(EVENTS, st.sampled_from(["a", "b", "é\x00", EVERYWHERE]), st.integers(0, 9), st.integers(0, 6))
def test_law_6_a_read_gives_what_was_appended_in_order_and_only_of_the_project_it_names(
    tmp_path_factory, events, project, since, limit
):
    with open_ledger(tmp_path_factory.mktemp("events") / "l.db") as ledger:
        numbers = ledger.append(events)
        assert list(numbers) == sorted(set(numbers))
        mine = [event for event in events if project in (EVERYWHERE, event.project)]
        assert list(ledger.events(project=project)) == mine
        assert list(ledger.events(project=project, since=since)) == [event for event in mine if event.at >= since]
        assert (
            list(ledger.events(project=project, kind="cut", session="s", limit=limit))
            == [event for event in mine if event.kind == "cut" and event.session == "s"][:limit]
        )
        if numbers:
            half = numbers[len(numbers) // 2]
            assert [event.seq for event in ledger.events(project=EVERYWHERE, after=half)] == [
                number for number in numbers if number > half
            ]
        for event in events:
            for found in ledger.search(event.text, project=project):
                assert project in (EVERYWHERE, found.project)


def test_reading_goes_on_over_many_pages_while_more_is_appended(ledger):
    ledger.append(Event("turn", n, "p") for n in range(1200))
    seen = []
    for event in ledger.events(project="p"):
        seen.append(event.at)
        if event.at < 10:
            ledger.append([Event("turn", 5000 + event.at, "p")])
    assert seen == [*range(1200), *range(5000, 5010)]


def test_all_events_of_one_append_are_stored_or_none(ledger):
    with pytest.raises(BlobMissing):
        ledger.append([Event("turn", 1, "p"), Event("turn", 2, "p", blobs=("0" * 64,))])
    assert list(ledger.events(project=EVERYWHERE)) == []
    assert ledger.append([]) == ()


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, Path("x")])
def test_data_that_is_no_json_is_refused_and_nothing_is_stored(ledger, value):
    with pytest.raises(TypeError):
        ledger.append([Event("turn", 1, "p", data={"value": value})])
    assert list(ledger.events(project="p")) == []


@pytest.mark.parametrize("depth", [600, 100_000])
def test_data_nested_too_deeply_is_refused_by_name(ledger, depth):
    data = {"password": "plain"}
    for _ in range(depth):
        data = {"in": data}
    with pytest.raises(LedgerError, match="nested too deeply"):
        ledger.append([Event("turn", 1, "p", data=data)])
    assert list(ledger.events(project="p")) == []


def test_half_a_surrogate_pair_in_a_file_name_loses_no_event(ledger):
    name = "broken-\udc80.py"
    ledger.append([Event("edit", 1, name, session=name, data={"file": name}, text=name)])
    (event,) = ledger.events(project=name, session=name)
    assert event.data == {"file": name}
    assert ledger.search(name, project=name) == (event,)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=200) | st.binary(max_size=8).map(lambda data: data * 500), max_size=6))
def test_law_4_nothing_lost_every_handle_leads_back_to_the_exact_bytes(tmp_path_factory, blobs):
    with open_ledger(tmp_path_factory.mktemp("blobs") / "l.db") as ledger:
        for data in blobs:
            stored = ledger.put(data, project="p", at=1)
            assert stored.redacted == ()
            assert (stored.hash, stored.size) == (hashlib.sha256(data).hexdigest(), len(data))
            assert ledger.resolve(handle(stored.hash), project="p") == stored.hash
            assert ledger.get(stored.hash, project="p") == data
        assert ledger.check() == ()


def test_the_same_bytes_are_stored_once_and_packed_when_that_helps(ledger):
    data = b"the same line over and over\n" * 50_000
    for project in ("a", "b", "a"):
        ledger.put(data, project=project, at=1)
    assert ledger.gc(keep_days=0, now=2, dry_run=True).blobs == 1
    assert ledger.gc(keep_days=0, now=2, dry_run=True).bytes < 20_000


def test_law_6_no_project_reads_or_names_a_blob_of_another(ledger):
    hash = ledger.put(b"of a", project="a", at=1).hash
    assert ledger.get(hash, project=EVERYWHERE) == b"of a"
    for look in (ledger.get, ledger.resolve):
        with pytest.raises(BlobMissing, match="ledger check"):
            look(hash, project="b")
    with pytest.raises(BlobMissing, match=hash):
        ledger.append([Event("turn", 1, "b", blobs=(hash,))])
    assert ledger.put(b"of a", project="b", at=2).hash == hash
    ledger.append([Event("turn", 3, "b", blobs=(hash, hash))])
    (event,) = ledger.events(project="b")
    assert event.blobs == (hash, hash)


def test_a_handle_that_could_be_two_blobs_says_which(ledger):
    hashes: dict[str, list[str]] = {}
    for number in range(1_000_000):
        data = b"%d" % number
        start = hashlib.sha256(data).hexdigest()[:8]
        if start in hashes:
            break
        hashes[start] = [data]
    twins = [ledger.put(twin, project="p", at=1).hash for twin in (hashes[start][0], data)]
    with pytest.raises(BlobMissing, match="use more digits") as error:
        ledger.resolve(f"recall:{start}", project="p")
    assert all(twin in str(error.value) for twin in twins)
    assert [ledger.resolve(handle(twin), project="p") for twin in twins] == twins


def test_an_unknown_handle_and_an_unknown_hash_are_errors_that_name_the_ledger(ledger):
    for look in (lambda: ledger.resolve("recall:000000000000", project="p"), lambda: ledger.get("0" * 64, project="p")):
        with pytest.raises(BlobMissing) as error:
            look()
        assert error.value.where == str(ledger.path)
        assert error.value.fix == f"agentforge ledger check {ledger.path}"


def test_search_finds_all_words_best_first_whatever_their_case_or_accents(ledger):
    ledger.append(
        [
            Event("turn", 1, "p", text="the parser failed in src/wire/jsontext.py with NotJson"),
            Event("turn", 2, "p", text="parser parser parser: Crème brûlée"),
            Event("turn", 3, "other", text="parser"),
        ]
    )
    assert [event.at for event in ledger.search("PARSER", project="p")] == [2, 1]
    assert [event.at for event in ledger.search("wire/jsontext.py notjson", project="p")] == [1]
    assert [event.at for event in ledger.search("creme brulee", project="p")] == [2]
    assert [event.at for event in ledger.search("parser", project=EVERYWHERE, limit=1)] == [2]
    assert ledger.search("parser absent", project="p") == ()


ODD = [
    "",
    " ",
    '"',
    '""',
    "*",
    "a*",
    "NEAR(a b)",
    "AND",
    "a AND",
    "NOT a",
    "(",
    "text:a",
    "^a",
    "a -b",
    "a\x00b",
    "'",
    "{a}: b",
]


@given(st.sampled_from(ODD) | st.text(max_size=30) | st.lists(st.sampled_from(ODD), max_size=60).map(" ".join))
@settings(max_examples=100)
def test_no_query_is_a_mistake(tmp_path_factory, query):
    path = tmp_path_factory.getbasetemp() / "queries.db"
    with open_ledger(path) as ledger:
        ledger.search(query, project=EVERYWHERE)


def test_a_word_of_search_syntax_is_a_word(ledger):
    ledger.append([Event("turn", 1, "p", text="this AND that"), Event("turn", 2, "p", text="this that")])
    assert [event.at for event in ledger.search("that AND this", project="p")] == [1]


def everything_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


PLANTED = st.integers(0, 2**64).map(lambda n: "sk-" + "ant-" + hashlib.sha256(b"%d" % n).hexdigest())


@settings(max_examples=25)
@given(secret=PLANTED, noise=st.text(max_size=20))
def test_a_planted_secret_never_lands_in_the_files_of_the_ledger(tmp_path_factory, secret, noise):
    folder = tmp_path_factory.mktemp("planted")
    with open_ledger(folder / "l.db") as ledger:
        said = f"{noise} {secret}\n{noise}"
        ledger.append(
            [
                Event("turn", 1, "p", data={"said": [said, {"deep": said}], said: 1}, text=said),
                Event(f"kind {secret}", 2, f"project {secret}", session=f"session {secret}"),
            ]
        )
        for data in (said.encode("utf-8", "surrogatepass"), b"\xff\xfe" + f" {secret} ".encode("utf-16-le")):
            stored = ledger.put(data, project=f"project {secret}", at=1)
            assert len(stored.redacted) == 1
            kept = ledger.get(stored.hash, project=f"project {secret}")
            assert secret.encode() not in kept.replace(b"\x00", b"")
        assert ledger.put(kept, project="p", at=2).redacted == ()
        assert len(list(ledger.events(project=f"project {secret}", session=f"session {secret}"))) == 1
        assert ledger.search(secret, project="p") == ()
        disk = everything_on_disk(folder)
        assert b"[secret:anthropic-key:" in disk
        assert (secret.encode() in disk, secret.encode("utf-16-le") in disk) == (False, False)
    assert secret.encode() not in everything_on_disk(folder)


def test_equal_secrets_can_be_told_in_one_ledger_and_not_across_two(tmp_path):
    marks = []
    for name in ("one.db", "two.db"):
        with open_ledger(tmp_path / name) as ledger:
            marks.append([ledger.put(f"{text} {SECRET}".encode(), project="p", at=1).redacted for text in "ab"])
    assert marks[0][0] == marks[0][1] != marks[1][0]


def test_a_password_under_its_name_is_cut_however_plain_it_is(ledger):
    ledger.append([Event("login", 1, "p", data={"user": "joe", "password": "plain"})])
    (event,) = ledger.events(project="p")
    assert event.data["user"] == "joe"
    assert "plain" not in json.dumps(dict(event.data))


def test_threads_of_one_process_take_turns(ledger):
    def work(name):
        for n in range(50):
            hash = ledger.put(f"{name} {n}".encode(), project="p", at=1).hash
            ledger.append([Event(name, n, "p", blobs=(hash,))])

    workers = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len({event.seq for event in ledger.events(project="p")}) == 200
    assert ledger.check() == ()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_has_no_words_for_is_refused_by_its_place(ledger, number):
    with pytest.raises(LedgerError, match=rf"data\.scores\[1\]\.x is {number}"):
        ledger.append([Event("turn", 1, "p", data={"scores": [1.0, {"x": number}]})])
    assert list(ledger.events(project="p")) == []


@pytest.mark.parametrize("days", [float("inf"), float("nan"), 1e30, -1])
def test_days_to_keep_that_no_time_can_hold_are_refused(ledger, days):
    with pytest.raises(LedgerError, match="cannot be kept"):
        ledger.gc(keep_days=days, now=1)
