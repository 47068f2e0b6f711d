import pytest

from agentforge.simulate.catalogue import anthropic_models, openai_models
from agentforge.simulate.reply import Refusal
from agentforge.tokens import known_models, merge_endpoint, model
from agentforge.wire.jsontext import dump
from simulate.asking import KEY, MODEL, OPENAI_KEY, ask, provider


def test_the_list_has_every_claude_model():
    listed = anthropic_models()
    assert [one["id"] for one in listed["data"]] == [one.id for one in known_models() if one.id.startswith("claude-")]
    assert (listed["first_id"], listed["has_more"]) == (listed["data"][0]["id"], False)


@pytest.mark.parametrize("one", [one for one in known_models() if one.id.startswith("claude-") and one.window])
def test_law_8_what_the_endpoint_says_of_a_model_is_what_we_know(one):
    assert merge_endpoint(one, dump(anthropic_models(one.id))).window == one.window
    merged = merge_endpoint(one, dump(anthropic_models(one.id)))
    assert set(merged.thinking) == set(model(one.id).thinking)


def test_an_unknown_model_is_not_found():
    for ask_for in (anthropic_models, openai_models):
        with pytest.raises(Refusal) as refused:
            ask_for("nobody")
        assert refused.value.status == 404


def test_both_providers_serve_their_models():
    of = provider()
    assert ask(of, b"", f"/v1/models/{MODEL}", method="GET").plain["max_input_tokens"] == 1_000_000
    assert ask(of, b"", "/v1/models?limit=1000", method="GET").plain["data"]
    assert ask(of, b"", "/v1/models", method="GET", headers=OPENAI_KEY).plain["object"] == "list"
    assert ask(of, b"", "/v1/models/gpt-5.5", method="GET", headers=OPENAI_KEY).plain["id"] == "gpt-5.5"
    missing = ask(of, b"", "/v1/models/nobody", method="GET", headers=OPENAI_KEY)
    assert (missing.status, missing.plain["error"]["code"]) == (404, "model_not_found")
    assert ask(of, b"", "/v1/models/nobody", method="GET").status == 404
    assert ask(of, b"", "/v1/models", method="HEAD", headers=KEY).reply.body == b""
