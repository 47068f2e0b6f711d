from hypothesis import given

from agentforge.context.transforms.results import brought_by, results_in, rewritten
from agentforge.wire import DIALECTS, Message, ToolResult, decode_request, encode_request
from context.sessions import FILE, Turn, request
from strategies import anthropic_requests, texts


def test_each_result_comes_with_its_call_and_the_words_before_it():
    turns = [
        Turn(said="First."),
        Turn("Read", {"path": "a"}, "one"),
        Turn(said="Then."),
        Turn("Bash", {"cmd": "b"}, "two"),
    ]
    for dialect in DIALECTS:
        found = list(results_in(request(dialect, turns)))
        assert [(one.call.tool, one.said.text, one.prompt) for one in found] == [
            ("Read", "one", "First."),
            ("Bash", "two", "Then."),
        ]
        assert found[0].call.input == {"path": "a"}


def test_a_result_without_its_call_is_found_all_the_same():
    body = b'{"model":"m","messages":[{"role":"tool","tool_call_id":"lost","content":"words"}]}'
    (found,) = results_in(decode_request("openai-chat", body))
    assert (found.use, found.call.tool, found.said.text) == (None, "", "words")


def test_reminders_are_no_words_of_the_user():
    body = (
        b'{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>x</system-reminder>"},'
        b'{"type":"text","text":"Mend it."}]}]}'
    )
    request = decode_request("anthropic", body)
    assert brought_by(request.messages[0], "anthropic").prompt == "Mend it."


def test_only_the_text_that_is_replaced_changes():
    came = request("anthropic", [Turn("Read", {"path": "a"}, FILE), Turn("Read", {"path": "b"}, "short")])
    first = next(iter(results_in(came)))
    sent = rewritten(came, {first.message: {first.said: "cut"}})
    assert [found.said.text for found in results_in(sent)] == ["cut", "short"]
    assert all(
        a is b for at, (a, b) in enumerate(zip(came.messages, sent.messages, strict=True)) if at != first.message
    )
    assert rewritten(came, {}) is came


def test_a_message_made_by_hand_is_read_and_rewritten_like_one_from_the_wire():
    message = Message("user", (ToolResult("toolu_1", FILE),))
    came = decode_request("anthropic", b'{"model":"m","messages":[]}')
    came = type(came)(came.dialect, came.model, (message,))
    (found,) = results_in(came)
    sent = rewritten(came, {0: {found.said: "cut"}})
    assert b"cut" in encode_request(sent)


@given(texts(anthropic_requests))
def test_odd_requests_are_looked_through_without_harm(body):
    came = decode_request("anthropic", body)
    found = list(results_in(came))
    assert all(one.said.text is not None for one in found)
