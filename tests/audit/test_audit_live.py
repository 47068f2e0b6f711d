import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit import Recorded, Surroundings, audit_request, markdown, plain
from agentforge.knowledge import Item, Setup, Source, build_for, pieces_of, read_setup
from agentforge.wire.errors import NotThisDialect
from audit.audited import row, server
from knowledge.laid import front, item, lay

BARE = ["You can call agents.", "Mind what follows."]
HOOK = item("hook", "SessionStart[*]#1", extra={"event": "SessionStart"}, activation="deferred")


def body(*texts: str, tools: tuple = (), model: str = "claude-opus-5-5") -> bytes:
    """A first request of Claude Code's form."""
    content = [{"type": "text", "text": text} for text in texts]
    named = [{"name": name, "description": "Does it.", "input_schema": {"type": "object"}} for name in ("Read", *tools)]
    plain = {"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": content}], "tools": named}
    return json.dumps(plain, ensure_ascii=False).encode()


def audit(setup: Setup, real: bytes, bare: bytes | None = None, **given):
    around = given.pop("around", Surroundings("hello", "2.1"))
    return audit_request(setup, Recorded(real), Recorded(bare or body(*BARE)), around, env={}, **given)


def post_office(folder: Path) -> Setup:
    files = {
        "CLAUDE.md": "# Post\n\nParcels are weighed.\n",
        ".claude/agents/clerk.md": front(name="clerk", description="Weighs letters"),
        ".claude/skills/sort/SKILL.md": front(description="Sorts letters"),
    }
    return read_setup("claude-code", lay(folder / "project", files), folder / "home", {})


def test_the_report_is_of_what_was_sent_to_the_byte(tmp_path):
    setup = post_office(tmp_path)
    texts = [piece.text for piece in pieces_of(setup, build_for("claude-code"), {})]
    report = audit(setup, body(*BARE, *texts, "hello"))

    assert report.sent is not None
    assert sum(part.bytes for part in report.parts) == report.sent.bytes == len(body(*BARE, *texts, "hello"))
    assert report.sent.attributed == 1
    assert report.sent.off == 0
    assert {Path(part.source.rpartition(":")[0]).name for part in report.parts if part.is_yours} == {
        "CLAUDE.md",
        "clerk.md",
        "SKILL.md",
    }


def test_what_nobody_brought_is_shown_as_such_and_is_not_the_users(tmp_path):
    report = audit(post_office(tmp_path), body(*BARE, "Nobody knows why this is here.", "hello"))
    strange = [part for part in report.parts if part.category == "unattributed"]

    assert [part.name for part in strange] == ["messages[0].content[2].text"]
    assert report.sent is not None
    assert report.sent.attributed == pytest.approx(1 - strange[0].bytes / report.sent.bytes)
    assert not report.governed.value


def test_tools_and_instructions_of_servers_that_are_only_configured_are_theirs():
    said = "## post\nAsk for a stamp."
    report = audit(Setup("claude-code", servers=(server(),)), body(*BARE, said, tools=("mcp__post__find",)))
    own = {part.category: part for part in report.parts if part.is_yours}

    assert {category: part.source for category, part in own.items()} == {
        "MCP tools": "/p/.mcp.json:3",
        "MCP instructions": "/p/.mcp.json:3",
    }
    assert own["MCP tools"].item == "claude-code:tool:project:mcp__post__find"


def test_instructions_of_a_server_that_was_asked_are_found_without_their_heading():
    asked = row("post", instructions="Ask for a stamp.")
    report = audit(Setup("claude-code", servers=(server(),)), body(*BARE, "Ask for a stamp."), probed=(asked,))
    assert [part.name for part in report.parts if part.is_yours] == ["post"]


def test_opencode_calls_the_tools_of_servers_otherwise():
    setup = Setup("opencode", servers=(replace(server(), source=Source("opencode", "project", "/p/opencode.json")),))
    report = audit(setup, body(*BARE, tools=("post_find",)))
    assert [part.name for part in report.parts if part.is_yours] == ["post_find"]


@pytest.mark.parametrize(
    ("hooks", "name"),
    [
        ((HOOK,), HOOK.name),
        (
            (HOOK, replace(HOOK, name="other", source=Source("claude-code", "user", "/h/s.json"))),
            "2 hooks on SessionStart",
        ),
    ],
)
def test_what_hooks_say_is_theirs_and_in_no_prediction(hooks, name):
    report = audit(Setup("claude-code", hooks), body(*BARE, "SessionStart:startup hook success: Rain."))
    own = [part for part in report.parts if part.is_yours]

    assert [part.name for part in own] == [name]
    assert own[0].source == ", ".join(str(hook.source) for hook in hooks)
    assert report.sent is not None
    assert (report.sent.from_files, report.sent.predicted, report.sent.off) == (0, 0, None)


def test_facts_about_the_surroundings_are_the_environments():
    around = Surroundings("hello", facts=("?? stamps.txt",))
    report = audit(Setup("claude-code"), body(*BARE, "?? stamps.txt"), around=around)
    assert {part.source for part in report.parts} == {"built in", "environment"}


def test_a_description_that_should_not_be_in_view_is_still_its_items():
    hidden = item("persona", "clerk", "Weighs letters and parcels", activation="hidden")
    report = audit(Setup("claude-code", (hidden,)), body(*BARE, "Weighs letters and parcels"))
    assert [part.item for part in report.parts if part.is_yours] == [hidden.id]


def test_findings_are_of_what_was_sent():
    long = item("memory", "CLAUDE.md", "", activation="always", body="Parcels are weighed before noon. " * 900)
    source = replace(long.source, path="/p/CLAUDE.md")
    report = audit(Setup("claude-code", (replace(long, source=source),)), body(*BARE, long.body))
    assert "oversize" in {finding.rule for finding in report.findings}


def test_a_body_of_no_dialect_is_refused():
    with pytest.raises(NotThisDialect, match="no anthropic request"):
        audit(Setup("claude-code"), b'{"hello": 1}')


def test_the_report_says_how_it_is_known_in_every_form(tmp_path):
    report = audit(post_office(tmp_path), body(*BARE, "Nobody's words here."))
    assert "- claude-code 2.1, run once with" in markdown(report)
    assert plain(report)["sent"]["bytes"] == len(body(*BARE, "Nobody's words here."))


ITEMS = st.builds(
    item,
    st.sampled_from(["persona", "skill", "command"]),
    st.sampled_from(["a", "b", "c"]),
    st.text(max_size=60),
)
SAID = st.lists(st.text(max_size=80) | st.sampled_from([*BARE, "## post", "mcp__post__find", "hello"]), max_size=6)


@given(st.lists(ITEMS, max_size=4), SAID, SAID, st.lists(st.sampled_from(["mcp__post__a", "Edit"]), unique=True))
def test_the_parts_are_the_body_to_the_byte_whatever_it_holds(items: list[Item], said, bare, tools):
    setup = Setup("claude-code", tuple(items), (server(),))
    real = body(*said, *(one.description for one in items), tools=tuple(tools))
    report = audit(setup, real, body(*bare))

    assert report.sent is not None
    assert sum(part.bytes for part in report.parts) == len(real) == report.sent.bytes
    assert len({(part.category, part.name, part.source, part.item) for part in report.parts}) == len(report.parts)
    assert all(part.bytes > 0 for part in report.parts)
    strange = sum(part.bytes for part in report.parts if part.source == "unattributed")
    assert report.sent.attributed == pytest.approx(1 - strange / len(real))
