import json

import pytest

from agentforge.tokens import count_tokens, family
from agentforge.tokens.families import data, families
from agentforge.tokens.kinds import KINDS

NEW, OLD = "claude-4.7-and-later", "claude-to-4.6"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("claude-opus-5-5", NEW),
        ("claude-opus-4-7", NEW),
        ("claude-opus-4-8", NEW),
        ("claude-haiku-5-5-20261007", NEW),
        ("claude-sonnet-9", NEW),
        ("claude-opus-4-6", OLD),
        ("claude-opus-4-20250514", OLD),
        ("claude-sonnet-4-5-20250929", OLD),
        ("claude-haiku-4-5", OLD),
        ("claude-3-5-haiku-latest", OLD),
        ("anthropic/claude-opus-4-8", NEW),
        ("us.anthropic.claude-sonnet-5-v1:0", NEW),
        ("gpt-5.5", "o200k"),
        ("gpt-4o-mini", "o200k"),
        ("o3-mini", "o200k"),
        ("gpt-4-turbo", "cl100k"),
        ("openai/gpt-5.4-nano", "o200k"),
    ],
)
def test_a_model_has_the_tokenizer_of_its_generation(model: str, name: str) -> None:
    assert family(model).name == name


def test_an_unknown_model_is_weighed_like_the_newest_with_a_wider_error() -> None:
    unknown, newest = family("llama-99"), family("claude-opus-5-5")
    assert not unknown.known
    assert unknown.name == newest.name
    assert unknown.total_error > newest.total_error
    assert all(unknown.ratios[kind].error > newest.ratios[kind].error for kind in KINDS)


@pytest.mark.parametrize("model", ["", " ", "💥", "a" * 10_000, "claude"])
def test_no_name_of_a_model_is_too_odd(model: str) -> None:
    assert not family(model).known


def test_every_family_knows_every_kind_of_text() -> None:
    assert all(set(one.ratios) == set(KINDS) for one in families().values())
    assert set(data()["members"].values()) <= set(families())


def test_openai_text_is_weighed_exactly() -> None:
    count = count_tokens("hello world", "gpt-5.5")
    assert (count.value, count.error) == (2, 0)


@pytest.mark.parametrize(
    "text",
    [
        "You are an agent. Read the file before you edit it, and run the tests when you are done.\n" * 20,
        json.dumps({"type": "object", "properties": {f"field_{n}": {"type": "string"} for n in range(40)}}),
        "# Rules\n\n- Never guess.\n- Ask before deleting.\n\n## Style\n\n- Short sentences.\n" * 10,
        "def f(x):\n    if x:\n        return [y for y in x]\n    return None\n\n" * 20,
    ],
)
def test_newer_claude_weighs_1_4_to_1_65_times_as_much_as_openai(text: str) -> None:
    ratio = count_tokens(text, "claude-opus-5-5").value / count_tokens(text, "gpt-5.5").value
    assert 1.4 <= ratio <= 1.65


def test_the_tool_prompt_is_the_models_own() -> None:
    assert family("claude-opus-4-8").tool_prompt.auto == 290
    assert family("claude-opus-4-7").tool_prompt.forced == 804
    assert family("claude-opus-5-5").tool_prompt.error > 0.5
    assert family("gpt-5.5").tool_prompt.auto == 0
