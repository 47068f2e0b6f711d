import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import CALL, FIND, SessionView, Settings
from agentforge.context.transforms.lazy_tools import SEARCH, lazy_tools, lock_tools, searches_tools, tools_behind
from agentforge.tokens import count_request
from agentforge.wire import (
    Json,
    Message,
    Request,
    Tool,
    ToolResult,
    ToolUse,
    decode_request,
    encode_request,
    is_prefix,
)

WORDS = "A description that goes on for a while, as those of servers do. " * 25
PORTABLE = SessionView(Settings(lazy_tools="portable"))
NATIVE = SessionView(Settings(lazy_tools="native"))
BOTH = pytest.mark.parametrize("view", [PORTABLE, NATIVE], ids=["portable", "native"])
CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "mcp_tools"


def tool(name):
    return Tool(name, WORDS, Json.of({"type": "object"}))


def asked(*names, dialect="anthropic", model="claude-opus-5-5", messages=("hi",), **more):
    tools = [name if isinstance(name, Tool) else tool(name) for name in names]
    turns = [Message("user", one) if isinstance(one, str) else one for one in messages]
    request = Request(dialect, model, turns, tools=tools, max_tokens=9, **more)
    return decode_request(dialect, encode_request(request))


def names(request):
    return [one.name for one in request.tools if not one.deferred]


MANY = [f"mcp__hub__do_{n}" for n in range(12)]


@pytest.mark.parametrize(
    ("own", "servers"),
    [
        (["Read", "TaskCreate", "TaskGet", "TaskList", "TaskStop", "TaskUpdate"], MANY),
        (
            ["read", "todowrite", "list_files", "list_dirs", "list_users", "list_all", "list_x"],
            [f"hub_do_{n}" for n in range(12)],
        ),
        (["read_file", "one_a", "one_b", "one_c"], [f"mcp_hub_do_{n}" for n in range(12)]),
        (["read_file"], [f"API-{n}" for n in range(12)]),
    ],
)
def test_what_comes_from_a_server_is_lazy_and_in_doubt_a_tool_stays(own, servers):
    sent, _ = lazy_tools(asked(*own, *servers), PORTABLE)
    assert names(sent) == [*own, FIND, CALL]


def test_the_plan_can_keep_tools_in_view():
    view = SessionView(Settings(lazy_tools="portable", keep_tools=(MANY[3],)))
    assert names(lazy_tools(asked("Read", *MANY), view)[0]) == ["Read", MANY[3], FIND, CALL]


@BOTH
def test_little_is_left_alone(view):
    for request in (asked("Read", *MANY[:9]), asked("Read", *(replace(tool(name), description="x") for name in MANY))):
        sent, receipt = lazy_tools(request, view)
        assert sent is request
        assert not receipt.changes


@BOTH
def test_a_client_whose_tools_are_all_lazy_keeps_them_as_one_must_be_sent(view):
    request = asked(*MANY)
    assert lazy_tools(request, view)[0] is request


def test_native_needs_a_provider_that_searches_and_falls_back_to_portable():
    assert names(lazy_tools(asked("Read", *MANY), NATIVE)[0]) == ["Read", SEARCH]
    assert names(lazy_tools(asked("Read", *MANY, model="another"), NATIVE)[0]) == ["Read", FIND, CALL]
    assert names(lazy_tools(asked("Read", *MANY, dialect="openai-chat", model="gpt-5.5"), NATIVE)[0])[-1] == CALL
    assert searches_tools(asked("Read", *MANY), NATIVE)
    assert not searches_tools(asked("Read", *MANY), PORTABLE)


def test_providers_own_tools_stay_where_they_are():
    own = Tool("web_search", extra={"type": Json.of("web_search_20250305")})
    assert names(lazy_tools(asked("Read", own, *MANY), PORTABLE)[0]) == ["Read", "web_search", FIND, CALL]


def test_what_is_in_view_is_decided_once():
    settings = lock_tools(PORTABLE.settings, asked("Read", *MANY))
    assert settings.in_view == ("Read",)
    assert settings.servers == ("hub",)
    later = asked("Late", "Read", *MANY, "mcp__bank__pay")
    assert names(lazy_tools(later, SessionView(settings))[0]) == ["Read", FIND, CALL]
    assert lock_tools(settings, later) == settings
    few = lazy_tools(asked("Read", MANY[0]), SessionView(settings))[0]
    assert names(few) == ["Read", FIND, CALL]


