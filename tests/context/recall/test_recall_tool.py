from dataclasses import replace

from agentforge.context.recall import NAME, RECALL_TOOL, parse_query
from agentforge.wire import decode_request, encode_request


def test_the_tool_fits_into_a_request_of_any_dialect_and_is_small():
    for dialect, body in (
        ("anthropic", b'{"model":"m","messages":[]}'),
        ("openai-chat", b'{"model":"m","messages":[]}'),
        ("openai-responses", b'{"model":"m","input":[]}'),
    ):
        written = encode_request(replace(decode_request(dialect, body), tools=(RECALL_TOOL,)))
        assert b'"recall"' in written
        assert len(written) < 1_300


def test_every_argument_of_the_tool_is_understood():
    assert RECALL_TOOL.input_schema is not None
    properties = RECALL_TOOL.input_schema.value["properties"]
    said = {"handle": "recall:0123456789ab", "lines": "1-2", "characters": "3-4", "limit": 300}
    query = parse_query({key: said.get(key, "x=1") for key in properties})
    assert (query.pattern, query.path, query.where) == ("x=1", "x=1", "x=1")
    assert RECALL_TOOL.name == NAME
