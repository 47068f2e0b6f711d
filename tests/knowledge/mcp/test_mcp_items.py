from dataclasses import replace

from agentforge.knowledge.items import Server, Source
from agentforge.knowledge.mcp import Probed, ProbedTool, items_of, tool_name
from agentforge.wire.jsontext import Json

SERVER = Server("my server", "stdio", Source("claude-code", "project", "/p/.mcp.json", 3), ("x",))
TOOL = ProbedTool("do.it", "Does it.", Json.of({"type": "object"}), meta=Json.of({"anthropic/alwaysLoad": True}))


def test_names_are_those_a_model_sees():
    assert tool_name("my server", "do.it") == "mcp__my_server__do_it"
    assert tool_name("plugin:p:s", "t") == "mcp__plugin_p_s__t"


def test_a_server_and_its_tools_are_items_of_its_configuration():
    row = Probed(SERVER, "ok", (TOOL, replace(TOOL, name="b", meta=None)), instructions="be kind", program="x")
    server, one, two = items_of(row)
    assert (server.kind, server.name, server.body, server.activation) == (
        "mcp_server",
        "my server",
        "be kind",
        "always",
    )
    assert (one.kind, one.name, one.description, one.body) == (
        "tool",
        "mcp__my_server__do_it",
        "Does it.",
        '{"type":"object"}',
    )
    assert (one.activation, two.activation) == ("always", "deferred")
    assert {str(item.source) for item in (server, one, two)} == {"/p/.mcp.json:3"}
    assert one.extra["_meta"] == {"anthropic/alwaysLoad": True}
    assert len({item.id for item in (server, one, two)}) == 3


def test_a_server_that_failed_is_an_item_without_tools():
    (server,) = items_of(Probed(SERVER, "failed", problem="ended"))
    assert (server.extra["status"], server.extra["problem"]) == ("failed", "ended")


def test_a_server_that_is_set_to_load_has_all_its_tools_loaded():
    row = Probed(replace(SERVER, always_load=True), "ok", (replace(TOOL, meta=None),))
    assert items_of(row)[1].activation == "always"


def test_opencode_gives_tools_other_names():
    assert tool_name("my__server", "do.it", "opencode") == "my__server_do_it"
