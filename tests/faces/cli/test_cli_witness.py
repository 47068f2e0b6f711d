import sys

from agentforge.faces.cli.witness import NAME, answer
from agentforge.knowledge import Server, Source
from agentforge.knowledge.mcp import probe


def test_the_witness_is_a_server_the_official_client_understands():
    source = Source("claude-code", "project", "/p/.mcp.json")
    server = Server(NAME, "stdio", source, (sys.executable, "-m", "agentforge.faces.cli.witness"))
    row = probe([server], timeout=20, cache_dir=None, clock=lambda: 0)[0]

    assert (row.status, row.problem) == ("ok", "")
    assert [tool.name for tool in row.tools] == ["nothing"]
    assert row.instructions == NAME
    assert row.resources


def test_what_it_does_not_know_it_says_and_notifications_it_does_not_answer():
    assert answer({"method": "notifications/initialized"}) is None
    told = answer({"id": 1, "method": "sampling/createMessage"})
    assert told is not None
    assert told["error"]["code"] == -32601
