import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit import BUILT_IN, Recorded
from agentforge.audit.attribution import Owner, Owners, attribute, name_of_tool
from agentforge.audit.report import ENVIRONMENT, PROMPT, UNATTRIBUTED

MEMORY = Owner("memory", "CLAUDE.md", "/p/CLAUDE.md:1", "memory")
CLERK = Owner("personas", "clerk", "/p/clerk.md:3", "clerk")
POST = Owner("MCP tools", "mcp__post__find", "/p/.mcp.json:2", "tool")
SPEAKS = Owner("MCP instructions", "post", "/p/.mcp.json:2")
HOOK = Owner("environment", "SessionStart", "/p/settings.json:1", "hook")
OWNERS = Owners(
    texts=[
        (MEMORY, "Contents of /p/CLAUDE.md:\n\n# Post\n\nParcels are weighed."),
        (CLERK, "- clerk: weighs parcels and letters"),
    ],
    of_tool=lambda name: POST if name.startswith("mcp__post") else None,
    of_server={"post": SPEAKS},
    of_hook=lambda event: HOOK if event == "SessionStart" else None,
    prompt="hello",
)


def anthropic(*texts: str, system: str = "You are a client.", tools: tuple = ()) -> bytes:
    content = [{"type": "text", "text": text} for text in texts]
    plain = {
        "model": "m",
        "messages": [{"role": "user", "content": content}],
        "system": [{"type": "text", "text": system}],
        "tools": [{"name": name, "description": f"{name} it.", "input_schema": {}} for name in ("Read", *tools)],
        "max_tokens": 9,
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def chat(*texts: str, system: str = "You are a client.", tools: tuple = ()) -> bytes:
    said = [{"role": "system", "content": system}, *({"role": "user", "content": text} for text in texts)]
    named = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("Read", *tools)]
    return json.dumps({"model": "m", "messages": said, "tools": named}).encode()


def responses(*texts: str, system: str = "You are a client.", tools: tuple = ()) -> bytes:
    said = [{"role": "user", "content": [{"type": "input_text", "text": text}]} for text in texts]
    named = [{"type": "function", "name": name, "parameters": {}} for name in ("Read", *tools)]
    return json.dumps({"model": "m", "instructions": system, "input": said, "tools": named}, indent=1).encode()


DIALECTS = pytest.mark.parametrize("write", [anthropic, chat, responses])


def whose(body: bytes, other: bytes, owners: Owners = OWNERS, **names: dict) -> dict[str, Owner]:
    """Each text of a request, by its owner."""
    shares = attribute(Recorded(body, names.get("real", {})), Recorded(other, names.get("bare", {})), owners)
    return {share.text.strip(): share.owner for share in shares if share.text}


def sources(body: bytes, other: bytes, owners: Owners = OWNERS, **names: dict) -> dict[str, str]:
    return {text: owner.source for text, owner in whose(body, other, owners, **names).items()}


@DIALECTS
def test_what_a_bare_request_says_too_is_built_in(write):
    found = sources(write("Be kind.", "Today is Monday."), write("Be kind."))

    assert found["Be kind."] == found["You are a client."] == BUILT_IN
    assert found["Today is Monday."] == UNATTRIBUTED


@DIALECTS
def test_what_the_users_files_say_is_theirs_in_whatever_order_and_company(write):
    said = "- clerk: weighs parcels and letters\n# Post\n\nParcels are weighed.\nBe kind."
    found = sources(write(said), write("Be kind."))

    assert found["- clerk: weighs parcels and letters"] == CLERK.source
    assert found["# Post"] == found["Parcels are weighed."] == MEMORY.source
    assert found["Be kind."] == BUILT_IN


@DIALECTS
def test_tools_are_whose_name_they_bear(write):
    body = write("hello", tools=("mcp__post__find", "strange"))
    owners = {owner.name: owner for owner in whose(body, write("hello")).values()}

    assert owners["Read"] == Owner("built-in tools", "Read", BUILT_IN)
    assert owners["mcp__post__find"] == POST
    assert owners["strange"].source == UNATTRIBUTED


@DIALECTS
def test_what_was_typed_is_the_prompt(write):
    assert whose(write("hello"), write("bye"))["hello"] == Owner("conversation", "the prompt", PROMPT)


def test_a_description_that_was_cut_off_is_still_its_items():
    found = sources(anthropic("- clerk: weighs parcels and l…"), anthropic("x"))
    assert found == {**found, "- clerk: weighs parcels and": CLERK.source, "l…": UNATTRIBUTED}


def test_what_stands_behind_a_servers_heading_is_the_servers():
    found = whose(anthropic("# Servers\n\n## post\nAsk for a stamp.\n\nBe kind."), anthropic("# Servers\n\nBe kind."))

    assert found["## post"] == found["Ask for a stamp."] == SPEAKS
    assert found["Be kind."].source == BUILT_IN


