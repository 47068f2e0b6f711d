import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agentforge.audit import BUILT_IN
from agentforge.knowledge import build_for, wire_bytes
from agentforge.knowledge.mcp import Probed
from audit.audited import audit_files, audit_items, row, server
from knowledge.laid import front, item

TEXTS = st.text(max_size=60)
ITEMS = st.builds(
    item,
    kind=st.sampled_from(["persona", "skill", "command"]),
    name=st.text(min_size=1, max_size=8),
    description=TEXTS,
    body=TEXTS,
    activation=st.sampled_from(["model_invoked", "user_invoked", "hidden"]),
) | st.builds(item, kind=st.just("memory"), name=st.just("m"), body=TEXTS, activation=st.just("always"))
ROWS = st.lists(st.builds(row, st.sampled_from("ab"), st.sampled_from("xy"), instructions=TEXTS), max_size=2)


@given(
    st.lists(ITEMS, max_size=8),
    ROWS,
    st.sampled_from(["claude-code", "codex", "opencode", "cursor"]),
    st.sampled_from(["", "false", "auto"]),
)
def test_law_8_parts_add_up_and_each_says_where_it_stands_and_how_it_is_known(items, probed, client, search):
    items = [one for one in items if client != "codex" or one.kind == "memory"]
    report = audit_items(*items, client=client, probed=probed, env={"ENABLE_TOOL_SEARCH": search})
    assert sum(part.count.value for part in report.parts) == report.total.value
    assert sum(count.value for count in report.by_category.values()) == report.total.value
    for part in report.parts:
        place, _, line = part.source.rpartition(":")
        assert part.source == BUILT_IN or (place and line.isdigit())
        assert part.count.model == report.model
        assert part.count.method == "estimated"
    for finding in report.findings:
        assert finding.where
        assert finding.remedy
        assert 0 <= finding.saving.value <= report.governed.value


def test_a_bare_set_up_is_what_the_client_brings():
    report = audit_items()
    build = build_for("claude-code")
    assert report.model == build.model
    assert report.measured == f"claude-code {build.version} with {build.model}, {build.measured}"
    assert sum(part.bytes for part in report.parts) == build.total.bytes - len("hello")
    assert report.governed.value == 0
    assert report.bill.cached < report.bill.uncached
    assert report.unknown == ()


def test_a_projects_files_are_weighed_with_file_and_line(tmp_path):
    files = {
        "CLAUDE.md": "# Post office\n\nParcels first.\n",
        ".claude/agents/sorter.md": front(name="sorter", description="Sorts parcels by town."),
        ".claude/skills/weigh/SKILL.md": front(description="Weighs a letter."),
        ".claude/settings.json": {"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "date"}]}]}},
    }
    report = audit_files(tmp_path, files)
    own = {part.category: part for part in report.parts if part.source != BUILT_IN}
    assert own.keys() == {"memory", "personas", "skills and commands"}
    assert own["personas"].source == f"{tmp_path / 'project/.claude/agents/sorter.md'}:3"
    assert own["personas"].bytes == wire_bytes("- sorter: Sorts parcels by town. (Tools: All tools)\n")
    assert own["memory"].source == f"{tmp_path / 'project/CLAUDE.md'}:1"
    assert len([line for line in report.unknown if "SessionStart" in line]) == 1


def test_the_environment_of_the_settings_counts():
    env = {"ENABLE_TOOL_SEARCH": "false"}
    report = audit_items(settings={"env": env}, probed=[row("post", "find")])
    assert [part.name for part in report.parts if part.category == "MCP tools"] == ["mcp__post__find"]


def test_the_model_of_the_set_up_is_taken_if_it_is_known_and_the_users_before_it():
    assert audit_items(settings={"model": "claude-sonnet-4-5"}).window == 200_000
    assert audit_items(settings={"model": "best"}).model == "claude-opus-5-5"
    assert audit_items(settings={"model": "claude-sonnet-4-5"}, model_id="claude-opus-5-5").model == "claude-opus-5-5"


def test_a_model_that_was_not_measured_makes_the_total_unsure_and_says_so():
    report = audit_items(model_id="claude-opus-4-8")
    assert report.total.error is None
    assert any("claude-opus-4-8" in line for line in report.unknown)
    stranger = audit_items(model_id="post-1")
    assert stranger.window is None
    assert stranger.share is None
    assert stranger.bill.uncached is None
    assert any("post-1, which is no model in the table" in line for line in stranger.unknown)


def test_what_no_one_measured_is_not_made_up():
    report = audit_items(client="cursor")
    assert report.parts == ()
    assert report.measured == ""
    assert report.total.value == 0
    assert "built into cursor" in report.unknown[0]


def test_a_git_repository_adds_its_frame():
    more = {*audit_items(in_git=True).parts} - {*audit_items().parts}
    assert [part.name for part in more] == ["around git status"]


def test_bad_files_give_a_report_with_problems(tmp_path):
    files = {
        ".claude/agents/binary.md": b"\x00\xff\xfe" * 99,
        ".claude/agents/broken.md": "---\nname: [\n---\n",
        ".claude/settings.json": "{not json",
        ".mcp.json": "[1, 2",
        "CLAUDE.md": "@CLAUDE.md @loop.md",
        "loop.md": "@CLAUDE.md",
        ".claude/agents/good.md": front(name="good", description="Is read."),
    }
    report = audit_files(tmp_path, files)
    assert "good" in {part.name for part in report.parts}
    told = {problem.where.rpartition(":")[0].rpartition("/")[2] for problem in report.problems}
    assert {"settings.json", ".mcp.json", "binary.md"} <= told
    assert json.dumps([finding.what for finding in report.findings])


def test_words_that_come_with_the_users_files_and_servers_are_weighed():
    def around(*items, **given) -> set[str]:
        bare = {part.name for part in audit_items().parts}
        return {part.name for part in audit_items(*items, **given).parts if part.source == BUILT_IN} - bare

    style = item("output_style", "Loud", "", activation="always")
    kept = item("output_style", "Loud", "", activation="always", extra={"keep-coding-instructions": True})
    notes = item("memory", activation="always", extra={"lines_cut": 3, "first_line_cut": "- a"})
    lost = Probed(server("lost"), "failed", problem="ended")
    away = Probed(replace(server("away"), transport="http"), "failed", problem="cannot be reached")
    assert around(style) == {"around output style"}
    assert around(kept) == {"around output style keeping"}
    assert around(notes) == {"around memory", "around auto memory warning"}
    assert around(probed=[row(instructions="Ask.")]) == {"around mcp instructions"}
    assert around(probed=[lost]) == {"around failed servers"}
    assert around(probed=[lost, away]) == {"around failed remote servers"}
    assert around(probed=[lost], env={"ENABLE_TOOL_SEARCH": "false"}) >= {"WebFetch"}
    assert around(item("skill"), env={"SLASH_COMMAND_TOOL_CHAR_BUDGET": "100"}) == {
        "claude-code's descriptions left out"
    }
