from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search import Entry, Search, answer, signature
from agentforge.knowledge.search.search import Hit
from agentforge.tokens import count_tokens

TOOL = Entry("a", "open_door", "Opens a door.", "house", (("which", "The door's name"), ("wide", "")))


def weigh(text):
    return count_tokens(text, "claude-opus-5-5").value


def told(*entries, budget=600):
    return answer([Hit(entry, 1.0, 1.0) for entry in entries], of=7, budget=budget, weigh=weigh)


def test_the_first_item_is_told_with_its_parameters_and_the_others_in_short():
    assert told(TOOL, TOOL) == (
        "open_door(which, wide)\n  Opens a door.\n  which: The door's name\nopen_door(which, wide)\n  Opens a door."
    )


def test_what_is_no_tool_is_told_by_kind_and_name():
    assert signature(Entry("x", "python-pro", kind="persona")) == "persona python-pro"
    assert signature(Entry("x", "open", signature="open(it: string)")) == "open(it: string)"


def test_where_nothing_fits_it_says_so_and_what_to_ask_for():
    assert answer(Search([TOOL]).find("xylophone"), of=1, budget=600, weigh=weigh).startswith(
        "None of the 1 items fits"
    )


def test_what_is_far_behind_the_best_is_not_told():
    hits = [Hit(TOOL, 1.0, 1.0), Hit(Entry("b", "shut"), 0.1, 0.5)]
    assert "shut" not in answer(hits, of=2, budget=600, weigh=weigh)


entries = st.lists(
    st.builds(Entry, id=st.just("i"), name=st.text(max_size=90), description=st.text(max_size=900)), min_size=1
)


@given(entries, st.integers(30, 300))
def test_law_5_an_answer_keeps_its_budget(given_entries, budget):
    assert weigh(told(*given_entries, budget=budget)) <= budget
