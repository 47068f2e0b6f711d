import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.simulate.whatif.known import Scale, Weighed, filler, scale_of
from agentforge.simulate.whatif.threads import Turn
from agentforge.tokens import counter_for
from agentforge.wire import Usage


def turns(*prompts, starts=()):
    told = dict(starts)
    return [
        Turn(told.get(at, "continued" if at else "first"), at, (), (), "", "m", Usage(prompt) if prompt else None)
        for at, prompt in enumerate(prompts)
    ]


@given(slope=st.floats(0.5, 2.0), unseen=st.integers(0, 50_000), asked=st.lists(st.integers(200, 5_000), min_size=3))
def test_law_8_what_was_charged_sets_the_scale(slope, unseen, asked):
    weighed = [Weighed(weight, 50, 60) for weight in asked]
    prompts, told = [], unseen + 10
    for weight in asked:
        told += round(weight * slope)
        prompts.append(told)
        told += 60
    scale = scale_of(turns(*prompts), weighed, 10)
    assert scale.method == "calibrated"
    assert scale.slope == pytest.approx(slope, abs=0.01)
    assert scale.unseen == pytest.approx(unseen, abs=asked[0] * 0.01 + 1)


def test_without_charges_everything_is_an_estimate():
    assert scale_of(turns(0, 0), [Weighed(10, 5, None)] * 2, 10) == Scale("estimated", 1.0, 0, ())


def test_growth_that_the_transcript_cannot_have_caused_sets_no_scale():
    weighed = [Weighed(100, 0, 0)] * 3
    assert scale_of(turns(1000, 9000, 9100), weighed, 0).slope == 1.0


def test_what_a_compaction_left_untold_is_known_from_the_next_charge():
    weighed = [Weighed(100, 0, 0)] * 3
    scale = scale_of(turns(1000, 1100, 1600, starts=[(2, "compacted")]), weighed, 0)
    assert (scale.unseen, scale.more) == (900, ((2, 600),))


def test_a_thread_whose_first_charge_is_not_told_learns_from_the_next():
    weighed = [Weighed(100, 20, None)] * 2
    assert scale_of(turns(0, 1000), weighed, 0).unseen == 1000 - 100 - 20 - 100


@pytest.mark.parametrize("model", ["claude-opus-5-5", "gpt-5.5"])
@settings(max_examples=20)
@given(tokens=st.integers(0, 3_000))
def test_a_filler_weighs_what_it_stands_for(model, tokens):
    assert tokens - 2 <= counter_for(model).text(filler(counter_for(model), tokens)).value <= max(tokens, 2)
