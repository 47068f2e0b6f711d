import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import Settings, settings_of


@given(st.builds(Settings, keep_tools=st.lists(st.text(max_size=5), max_size=3).map(tuple)))
def test_settings_that_were_written_down_read_back_the_same(settings):
    assert settings_of(json.loads(json.dumps(settings.plain()))) == settings


def test_what_a_later_version_added_is_left_out_and_what_is_missing_is_usual():
    assert settings_of({"admit_to": 9, "invented later": True}) == Settings(admit_to=9)


@pytest.mark.parametrize("wrong", [{"recall": "telepathy"}, {"admit": "yes"}, {"admit_to": "9"}])
def test_a_wrong_value_is_refused_and_named(wrong):
    with pytest.raises(msgspec.ValidationError, match=next(iter(wrong))):
        settings_of(wrong)
