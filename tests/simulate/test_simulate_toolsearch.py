import pytest

from agentforge.simulate import Turn
from agentforge.simulate.toolsearch import answer_search
from simulate.asking import ask, assistant, body, call, counted, long, provider, result, tool, user

REGEX = {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"}
BM25 = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}


def catalogue(search):
    described = {
        "git_log": "History of a repository",
        "git_diff": "Changes in a repository",
        "weather": "The forecast for a town",
        "mail_send": "Sends a letter to a person",
    }
    tools = [tool(name, description=words, defer_loading=True) for name, words in described.items()]
    return {"tools": [search, tool("read"), *tools]}


def found(search, query):
    _, answer = answer_search(catalogue(search), query, "srvtoolu_1")
    content = answer["content"]
    return [one["tool_name"] for one in content["tool_references"]] if "tool_references" in content else content


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("^git_", ["git_log", "git_diff"]),
        ("(?i)FORECAST", ["weather"]),
        ("where it lies", ["git_log", "git_diff", "weather", "mail_send"]),
        ("^read$", []),
        ("nothing", []),
    ],
)
def test_a_pattern_is_sought_in_names_descriptions_and_arguments_of_deferred_tools(pattern, names):
    assert found(REGEX, pattern) == names


@pytest.mark.parametrize("pattern", ["(", "a{99999999999999999999}", "x" * 201])
def test_a_pattern_that_is_none_is_an_error_in_the_result(pattern):
    assert found(REGEX, pattern) == {
        "type": "tool_search_tool_result_error",
        "error_code": "invalid_tool_input",
    }


def test_words_find_the_tools_that_say_them_the_most_telling_first():
    assert found(BM25, "send a letter")[0] == "mail_send"
    assert set(found(BM25, "repository")) == {"git_log", "git_diff"}
    assert found(BM25, "git history")[0] == "git_log"
    assert found(BM25, "zebra") == []


def test_at_most_five_are_found():
    tools = [tool(f"same_{at}", defer_loading=True) for at in range(9)]
    _, answer = answer_search({"tools": [REGEX, *tools]}, "same", "x")
    assert len(answer["content"]["tool_references"]) == 5


def test_without_a_search_tool_there_is_no_search():
    assert answer_search({"tools": [tool()]}, "x", "x") == []
    assert answer_search({}, "x", "x") == []


def test_odd_schemas_are_passed_over():
    odd = [tool("a", defer_loading=True, input_schema={"properties": odd}) for odd in (7, {"b": True}, None)]
    assert answer_search({"tools": [REGEX, *odd]}, "a", "x")


# --- Over the endpoint


def test_a_turn_that_searches_shows_the_call_its_result_and_what_follows():
    of = provider(Turn(search="^git_", calls=(), text="Found it."))
    content = ask(of, body("go", **catalogue(REGEX))).content
    assert [block["type"] for block in content] == ["server_tool_use", "tool_search_tool_result", "text"]
    assert content[0]["input"] == {"pattern": "^git_"}
    assert content[1]["tool_use_id"] == content[0]["id"]


def test_a_found_tool_weighs_from_the_next_request_on_and_exactly_as_if_it_had_been_there():
    of = provider(Turn(search="^git_log$"), "done")
    heavy = catalogue(REGEX)
    heavy["tools"][2]["description"] = long(500)
    asked = body("go", **heavy)
    content = ask(of, asked).content
    before = ask(of, asked).prompt
    grown = body("go", {"role": "assistant", "content": content}, "on", **heavy)
    after = ask(of, grown).prompt
    bare = body("go", {"role": "assistant", "content": content[:1]}, "on", **heavy)
    assert before < 1500
    assert after - ask(of, bare).prompt > 500


def test_a_client_may_search_itself_and_answer_with_references():
    found_ = [{"type": "tool_reference", "tool_name": "later"}]
    later = tool("later", description=long(300))
    messages = ("go", assistant(call(name="find")), user(result(content=found_)))
    here, deferred, unreferenced = (
        counted(provider(), body(*messages[:end], tools=[tool("find"), {**later, **how}]))
        for how, end in (({}, 3), ({"defer_loading": True}, 3), ({"defer_loading": True}, 1))
    )
    assert here == deferred
    assert unreferenced < 700 < deferred
