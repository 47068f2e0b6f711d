import pytest

from agentforge.audit import BUILT_IN
from agentforge.audit.built_in import built_in_parts, left_out_part
from agentforge.audit.sending import Sending
from agentforge.knowledge import build_for, builds

NAMES, DEFINITIONS = Sending(definitions=False, names=True), Sending(definitions=True, names=False)


@pytest.mark.parametrize("build", builds(), ids=lambda build: f"{build.client}-{build.model}")
def test_the_parts_are_the_bytes_that_were_measured(build):
    parts = list(built_in_parts(build, build.model, sending=NAMES, frames=()))
    assert sum(part.bytes for part in parts) == build.total.bytes - len("hello")
    assert {part.source for part in parts} == {BUILT_IN}
    assert all(part.count.error is not None for part in parts)


def test_without_tool_search_all_tools_are_sent_and_those_that_search_are_not():
    build = build_for("claude-code", "claude-opus-5-5")
    parts = list(built_in_parts(build, build.model, sending=DEFINITIONS, frames=()))
    tools = {part.name for part in parts if part.category == "built-in tools"}
    assert len(tools) == 21
    assert "WebFetch" in tools
    assert not {"ToolSearch", "DeferredToolPlaceholder"} & tools
    assert not [part for part in parts if part.category == "deferred tool names"]


def test_a_tool_that_is_denied_is_not_sent():
    build = build_for("claude-code", "claude-opus-5-5")
    parts = built_in_parts(build, build.model, sending=NAMES, frames=(), denied={"Workflow"})
    assert "Workflow" not in {part.name for part in parts}


def test_a_frame_is_there_only_where_there_is_something_to_frame():
    build = build_for("claude-code", "claude-opus-5-5")
    framed = list(built_in_parts(build, build.model, sending=NAMES, frames=("memory", "none such")))
    bare = list(built_in_parts(build, build.model, sending=NAMES, frames=()))
    (frame,) = set(framed) - set(bare)
    assert (frame.category, frame.bytes) == ("memory", build.frames["memory"].bytes)


def test_for_a_model_that_was_not_measured_nobody_knows_how_far_off_it_is():
    build = build_for("claude-code", "claude-opus-5-5")
    parts = built_in_parts(build, "claude-opus-4-8", sending=NAMES, frames=())
    assert {part.count.error for part in parts} == {None}


def test_tools_to_read_resources_come_with_servers_that_have_them():
    def added(client: str, sending: Sending, *denied: str) -> list[tuple[str, str]]:
        build = build_for(client)
        bare = {*built_in_parts(build, build.model, sending=sending, frames=(), denied=denied)}
        with_them = built_in_parts(build, build.model, sending=sending, frames=(), denied=denied, resources=True)
        return sorted((part.category, part.name) for part in {*with_them} - bare)

    tools = ["ListMcpResourcesTool", "ReadMcpResourceDirTool", "ReadMcpResourceTool"]
    assert added("claude-code", NAMES) == [("deferred tool names", name) for name in tools]
    assert added("claude-code", DEFINITIONS) == [("built-in tools", name) for name in tools]
    assert added("claude-code", NAMES, tools[0]) == [("deferred tool names", name) for name in tools[1:]]
    assert {category for category, _ in added("codex", NAMES)} == {"built-in tools"}
    assert {category for category, _ in added("opencode", DEFINITIONS)} == {"built-in tools"}


def test_what_is_left_out_weighs_less_than_nothing():
    build = build_for("claude-code")
    part = left_out_part(build, build.model, 134)
    assert part.bytes == -134
    assert -134 < part.count.value < 0
