import pytest

from agentforge.knowledge.mcp import ProbedTool
from agentforge.wire.jsontext import Json


def test_raw_is_the_compact_json_of_what_a_provider_is_sent():
    tool = ProbedTool('say "hé"', "line\nline", Json.of({"type": "object"}))
    assert tool.raw == '{"name":"say \\"hé\\"","description":"line\\nline","input_schema":{"type":"object"}}'.encode()


@pytest.mark.parametrize(
    ("meta", "wanted"),
    [
        (None, False),
        ({"anthropic/alwaysLoad": True}, True),
        ({"anthropic/alwaysLoad": "yes"}, False),
        (["anthropic/alwaysLoad"], False),
    ],
)
def test_only_a_true_flag_keeps_a_tool_from_being_deferred(meta, wanted):
    tool = ProbedTool("t", "", Json.of({}), meta=None if meta is None else Json.of(meta))
    assert tool.always_load is wanted
