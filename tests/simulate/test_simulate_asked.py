import pytest

from agentforge.simulate.asked import LARGEST, NEW_VERSION, known_abilities, read_asked
from agentforge.simulate.reply import Refusal
from simulate.asking import KEY, MODEL, OLD, ask, body, provider

BODY = b'{"model":"claude-opus-5-5","max_tokens":1,"messages":[]}'


def test_a_request_is_read_with_its_version_and_betas():
    headers = {"anthropic-version": NEW_VERSION, "anthropic-beta": "a-1, b-2 ,"}
    asked = read_asked(headers, BODY)
    assert (asked.model.model, asked.version, asked.betas) == (MODEL, NEW_VERSION, {"a-1", "b-2"})
    assert asked.has_beta("b-")
    assert not asked.has_beta("c-")


@pytest.mark.parametrize(
    ("headers", "sent", "status", "said"),
    [
        ({}, BODY, 400, "anthropic-version: header is required"),
        ({"anthropic-version": "1"}, BODY, 400, 'anthropic-version: "1" is not a valid version'),
        (KEY, b"[]", 400, "The request body must be a JSON object"),
        (KEY, b"{}", 400, "model: Field required"),
        (KEY, b'{"model":7}', 400, "model: Input should be a valid string"),
        (KEY, b'{"model":"claude-9"}', 404, "model: claude-9"),
        (KEY, b'{"model":"gpt-5.5"}', 404, "model: gpt-5.5"),
        (KEY, b" " * (LARGEST + 1), 413, "Request exceeds the maximum allowed number of bytes: 32 MB"),
    ],
)
def test_what_is_no_request_is_refused(headers, sent, status, said):
    with pytest.raises(Refusal) as refused:
        read_asked(headers, sent)
    assert (refused.value.status, str(refused.value)) == (status, said)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (BODY[:-5], "line 1, column "),
        (b"", "line 1, column 1"),
        (b'{"model":NaN}', "NaN is not JSON"),
        (b'{"model":"\xff"}', "byte 0xff is not UTF-8"),
        (b'{"model":"\\ud800"}', "half of a surrogate pair"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_malformed_json_is_refused_and_its_place_named(sent, said):
    refused = ask(provider(), sent)
    assert refused.status == 400
    assert refused.plain["error"]["type"] == "invalid_request_error"
    assert refused.error.startswith("The request body is not valid: ")
    assert said in refused.error


def test_a_dated_id_has_the_models_own_name():
    assert known_abilities(f"{OLD}-20250929").model == OLD
    assert ask(provider(), body(model=f"{OLD}-20250929")).plain["model"] == f"{OLD}-20250929"
