import pytest

from agentforge.audit import BUILT_IN
from agentforge.audit.built_in import built_in_parts
from agentforge.knowledge import build_for, builds


@pytest.mark.parametrize("build", builds(), ids=lambda build: f"{build.client}-{build.model}")
def test_the_parts_are_the_bytes_that_were_measured(build):
    parts = list(built_in_parts(build, build.model, deferring=True, frames=()))
    assert sum(part.bytes for part in parts) == build.total.bytes - len("hello")
    assert {part.source for part in parts} == {BUILT_IN}
    assert all(part.count.error is not None for part in parts)


def test_without_tool_search_all_tools_are_sent_and_those_that_search_are_not():
    build = build_for("claude-code", "claude-opus-5-5")
    parts = list(built_in_parts(build, build.model, deferring=False, frames=()))
    tools = {part.name for part in parts if part.category == "built-in tools"}
    assert len(tools) == 21
    assert "WebFetch" in tools
    assert not {"ToolSearch", "DeferredToolPlaceholder"} & tools
    assert not [part for part in parts if part.category == "deferred tool names"]


def test_a_tool_that_is_denied_is_not_sent():
    build = build_for("claude-code", "claude-opus-5-5")
    parts = built_in_parts(build, build.model, deferring=True, frames=(), denied={"Workflow"})
    assert "Workflow" not in {part.name for part in parts}


def test_a_frame_is_there_only_where_there_is_something_to_frame():
    build = build_for("claude-code", "claude-opus-5-5")
    framed = list(built_in_parts(build, build.model, deferring=True, frames=("memory", "none such")))
    bare = list(built_in_parts(build, build.model, deferring=True, frames=()))
    (frame,) = set(framed) - set(bare)
    assert (frame.category, frame.bytes) == ("memory", build.frames["memory"].bytes)


def test_for_a_model_that_was_not_measured_nobody_knows_how_far_off_it_is():
    build = build_for("claude-code", "claude-opus-5-5")
    parts = built_in_parts(build, "claude-opus-4-8", deferring=True, frames=())
    assert {part.count.error for part in parts} == {None}
