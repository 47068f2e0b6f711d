import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search import Entry, Search

ENTRIES = [
    Entry("hub:create", "mcp__hub__create_issue", "Opens an issue in a repository.", "hub", (("title", "Its name"),)),
    Entry(
        "hub:list", "mcp__hub__list_issues", "Lists the issues of a repository.", "hub", (("state", "Open or closed"),)
    ),
    Entry("hub:merge", "mcp__hub__mergePullRequest", "Merges a request.", "hub", (("number", "Which one"),)),
    Entry("tracker:create", "mcp__tracker__create_issue", "Opens a ticket.", "tracker", (("summary", "Its name"),)),
    Entry("browser:click", "mcp__browser__click", "Clicks on an element.", "browser", (("target", "A selector"),)),
    Entry("python-pro", "python-pro", "Writes typed code.", kind="persona", aliases=("pytest",)),
]


def ids(hits):
    return [hit.entry.id for hit in hits]


def found(query, entries=ENTRIES, **asked):
    return ids(Search(entries).find(query, **asked))


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("list the issues", "hub:list"),
        ("merge pull request", "hub:merge"),
        ("open a ticket", "tracker:create"),
        ("selector", "browser:click"),
        ("show all issues", "hub:list"),
        ("tikcet", "tracker:create"),
        ("pytest", "python-pro"),
        ("MCP__HUB__CREATE_ISSUE", "hub:create"),
        ("please call mcp__browser__click, then stop", "browser:click"),
        ("hub:merge", "hub:merge"),
        ("python-pro", "python-pro"),
    ],
)
def test_what_fits_by_words_names_parameters_or_triggers_comes_first(query, first):
    assert found(query)[0] == first


@pytest.mark.parametrize("query", ["", "xylophone zebra", "the of and", "🙂", " \n"])
def test_where_nothing_fits_nothing_is_found(query):
    assert found(query) == []


def test_one_word_out_of_many_is_no_fit():
    assert found("how tall is the highest mountain of Nepal and which state of matter has its summit in winter") == []


def test_only_the_kinds_that_were_asked_for_are_found():
    assert found("code of an issue", kinds=["persona"]) == ["python-pro"]


def test_half_a_name_brings_all_that_end_so_in_their_order():
    assert found("create_issue")[:2] == ["hub:create", "tracker:create"]


def test_what_a_query_led_to_is_found_by_its_words_from_then_on():
    search = Search(ENTRIES)
    assert search.find("knackered thingummy") == []
    search.learn("knackered thingummy needs attention", ["tracker:create"])
    assert ids(search.find("knackered thingummy")) == ["tracker:create"]


def test_what_was_learnt_outlives_the_item_it_was_learnt_of():
    search = Search(ENTRIES)
    search.learn("knackered thingummy", ["tracker:create", "nobody"])
    search.drop("tracker:create")
    assert search.find("knackered thingummy") == []
    search.put(ENTRIES[3])
    assert ids(search.find("knackered thingummy")) == ["tracker:create"]


def test_an_item_without_history_keeps_its_place_before_one_with_history_for_other_words():
    search = Search(ENTRIES)
    for _ in range(10):
        search.learn("open a ticket about the repository", ["tracker:create"])
    assert ids(search.rank("merge a pull request"))[0] == "hub:merge"


def test_of_equals_the_one_that_is_used_comes_first():
    twins = [Entry("a", "open_door"), Entry("b", "open_door", uses=9)]
    assert found("open the door", twins) == ["b", "a"]


def test_only_what_changed_is_put_again():
    search = Search(ENTRIES)
    assert search.bring_to(ENTRIES) == 0
    changed = [replace(ENTRIES[0], description="Rings a bell."), *ENTRIES[2:], Entry("new", "new")]
    assert search.bring_to(changed) == 3
    assert ids(search.find("ring the bell")) == ["hub:create"]
    assert "hub:list" not in search
    assert len(search) == len(changed)


names = st.text(max_size=20) | st.sampled_from(["open_door", "openDoor", "a::b", "mcp__a__open"])
texts = st.text(max_size=40) | st.lists(st.sampled_from(["open", "door", "shut", "then", "."]), max_size=9).map(
    " ".join
)
entries = st.lists(
    st.builds(Entry, id=names, name=names, description=texts, server=names, uses=st.integers(0, 9)),
    max_size=8,
    unique_by=lambda entry: entry.id,
)


@given(entries, entries, texts)
def test_law_3_items_that_came_and_went_leave_the_answers_as_they_were(kept, gone, query):
    search = Search(kept)
    there = {entry.id for entry in kept}
    for entry in gone:
        if entry.id not in there:
            search.put(entry)
    search.rank(query)
    for entry in gone:
        if entry.id not in there:
            search.drop(entry.id)
    before = [(hit.entry.id, pytest.approx(hit.score)) for hit in Search(kept).rank(query, limit=3)]
    assert sorted((hit.score for hit in search.rank(query, limit=3)), reverse=True) == [score for _, score in before]


@given(entries, texts)
def test_law_3_the_same_items_and_words_give_the_same_answer(given_entries, query):
    assert Search(given_entries).rank(query) == Search(given_entries).rank(query)


def test_five_thousand_items_of_one_name_and_texts_without_end_are_searched():
    search = Search(Entry(str(number), "same_name", "Does the same.") for number in range(5_000))
    assert ids(search.find("same_name")) == ["0", "1", "2", "3", "4"]
    search.put(Entry("long", "long", "lorem ipsum dolor " * 9_000))
    assert ids(search.find("ipsum")) == ["long"]


LABELLED = Path(os.environ.get("AGENTFORGE_LABELLED") or Path(__file__).parents[4] / "shared" / "corpora" / "toolret")


@pytest.mark.parametrize(("name", "least"), [("apibank", 0.80), ("toolalpaca_eval", 0.86)])
def test_on_labelled_sets_the_right_tool_is_among_the_first_five(name, least):
    path = LABELLED / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"no labelled set at {path}")
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    tools, queries = ([one for one in told if one["kind"] == kind] for kind in ("tool", "query"))
    search = Search(
        Entry(
            one["id"],
            one["name"],
            one["description"] or "",
            one.get("server", ""),
            tuple((each["name"], each.get("description") or "") for each in one["params"]),
        )
        for one in tools
    )
    met = [
        len({*one["relevant"]} & {*ids(search.rank(one["text"], limit=5))}) / len(one["relevant"]) for one in queries
    ]
    assert sum(met) / len(met) >= least


def test_law_3_answers_do_not_hang_on_the_order_of_hashes():
    told = [json.loads(answered_by_a_process(seed)) for seed in ("1", "2", "3")]
    assert told[0] == told[1] == told[2]
    assert told[0]


def answered_by_a_process(seed):
    script = (
        "import json; from agentforge.knowledge.search import Entry, Search\n"
        "words = 'create add make image photo picture find show list file page mail send door'.split()\n"
        "names = [f'{words[n % 14]}_{words[n * 5 % 13]}' for n in range(300)]\n"
        "search = Search(Entry(str(n), name, words[n * 3 % 11]) for n, name in enumerate(names))\n"
        "hits = search.rank('build a new snapshot of documents then look up all the letters', limit=50)\n"
        "print(json.dumps([[hit.entry.id, hit.score, hit.fit] for hit in hits]))"
    )
    env = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, env=env).stdout


@pytest.mark.parametrize("query", [" " * 99_999, "." * 99_999 + "x", "A" * 99_999, "then " * 20_000, "a_" * 50_000])
def test_a_query_without_end_is_answered(query):
    assert found(query) == []
