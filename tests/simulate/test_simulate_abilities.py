import pytest

from agentforge.simulate.abilities import abilities_of
from agentforge.tokens import known_models, model


@pytest.mark.parametrize("one", known_models(), ids=lambda one: one.id)
def test_every_known_model_has_abilities_under_its_own_name(one):
    abilities = abilities_of(one)
    assert abilities.model == one.id
    assert abilities.window > 0
    assert abilities.cache_minimum > 0


@pytest.mark.parametrize(
    ("name", "adaptive_only", "thinks_unasked", "forced_tools", "system_messages", "prefix_check", "effort"),
    [
        ("claude-opus-5-5", True, True, False, True, True, "medium"),
        ("claude-fable-5-2", True, True, False, True, True, "high"),
        ("claude-haiku-5-5", True, True, True, True, True, "medium"),
        ("claude-opus-5", True, True, True, True, False, "high"),
        ("claude-opus-4-8", True, False, True, True, False, "high"),
        ("claude-opus-4-6", False, False, True, False, False, "high"),
        ("claude-sonnet-4-5", False, False, True, False, False, "high"),
    ],
)
def test_the_documented_switches(
    name, adaptive_only, thinks_unasked, forced_tools, system_messages, prefix_check, effort
):
    abilities = abilities_of(model(name))
    assert abilities.adaptive_only == adaptive_only
    assert abilities.thinks_unasked == thinks_unasked
    assert abilities.forced_tools == forced_tools
    assert abilities.system_messages == system_messages
    assert abilities.prefix_check == prefix_check
    assert abilities.effort == effort
