import json

import pytest
from hypothesis import assume, given, settings

from agentforge.simulate.weighing import weigh
from agentforge.tokens import count_request
from agentforge.wire import decode_request
from agentforge.wire.jsontext import dump
from simulate.asking import MODEL, ask, assistant, body, call, counted, long, provider, result, text, tool, user
from strategies import conversations


def loaded(weighed):
    return weighed.frame + sum(weighed.tools) + sum(weighed.system) + sum(map(sum, weighed.messages))


CONVERSATION = body(
    long(50), assistant("I look", call()), user(result(content=long(300)), "go on"), system="be", tools=[tool()]
)


def test_the_pieces_weigh_what_the_counter_says_the_whole_weighs():
    whole = count_request(decode_request("anthropic", dump(CONVERSATION))).estimate.value
    assert loaded(weigh("anthropic", MODEL, CONVERSATION)) == whole


def test_the_endpoint_counts_what_tokens_count_says():
    whole = count_request(decode_request("anthropic", dump(CONVERSATION))).estimate.value
    assert counted(provider(), CONVERSATION) == whole


def test_white_space_between_members_weighs_nothing():
    spaced = json.dumps({**CONVERSATION, "max_tokens": 5}, indent=4).encode()
    assert ask(provider(), spaced).prompt == counted(provider(), CONVERSATION)


def test_a_message_without_blocks_still_has_its_frame():
    (frame,) = weigh("anthropic", MODEL, body({"role": "user", "content": []})).messages[0]
    assert frame > 0


def test_a_prompt_without_a_system_prompt_has_no_weight_there():
    assert weigh("anthropic", MODEL, body()).system == ()
    assert len(weigh("anthropic", MODEL, body(system=[text("a"), text("b")])).system) == 2


@pytest.mark.parametrize("dialect", ["anthropic", "openai-chat", "openai-responses"])
def test_law_8_pieces_and_whole_agree_in_every_dialect(dialect):
    @settings(max_examples=20)
    @given(conversations(dialect))
    def agree(plain):
        body_ = dump(plain)
        assume(plain["model"])
        request = decode_request(dialect, body_)
        assert loaded(weigh(dialect, "gpt-5.5", plain)) == count_request(request, "gpt-5.5").estimate.value

    agree()
