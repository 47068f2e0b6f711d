import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.tools_found import MOST, ROOM, ToolsFound, words
from agentforge.wire import Json, Tool


def tool(name, description, **parameters):
    schema = {"type": "object", "properties": {key: {"description": said} for key, said in parameters.items()}}
    return Tool(name, description, Json.of(schema))


TOOLS = [
    tool("mcp__hub__create_issue", "Opens an issue in a repository.", title="What it is called"),
    tool("mcp__hub__list_issues", "Lists the issues of a repository.", state="Open or closed"),
    tool("mcp__hub__mergePullRequest", "Merges a request.", number="Which one"),
    tool("mcp__tracker__create_issue", "Opens a ticket.", summary="What it is called"),
    tool("mcp__browser__click", "Clicks on an element of the page.", target="A selector"),
]


def names(answer):
    return [line.partition("(")[0] for line in answer.splitlines()[1:] if not line.startswith(" ")]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("list the issues", "mcp__hub__list_issues"),
        ("merge pull request", "mcp__hub__mergePullRequest"),
        ("open a ticket", "mcp__tracker__create_issue"),
        ("selector", "mcp__browser__click"),
        ("MCP__HUB__CREATE_ISSUE", "mcp__hub__create_issue"),
    ],
)
def test_the_tool_whose_name_words_or_parameters_fit_comes_first(query, first):
    assert names(ToolsFound(TOOLS).answer(query))[0] == first


def test_a_whole_name_brings_that_tool_alone_and_half_a_name_all_that_end_so():
    search = ToolsFound(TOOLS)
    assert names(search.answer("mcp__browser__click")) == ["mcp__browser__click"]
    assert names(search.answer("create_issue"))[:2] == ["mcp__hub__create_issue", "mcp__tracker__create_issue"]


def test_several_names_bring_several_tools():
    asked = "mcp__browser__click, mcp__hub__list_issues"
    assert names(ToolsFound(TOOLS).answer(asked)) == ["mcp__browser__click", "mcp__hub__list_issues"]


@pytest.mark.parametrize("query", ["", "xylophone", "the of and", "🙂"])
def test_where_nothing_fits_it_says_so(query):
    assert ToolsFound(TOOLS).answer(query).startswith("None of the 5 tools fits")


def test_identifiers_are_split_and_plurals_are_one_word():
    assert words("listPullRequests get_HTTPServer2 the queries") == [
        "list",
        "pull",
        "request",
        "http",
        "server",
        "2",
        "query",
    ]


def test_a_name_that_does_not_exist_has_neighbours():
    near = ToolsFound(TOOLS).nearest("hub_create_isue")
    assert "mcp__hub__create_issue" in near
    assert ToolsFound([]).nearest("x") == ()


texts = st.text(max_size=60) | st.lists(st.sampled_from(["issue", "list", "page", "file", "word"]), max_size=80).map(
    " ".join
)
tools = st.lists(st.builds(tool, st.text(min_size=1, max_size=30), texts, a=texts, b=texts), max_size=8)


@given(tools, texts)
def test_law_3_the_same_tools_and_words_give_the_same_answer_in_the_same_room(given_tools, query):
    answer = ToolsFound(given_tools).answer(query)
    assert answer == ToolsFound(given_tools).answer(query)
    assert len(answer) <= ROOM + 1200
    assert len(answer.splitlines()) <= 1 + MOST * 40