def test_why_a_server_could_not_be_started_is_the_servers():
    found = whose(anthropic('Be kind.\npost (CONNECT_TIMEOUT): "too late"\nBe kind.'), anthropic("Be kind."))
    assert found['post (CONNECT_TIMEOUT): "too late"'] == SPEAKS


def test_names_of_tools_that_were_not_sent_are_their_servers():
    found = whose(anthropic("mcp__post__find\nmcp__post__send\nRead"), anthropic("Read"))

    assert found["mcp__post__send"].category == "deferred tool names"
    assert found["mcp__post__send"].source == POST.source
    assert found["Read"].source == BUILT_IN


def test_what_a_hook_says_is_the_hooks_until_the_client_speaks_again():
    said = "SessionStart:startup hook success: Nine o'clock.\nRain.\n# Environment\nBe kind."
    found = whose(anthropic(said), anthropic("# Environment\nBe kind."))

    assert found["SessionStart:startup hook success: Nine o'clock."] == found["Rain."] == HOOK
    assert found["# Environment"].source == BUILT_IN


def test_what_another_hook_says_is_nobodys():
    assert sources(anthropic("Stop hook success: Rain."), anthropic("x"))["Stop hook success: Rain."] == UNATTRIBUTED


def test_folders_are_the_same_under_their_names_and_values_in_own_lines_are_the_environments():
    real = anthropic("Working directory is /home/a/shop on Linux 6.1")
    bare = anthropic("Working directory is /tmp/b on Linux 6.2")
    found = sources(real, bare, real={"/home/a/shop": "PROJECT"}, bare={"/tmp/b": "PROJECT"})

    assert found["6.1"] == ENVIRONMENT
    assert found["Working directory is /home/a/shop on Linux"] == BUILT_IN


def test_words_of_files_that_were_laid_for_the_bare_request_are_not_built_in():
    shown = "Contents of PROJECT/CLAUDE.md:\n\nwitness"
    owners = Owners([(MEMORY, "Contents of /p/CLAUDE.md:\n\nParcels.")], OWNERS.of_tool, {}, OWNERS.of_hook)
    real = Recorded(anthropic("Mind this.\nContents of /p/CLAUDE.md:\n\nParcels."), {"/p": "PROJECT"})
    bare = Recorded(anthropic("Mind this.\nContents of /b/CLAUDE.md:\n\nwitness"), {"/b": "PROJECT"}, (shown,))
    found = {share.text.strip(): share.owner.source for share in attribute(real, bare, owners)}

    assert found["Contents of /p/CLAUDE.md:"] == MEMORY.source
    assert found["Mind this."] == BUILT_IN


def test_a_built_in_tool_that_lists_the_users_items_is_both():
    def task(listed: str) -> bytes:
        tool = {"name": "task", "description": f"Calls one of these:\n{listed}- plan: plans\n", "input_schema": {}}
        return json.dumps({"model": "m", "messages": [], "tools": [tool]}).encode()

    found = whose(task("- clerk: weighs parcels and letters\n"), task(""))

    assert found["- clerk: weighs parcels and letters"] == CLERK
    assert found["- plan: plans"] == Owner("built-in tools", "task", BUILT_IN)


def test_a_setting_that_the_bare_request_has_not_is_nobodys():
    real = json.dumps({"model": "m", "messages": [], "speed": "fast"}).encode()
    bare = json.dumps({"model": "m", "messages": []}).encode()
    shares = attribute(Recorded(real), Recorded(bare), OWNERS)

    assert sum(share.end - share.start for share in shares if share.owner.source == UNATTRIBUTED) >= len('"fast"')
    assert shares[-1].end == len(real)


@pytest.mark.parametrize("raw", [b'{"name":"a"}', b'{"type":"function","function":{"name":"a"}}', b'{"type":"a"}'])
def test_a_tool_is_found_by_its_name_in_every_dialect(raw):
    assert name_of_tool(raw) == "a"


TEXTS = st.lists(
    st.sampled_from(["# Post", "Parcels are weighed.", "- clerk: weighs parcels and letters", "hello", "## post", ""])
    | st.text(max_size=40),
    max_size=8,
).map("\n".join)
NAMES = st.lists(st.sampled_from(["mcp__post__a", "mcp__post__b", "strange", "Edit"]), unique=True).map(tuple)


@given(st.sampled_from([anthropic, chat, responses]), st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4), NAMES)
def test_every_byte_is_of_one_share_and_no_share_overlaps_another(write, said, bare, tools):
    body = write(*said, tools=tools)
    shares = attribute(Recorded(body), Recorded(write(*bare)), OWNERS)

    assert [0, *(share.end for share in shares)] == [*(share.start for share in shares), len(body)]
    assert all(share.start < share.end for share in shares)
