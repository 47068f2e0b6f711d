import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.simulate.abilities import abilities_of
from agentforge.simulate.asked import Asked
from agentforge.simulate.refusals import RULES, check, check_signatures
from agentforge.simulate.reply import Refusal
from agentforge.simulate.signing import Fault
from agentforge.tokens import model
from simulate.asking import MODEL, OLD, body, tool, user
from strategies import REQUESTS


def outcome(rule, *given):
    """The refusal that a rule raises, or None."""
    try:
        rule(*given)
    except Refusal as refusal:
        return refusal
    return None


def test_the_rules_start_with_the_form_that_all_others_rely_on():
    assert RULES[0].__name__ == "check_form"
    assert all(rule.__doc__ and rule.__doc__.startswith("Raises where") for rule in RULES)


def test_a_good_request_passes_them_all():
    check(Asked(body(user("a", "b"), system="s", tools=[tool()]), abilities_of(model(MODEL))))


@settings(max_examples=150)
@given(REQUESTS["anthropic"], st.sampled_from([MODEL, OLD]), st.booleans())
def test_any_request_passes_or_earns_a_refusal_and_nothing_else(plain, name, counting):
    refused = outcome(check, Asked(plain, abilities_of(model(name)), counting=counting))
    assert refused is None or (refused.status == 400 and refused.message)


@pytest.mark.parametrize(
    ("reason", "behaviour", "enforced", "refused"),
    [
        ("tampered", "drop_block", False, True),
        ("prefix_binding_mismatch", None, None, True),
        ("prefix_binding_mismatch", None, False, False),
        ("prefix_binding_mismatch", "error", False, True),
        ("prefix_binding_mismatch", "drop_block", True, False),
        ("model_binding_mismatch", "error", True, False),
    ],
)
def test_signatures_are_refused_by_account_and_by_what_the_request_wants(reason, behaviour, enforced, refused):
    binding = {"prefix_mismatch_behavior": behaviour} if behaviour else {}
    plain = body(thinking={"type": "adaptive", "block_binding": binding})
    asked = Asked(plain, abilities_of(model(MODEL)), enforce_prefix=enforced)
    refusal = outcome(check_signatures, asked, [Fault((1, 0), reason, "system")])
    assert (refusal is not None) == refused
    if refusal:
        assert refusal.message.startswith("messages.1.content.0: Invalid `signature` in `thinking` block.")
