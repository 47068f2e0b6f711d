import pytest

from agentforge.gateway import Config
from agentforge.wire.errors import UsageError


def test_the_providers_are_where_they_are_known_to_be():
    config = Config()
    assert config.base("anthropic") == "https://api.anthropic.com"
    assert config.base("openai-chat") == config.base("openai-responses") == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://o.example", "https://o.example/v1"),
        ("https://o.example/", "https://o.example/v1"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1"),
        ("https://o.example/api/v3", "https://o.example/api/v3"),
    ],
)
def test_an_openai_url_without_a_path_gets_the_version(given, kept):
    assert Config(openai=given).openai == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.anthropic.com",
        "ftp://a.example",
        "http://",
        "http://a:99999",
        "http://a/?x=1",
        "http://u:p@a",
        "http://[",
    ],
)
def test_what_is_no_url_of_a_provider_is_said_with_an_example(url):
    with pytest.raises(UsageError) as error:
        Config(anthropic=url)
    assert error.value.fix == "as in: --anthropic https://api.anthropic.com"


def test_a_gateway_does_not_send_to_itself():
    with pytest.raises(UsageError, match="is the gateway itself"):
        Config(anthropic="http://localhost:8787")
    assert Config(anthropic="http://localhost:8788").anthropic


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "box.example", "127.0.0.1.example"])
def test_others_may_only_connect_with_a_token(host):
    with pytest.raises(UsageError, match="others than this machine") as error:
        Config(host=host)
    assert "--token-file" in error.value.fix
    assert not Config(host=host, token="long-enough-to-guess-never").is_private


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_this_machine_needs_none(host):
    assert Config(host=host).is_private


def test_a_token_that_can_be_guessed_is_refused():
    with pytest.raises(UsageError, match="has 5 characters"):
        Config(token="short")
