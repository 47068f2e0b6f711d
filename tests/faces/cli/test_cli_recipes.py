import json
import tomllib
from itertools import pairwise

import pytest

from agentforge.faces.cli.headless import URL
from agentforge.faces.cli.recipes import CLAUDE_CODE, CODEX, KEY, OPENCODE, RECIPES, Wish, variables
from agentforge.faces.cli.witness import NAME

SECRET = {
    "ANTHROPIC_API_KEY": "sk-real",
    "ANTHROPIC_AUTH_TOKEN": "real",
    "ANTHROPIC_BASE_URL": "https://example.com",
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "OPENAI_API_KEY": "sk-real",
    "HTTPS_PROXY": "http://example.com",
    "CLAUDECODE": "1",
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_client_gets_the_users_variables_but_no_key_and_no_other_road(recipe):
    told = variables({**SECRET, "PATH": "/bin", "ENABLE_TOOL_SEARCH": "false", "POST_TOKEN": "t"}, recipe)

    assert {told[name] for name in ("PATH", "ENABLE_TOOL_SEARCH", "POST_TOKEN")} == {"/bin", "false", "t"}
    assert not set(told.values()) & {*SECRET.values()} - {"1"}
    assert "CLAUDECODE" not in told
    assert "127.0.0.1" in told["NO_PROXY"]


def test_claude_code_is_told_by_settings_that_are_stronger_than_the_users():
    words = CLAUDE_CODE.start(Wish("hello", "claude-opus-5-5")).words
    told = json.loads(words[words.index("--settings") + 1])

    assert told["env"]["ANTHROPIC_BASE_URL"] == URL
    assert told["env"]["ANTHROPIC_AUTH_TOKEN"] == ""
    assert words[words.index("--model") + 1] == "claude-opus-5-5"
    assert "--mcp-config" not in words


def test_the_bare_claude_code_has_the_settings_that_choose_words_and_none_that_bring_something():
    settings = {
        "model": "opus",
        "hooks": {"Stop": []},
        "env": {"ENABLE_TOOL_SEARCH": "false", "ANTHROPIC_API_KEY": "x"},
    }
    words = CLAUDE_CODE.start(Wish("hello", settings=settings, bare=True, witness=True)).words
    told = json.loads(words[words.index("--settings") + 1])

    assert (told["model"], told["env"]["ENABLE_TOOL_SEARCH"], told["env"]["ANTHROPIC_API_KEY"]) == (
        "opus",
        "false",
        KEY,
    )
    assert "hooks" not in told
    assert NAME in json.loads(words[words.index("--mcp-config") + 1])["mcpServers"]


def test_codex_is_told_in_toml():
    settings = {"model": "gpt-5.5", "features": {"web": True}, "mcp_servers": {"post": {"command": "x"}}}
    words = CODEX.start(Wish("hello", settings=settings, bare=True, witness=True)).words
    told = [word for before, word in pairwise(words) if before == "-c"]
    said = {name: tomllib.loads(f"it = {value}")["it"] for name, _, value in (one.partition("=") for one in told)}

    assert said["model_providers.simulated"]["base_url"] == f"{URL}/v1"
    assert (said["model"], said["features.web"]) == ("gpt-5.5", True)
    assert [name for name in said if name.startswith("mcp_servers")] == [f"mcp_servers.{NAME}"]
    assert words[-1] == "hello"


@pytest.mark.parametrize(
    ("wish", "model"),
    [
        (Wish("hello"), "anthropic/claude-sonnet-5"),
        (Wish("hello", settings={"model": "openai/gpt-5.5"}), "openai/gpt-5.5"),
        (Wish("hello", "claude-opus-5-5", {"model": "openai/gpt-5.5"}), "anthropic/claude-opus-5-5"),
        (Wish("hello", "gpt-4.1"), "openai/gpt-4.1"),
    ],
)
def test_opencode_asks_our_provider_whatever_its_model_is(wish, model):
    start = OPENCODE.start(wish)
    told = json.loads(start.env["OPENCODE_CONFIG_CONTENT"])

    assert start.words[start.words.index("--model") + 1] == model
    assert told["provider"][model.partition("/")[0]]["options"]["baseURL"] == f"{URL}/v1"


def test_the_bare_opencode_knows_the_users_providers_and_our_witness():
    providers = {"mine": {"npm": "@ai-sdk/openai-compatible", "models": {"m": {}}}}
    start = OPENCODE.start(
        Wish("hello", "mine/m", {"provider": providers, "mcp": {"post": {}}}, bare=True, witness=True)
    )
    told = json.loads(start.env["OPENCODE_CONFIG_CONTENT"])

    assert told["provider"]["mine"]["npm"] == "@ai-sdk/openai-compatible"
    assert list(told["mcp"]) == [NAME]