def test_a_session_that_is_off_stays_off():
    settings = lock_tools(PORTABLE.settings, asked("Read"))
    assert settings.lazy_tools == "off"
    later = asked("Read", *MANY)
    assert lazy_tools(later, SessionView(settings))[0] is later
    assert tools_behind(later, SessionView(settings)) is None


def test_a_receipt_tells_what_was_taken_out_and_put_in():
    _, receipt = lazy_tools(asked("Read", *MANY), PORTABLE)
    (change,) = receipt.changes
    assert all(name in change.before for name in MANY)
    assert FIND in change.after
    assert len(change.after) < len(change.before) / 10


calls = st.lists(st.sampled_from(["Read", MANY[0], MANY[1], "mcp__gone__away", FIND]), min_size=1, max_size=4)


def turn(at, called):
    uses = [ToolUse(f"t{at}-{n}", name, Json.of({"n": n})) for n, name in enumerate(called)]
    return [Message("assistant", uses), Message("user", [ToolResult(use.id, "r") for use in uses])]


@given(st.lists(calls, max_size=5), st.integers(0, 5), st.sampled_from([PORTABLE, NATIVE]))
def test_law_2_and_9_a_request_that_goes_on_is_sent_as_one_that_goes_on(turns, cut, view):
    shown = [turn(at, called) for at, called in enumerate(turns)]
    whole = ["hi", *(message for pair in shown for message in pair)]
    before, _ = lazy_tools(asked("Read", *MANY, messages=whole[: 1 + 2 * min(cut, len(shown))]), view)
    after, _ = lazy_tools(asked("Read", *MANY, messages=whole), view)
    assert is_prefix(before, after)
    uses = [block for message in after.messages for block in message.blocks if isinstance(block, ToolUse)]
    results = [block for message in after.messages for block in message.blocks if isinstance(block, ToolResult)]
    assert [use.id for use in uses] == [result.tool_use_id for result in results]
    assert after.messages[0].origin is not None
    if view is PORTABLE:
        assert {use.name for use in uses} <= {"Read", FIND, CALL}


@given(st.lists(calls, max_size=3))
def test_law_3_the_same_request_gives_the_same_bytes(turns):
    whole = ["hi", *(message for at, called in enumerate(turns) for message in turn(at, called))]
    first, second = (encode_request(lazy_tools(asked("Read", *MANY, messages=whole), PORTABLE)[0]) for _ in range(2))
    assert first == second


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded tools of real servers are not here (../shared/corpora)")
def test_real_servers_weigh_a_fraction_and_their_tools_are_found():
    tools = [replace(tool(name), description="It does.") for name in ("Read", "Bash", "Edit")]
    for server in ("github-official", "playwright", "notion", "atlassian"):
        for one in json.loads((CORPUS / f"{server}.json").read_text())["tools"]:
            name = f"mcp__{server}__{one['name']}"
            tools.append(Tool(name, one.get("description"), Json.of(one["inputSchema"])))
    request = asked(*tools)
    before = count_request(request).all_tools.value
    for view, most in ((PORTABLE, 0.05), (NATIVE, 0.05)):
        sent, _ = lazy_tools(request, view)
        after = count_request(sent).all_tools.value
        print(f"{view.settings.lazy_tools}: {len(tools)} tools, {before:,} tokens of tools -> {after:,} (estimated)")  # noqa: T201
        assert after < most * before
    behind = tools_behind(request, PORTABLE)
    for query, wanted in {
        "create an issue in a github repository": "mcp__github-official__create_issue",
        "click an element in the browser": "mcp__playwright__browser_click",
        "search notion pages by title": "mcp__notion__API-post-search",
        "jira change the status of an issue": "mcp__atlassian__jira_transition_issue",
        "read the contents of a file in a repository": "mcp__github-official__get_file_contents",
        "take a screenshot": "mcp__playwright__browser_take_screenshot",
    }.items():
        assert wanted + "(" in behind.found(ToolUse("t", FIND, Json.of({"query": query}))), query
