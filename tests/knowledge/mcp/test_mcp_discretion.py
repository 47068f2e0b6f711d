from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.items import Server, Source
from agentforge.knowledge.mcp.discretion import hide, repeats, secrets_of
from agentforge.wire.jsontext import dump

SOURCE = Source("claude-code", "user", "/h/.claude.json")


def test_secrets_are_the_values_of_environment_headers_and_urls():
    server = Server(
        "s",
        "http",
        SOURCE,
        env={"A": "stdio", "B": "sk-123456"},
        url="https://name:password@example.com/mcp?key=abcdef",
        headers={"Authorization": "Bearer token-1"},
    )
    assert set(secrets_of(server)) == {
        "sk-123456",
        "Bearer token-1",
        "Bearer",
        "token-1",
        "key=abcdef",
        "abcdef",
        "password",
    }


def test_a_url_that_is_none_breaks_nothing():
    assert secrets_of(Server("s", "http", SOURCE, url="http://[broken?key=1")) == ("http://[broken?key=1",)


def test_a_terminal_is_not_moved():
    assert hide("\x1b[2J\x1b]0;title\x07a\x08\tb\r\n", ()) == "a\tb\n"


@given(st.dictionaries(st.text(max_size=3), st.text(min_size=6, max_size=12), max_size=3), st.text(), st.text())
def test_law_6_no_secret_is_left_in_a_text_or_overlooked_in_json(env, before, after):
    secrets = secrets_of(Server("s", "stdio", SOURCE, ("x",), env=env))
    for secret in secrets:
        assert secret not in hide(before.replace("*", "") + secret, [secret]).replace("***", "")
        assert repeats(dump({"a": before + secret + after}), secrets)
