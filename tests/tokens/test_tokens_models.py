import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.tokens import demand, known_models, merge_endpoint, model
from agentforge.wire.errors import TokensError, UnknownModel


@pytest.mark.parametrize(
    ("asked", "same_as"),
    [
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-opus-4-5-20251101", "claude-opus-4-5"),
        ("claude-opus-5-5-latest", "claude-opus-5-5"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("us.anthropic.claude-opus-5-5-20260922-v1:0", "claude-opus-5-5"),
        ("anthropic/claude-opus-5", "claude-opus-5"),
        ("fable-5", "claude-fable-5"),
        ("gpt-5.5-2026-04-01", "gpt-5.5"),
        ("gpt-4.1-mini", "gpt-4.1-mini"),
        ("Claude-Opus-5-5", "claude-opus-5-5"),
    ],
)
def test_a_model_is_found_by_any_of_its_names(asked: str, same_as: str) -> None:
    found, plain = model(asked), model(same_as)
    assert found.known
    assert (found.id, plain.id) == (asked, same_as)
    assert (found.window, found.prices, found.cache_minimum) == (plain.window, plain.prices, plain.cache_minimum)


@pytest.mark.parametrize("name", ["claude-opus-5-7", "claude-opus-55", "claude-opus-5-5-turbo", "gpt-5", "", "llama"])
def test_a_name_that_only_begins_like_a_known_one_is_unknown(name: str) -> None:
    unknown = model(name)
    assert not unknown.known
    assert unknown.window is None
    assert unknown.prices.input is None


@given(st.text())
def test_no_name_is_too_odd_to_ask_for(name: str) -> None:
    assert model(name).id == name


def test_demanding_an_unknown_model_is_an_error_that_says_what_to_do() -> None:
    assert demand("claude-opus-5-5").known
    with pytest.raises(UnknownModel, match="/v1/models/nobody"):
        demand("nobody")


def test_the_table_says_what_was_published() -> None:
    opus = model("claude-opus-5-5")
    assert (opus.window, opus.max_output, opus.cache_minimum) == (1_000_000, 128_000, 512)
    assert opus.prices.read == Decimal("0.20")
    assert opus.thinking == ("adaptive",)
    assert model("claude-fable-5-2").prefix_check == "everyone"
    assert model("claude-fable-5-2").prices.write_1h is None
    assert model("gpt-5.5").prices.input is None


def test_every_model_of_the_table_is_dated_and_has_a_source() -> None:
    assert all(one.known and one.date and one.source for one in known_models())


@pytest.mark.parametrize("one", known_models(), ids=lambda one: one.id)
def test_the_prices_of_a_model_stand_in_their_usual_order(one) -> None:
    for prices in (one.prices, one.step.prices if one.step else one.prices):
        known = [price for price in (prices.read, prices.input, prices.write_5m, prices.write_1h) if price is not None]
        assert known == sorted(known)
        assert prices.output is None or prices.output > prices.input


def test_a_long_prompt_has_its_own_prices() -> None:
    haiku = model("claude-haiku-5-5")
    assert haiku.prices_for(100_000).input == Decimal("0.10")
    assert haiku.prices_for(100_001).input == Decimal("0.50")
    assert model("claude-opus-5-5").prices_for(900_000) == model("claude-opus-5-5").prices


def test_the_endpoint_fills_in_what_it_tells_and_leaves_the_rest() -> None:
    types = {"adaptive": {"supported": True}, "enabled": {"supported": False}, "disabled": {"supported": True}}
    answer = {
        "type": "model",
        "id": "claude-new-6",
        "display_name": "New",
        "max_input_tokens": 2_000_000,
        "max_tokens": None,
        "lifecycle": "active",
        "capabilities": {"thinking": {"supported": True, "types": types}},
    }
    merged = merge_endpoint(model("claude-new-6"), json.dumps(answer).encode())
    assert merged.known
    assert (merged.window, merged.max_output, merged.lifecycle) == (2_000_000, None, "active")
    assert merged.thinking == ("adaptive", "disabled")
    assert merged.prices.input is None
    known = merge_endpoint(model("claude-opus-5-5"), b'{"id": "claude-opus-5-5"}')
    assert known == model("claude-opus-5-5")


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b'{"max_tokens": "many"}', b"\xff\xfe"])
def test_an_answer_that_describes_no_model_is_an_error(answer: bytes) -> None:
    with pytest.raises(TokensError, match="no description of a model"):
        merge_endpoint(model("claude-opus-5-5"), answer)
