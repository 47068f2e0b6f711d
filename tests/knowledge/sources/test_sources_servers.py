import pytest

from agentforge.knowledge.files import Reading
from agentforge.knowledge.sources.servers import servers_in
from knowledge.laid import lay


def read(folder, servers: dict, env=None):
    reading = Reading()
    path = lay(folder, {"s.json": {"mcpServers": servers}}) / "s.json"
    return servers_in(reading.json(path), path, "user", "x", env or {}, reading), reading


def test_each_transport_is_read(tmp_path):
    servers, reading = read(
        tmp_path,
        {
            "a": {"command": "run", "args": ["-x", "1"], "env": {"K": "v", "N": 1}, "timeout": 5000},
            "b": {"type": "http", "url": "http://localhost/b", "headers": {"H": "v"}, "alwaysLoad": True},
            "c": {"type": "sse", "url": "http://localhost/c"},
            "d": {"type": "ws", "url": "ws://localhost/d", "disabled": True},
            "e": {"url": "http://localhost/e"},
        },
    )
    assert [(one.name, one.transport, one.enabled) for one in servers] == [
        ("a", "stdio", True),
        ("b", "http", True),
        ("c", "sse", True),
        ("d", "ws", False),
        ("e", "http", True),
    ]
    assert (servers[0].command, servers[0].env, servers[0].timeout) == (("run", "-x", "1"), {"K": "v", "N": "1"}, 5.0)
    assert (servers[1].url, servers[1].headers, servers[1].always_load) == ("http://localhost/b", {"H": "v"}, True)
    assert not reading.problems


def test_variables_are_filled_in_from_what_was_passed_and_from_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "from the real environment")
    config = {"command": "${BIN:-run}", "args": ["${A}", "${SECRET}"], "env": {"K": "x-${A}-y"}}
    servers, reading = read(tmp_path, {"a": config}, {"A": "1"})

    assert servers[0].command == ("run", "1", "${SECRET}")
    assert servers[0].env == {"K": "x-1-y"}
    assert [problem.what for problem in reading.problems] == [
        "the MCP server a needs the variable SECRET, which is not set"
    ]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ([], "is no object"),
        ({}, "has no url"),
        ({"type": "stdio"}, "has no command"),
        ({"type": "carrier-pigeon", "url": "x"}, "unknown type, carrier-pigeon"),
        ({"command": 3}, "has no url"),
    ],
)
def test_a_server_that_cannot_be_started_is_a_problem_with_its_line(said, problem, tmp_path):
    path = tmp_path / "s.json"
    lay(tmp_path, {"s.json": ""})
    reading = Reading()
    path.write_text('{\n "mcpServers": {\n  "a": null,\n  "bad": 1\n }\n}')
    servers = servers_in({"mcpServers": {"bad": said}}, path, "user", "x", {}, reading)
    assert servers == []
    assert [one.severity for one in reading.problems] == ["error"]
    assert problem in reading.problems[0].what
    assert reading.problems[0].where == f"{path}:4"


def test_secrets_do_not_show_when_a_server_is_printed(tmp_path):
    servers, _ = read(tmp_path, {"a": {"command": "run", "env": {"K": "hush"}, "headers": {"H": "hush"}}})
    assert "hush" not in repr(servers)
