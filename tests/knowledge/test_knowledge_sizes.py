import pytest

from agentforge.knowledge.sizes import build_for, builds, reported


@pytest.mark.parametrize("build", builds(), ids=lambda build: f"{build.client}-{build.model}")
def test_the_parts_and_tools_of_a_build_add_up_to_its_request(build):
    sizes = [*build.parts.values(), *build.tools.values()]
    prompt = len("hello")
    assert sum(size.bytes for size in sizes) + prompt == build.total.bytes
    assert sum(size.tokens for size in sizes) == build.total.tokens


@pytest.mark.parametrize("build", builds(), ids=lambda build: f"{build.client}-{build.model}")
def test_a_build_says_when_and_how_it_was_measured(build):
    assert build.measured.startswith("2026-")
    assert build.version
    assert build.start
    assert build.window >= 200_000


def test_a_build_is_found_by_model_and_else_the_nearest_is_taken():
    assert build_for("claude-code", "claude-sonnet-4-5").window == 200_000
    assert build_for("claude-code", "claude-of-tomorrow").window == 1_000_000
    assert build_for("codex").client == "codex"
    assert build_for("some-client").client == "claude-code"


def test_sums_found_elsewhere_name_client_version_and_set_up():
    assert len({(one.client, one.version, one.model, one.setup) for one in reported()}) == len(reported())
    assert {"claude-code", "codex", "opencode", "gemini-cli"} <= {one.client for one in reported()}
