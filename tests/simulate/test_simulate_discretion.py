import pytest

from agentforge.simulate.discretion import LEFT_OUT, shown_headers, shown_target


@pytest.mark.parametrize(
    "name",
    ["anthropic-version", "anthropic-beta", "x-claude-code-session-id", "x-stainless-retry-count", "x-app", "accept",
     "accept-encoding", "user-agent", "content-type", "content-length", "host", "session_id", "openai-beta"],
)  # fmt: skip
def test_a_header_that_is_known_to_be_harmless_is_shown(name):
    assert shown_headers({name: "v"}) == {name: "v"}


@pytest.mark.parametrize(
    "name", ["authorization", "x-api-key", "cookie", "x-vault", "x-claude-token", "anthropic-api-key", "x-amz-security"]
)
def test_any_other_header_is_shown_by_name_alone(name):
    assert shown_headers({name: "v"}) == {name: LEFT_OUT}


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/v1/messages", "/v1/messages"),
        ("/v1/models?limit=5&after_id=a", "/v1/models?limit=5&after_id=a"),
        ("/v1/models?key=abc&beta=true&x=", f"/v1/models?key={LEFT_OUT}&beta=true&x={LEFT_OUT}"),
        ("/v1/models?abc", f"/v1/models?{LEFT_OUT}"),
        ("/v1/models?", "/v1/models?"),
    ],
)
def test_a_query_shows_the_values_of_its_harmless_members(target, shown):
    assert shown_target(target) == shown
