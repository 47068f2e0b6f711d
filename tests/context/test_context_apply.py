from dataclasses import replace

from agentforge.context import RULES, UNTOUCHED, Change, Receipt, SessionView, Settings, Transform
from agentforge.context import apply as apply_transforms
from agentforge.wire import Message, Request

REQUEST = Request("anthropic", "claude-opus-5-5", (Message("user", "one"),))


def adding(name):
    def run(request, view):
        said = replace(request.messages[0], content=f"{request.messages[0].content} {name}")
        change = Change("messages.0", "", name, "why not")
        return replace(request, messages=(said,)), Receipt(name, "causal", (change,))

    return Transform(name, "causal", run)


def idle(request, view):
    return request, Receipt("idle", "causal")


def test_transforms_run_in_their_order_each_on_what_the_one_before_made():
    request, receipts = apply_transforms(REQUEST, SessionView(Settings()), [adding("two"), adding("three")])
    assert request.messages[0].content == "one two three"
    assert [receipt.transform for receipt in receipts] == ["two", "three"]


def test_who_changed_nothing_leaves_no_receipt():
    request, receipts = apply_transforms(REQUEST, SessionView(Settings()), [Transform("idle", "causal", idle)])
    assert request is REQUEST
    assert receipts == ()


def test_a_session_that_is_to_be_left_alone_is_and_so_is_one_of_other_rules():
    for settings in (UNTOUCHED, Settings(rules=RULES + 1)):
        assert apply_transforms(REQUEST, SessionView(settings), [adding("two")]) == (REQUEST, ())
