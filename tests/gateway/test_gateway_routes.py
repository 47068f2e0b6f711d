import pytest

from agentforge.gateway.config import Config
from agentforge.gateway.refusals import Refusal
from agentforge.gateway.routes import find_route

CONFIG = Config(anthropic="https://a.example", openai="https://o.example/v1")
CLAUDE = ((b"anthropic-version", b"2023-06-01"),)


def route(path, method="POST", query="", headers=(), config=CONFIG):
    return find_route(config, method, path.encode(), query.encode(), headers)


@pytest.mark.parametrize(
    ("path", "dialect", "operation", "url"),
    [
        ("/v1/messages", "anthropic", "answer", "https://a.example/v1/messages"),
        ("/v1/messages/", "anthropic", "answer", "https://a.example/v1/messages/"),
        ("/v1/messages/count_tokens", "anthropic", "count", "https://a.example/v1/messages/count_tokens"),
        ("/v1/messages/batches", "anthropic", "other", "https://a.example/v1/messages/batches"),
        ("/v1/chat/completions", "openai-chat", "answer", "https://o.example/v1/chat/completions"),
        ("/chat/completions", "openai-chat", "answer", "https://o.example/v1/chat/completions"),
        ("/v1/responses", "openai-responses", "answer", "https://o.example/v1/responses"),
        ("/v1/responses/compact", "openai-responses", "other", "https://o.example/v1/responses/compact"),
        ("/v1/embeddings", "openai-chat", "other", "https://o.example/v1/embeddings"),
        ("/v1/models", "openai-chat", "other", "https://o.example/v1/models"),
        ("/api/hello", "anthropic", "other", "https://a.example/api/hello"),
        ("/", "anthropic", "other", "https://a.example/"),
        ("//evil.example/v1/messages", "openai-chat", "other", "https://o.example/v1//evil.example/v1/messages"),
    ],
)
def test_the_path_tells_dialect_operation_and_upstream(path, dialect, operation, url):
    found = route(path)
    assert (found.dialect, found.operation, found.url) == (dialect, operation, url)


def test_only_a_post_asks_a_model():
    assert route("/v1/messages", "GET").operation == "other"
    assert route("/v1/messages", "GET").dialect == "anthropic"


@pytest.mark.parametrize(
    ("header", "dialect"),
    [
        ((b"anthropic-version", b"2023-06-01"), "anthropic"),
        ((b"x-api-key", b"k"), "anthropic"),
        ((b"user-agent", b"claude-cli/2.1.329 (external, cli)"), "anthropic"),
        ((b"authorization", b"Bearer k"), "openai-chat"),
    ],
)
def test_where_both_apis_have_a_path_the_headers_tell(header, dialect):
    assert route("/v1/models", "GET", headers=(header,)).dialect == dialect


@pytest.mark.parametrize("name", ["alpha", "a.b-c_D9", "x" * 64])
def test_a_project_comes_first_and_is_not_sent_on(name):
    found = route(f"/p/{name}/v1/messages", query="beta=true")
    assert (found.project, found.path) == (name, "/v1/messages")
    assert found.url == "https://a.example/v1/messages?beta=true"
    assert route(f"/p/{name}").url == "https://a.example/"


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a%2Fb", "x" * 65, "ü"])
def test_what_cannot_be_a_project_is_said(name):
    with pytest.raises(Refusal, match="a project's name in /p/NAME/ is 1 to 64") as refusal:
        route(f"/p/{name}/v1/messages")
    assert refusal.value.status == 404


def test_the_query_goes_on_as_it_came():
    assert route("/v1/messages", query="a=%20&b&&c=1+2").url == "https://a.example/v1/messages?a=%20&b&&c=1+2"


def test_the_upstreams_own_path_takes_the_place_of_ours():
    config = Config(anthropic="https://x.example/claude/", openai="https://x.example/paas/v4/")
    assert route("/v1/messages", config=config).url == "https://x.example/claude/v1/messages"
    assert route("/v1/chat/completions", config=config).url == "https://x.example/paas/v4/chat/completions"
