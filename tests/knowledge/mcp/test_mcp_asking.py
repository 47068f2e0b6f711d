import re

import pytest

from agentforge.knowledge.mcp.limits import ENTRIES


def test_a_good_server_is_listed_in_full(rows):
    row = rows["good"]
    assert (row.status, row.problem) == ("ok", "")
    assert [tool.name for tool in row.tools] == ["one", "two", "three"]
    assert [prompt.name for prompt in row.prompts] == ["greet"]
    assert [(resource.uri, resource.template) for resource in row.resources] == [
        ("file:///a", False),
        ("file:///{x}", True),
    ]
    assert (row.protocol, row.program, row.version) == ("2025-06-18", "plain", "1.2.3")
    assert row.seconds > 0


def test_a_server_of_the_official_package_is_listed(script, ask):
    (row,) = ask(script("official"))
    assert (row.status, row.problem, row.program, row.version) == ("ok", "", "official", "7")
    assert row.instructions == "add, then rest"
    assert [tool.name for tool in row.tools] == ["add"]
    assert row.tools[0].input_schema.value["required"] == ["a"]


def test_a_server_without_a_handshake_is_listed(rows):
    row = rows["modern"]
    assert (row.status, row.problem, row.protocol) == ("ok", "", "2026-07-28")
    assert (row.program, row.version, row.instructions) == ("modern", "9", "no handshake")
    assert [tool.name for tool in row.tools] == ["now"]


@pytest.mark.parametrize("name", ["hangs", "hangs initialize"])
def test_a_server_that_hangs_at_its_start_is_given_up(rows, name):
    assert (rows[name].status, rows[name].problem) == ("timeout", "did not start within 6 s")


def test_a_server_that_hangs_at_its_list_keeps_what_it_said_before(rows):
    row = rows["hangs tools/list"]
    assert (row.status, row.problem) == ("timeout", "stopped answering within 6 s")
    assert row.instructions == "be patient"


def test_a_server_that_hangs_at_its_second_page_keeps_the_first(rows):
    row = rows["hangs page two"]
    assert (row.status, row.problem) == ("timeout", "stopped answering within 6 s")
    assert [tool.name for tool in row.tools] == ["one"]


def test_a_server_that_hangs_after_its_tools_keeps_them(rows):
    row = rows["hangs prompts/list"]
    assert (row.status, row.problem) == ("ok", "stopped answering within 6 s")
    assert [tool.name for tool in row.tools] == ["one"]


def test_a_crash_is_told_with_its_exit_status_and_its_last_words(rows):
    row = rows["crashes initialize"]
    assert (row.status, row.problem) == ("failed", "ended before it was asked (exit status 3)")
    assert row.stderr_tail == "fatal: the key *** is not valid\n"
    assert rows["crashes tools/list"].problem == "ended while it was asked (exit status 3)"
    assert rows["crashes prompts/list"].status == "ok"


def test_a_script_that_is_not_there_leaves_the_words_of_its_interpreter(rows):
    assert rows["missing"].status == "failed"
    assert "No such file" in rows["missing"].stderr_tail


def test_a_program_that_is_not_there_is_named(rows):
    row = rows["no program"]
    assert (row.status, row.problem) == (
        "failed",
        "cannot be started: No such file or directory: no-such-program-here",
    )


def test_a_flood_before_the_work_is_read_past(rows):
    for name in ("floods stdout lines", "floods stdout one", "floods stderr lines"):
        assert rows[name].status == "ok"
        assert [tool.name for tool in rows[name].tools] == ["one"]
    assert rows["floods stdout one"].problem == "writes what is no message to stdout"
    assert len(rows["floods stderr lines"].stderr_tail) <= 4096
    assert rows["floods stderr lines"].stderr_tail.endswith("\nthe end\n")


def test_a_message_without_an_end_is_given_up(rows):
    row = rows["floods stdout brace"]
    assert (row.status, row.problem) == ("failed", "sends a message longer than 4 MiB")


def test_thousands_of_tools_are_cut_and_said_to_be(rows):
    row = rows["many 20000"]
    assert row.status == "ok"
    assert len(row.tools) == ENTRIES
    assert "what is beyond 10,000 entries was left out" in row.problem
    assert (len(rows["many 10000 in pages"].tools), rows["many 10000 in pages"].problem) == (ENTRIES, "")
    assert len(rows["many 10001 in pages"].tools) == ENTRIES
    assert "left out" in rows["many 10001 in pages"].problem
    assert rows["many 100000"].problem == "sends a message longer than 4 MiB"


def test_a_list_without_an_end_is_cut_and_said_to_be(rows):
    assert [tool.name for tool in rows["endless again"].tools] == ["t0", "t1"]
    assert "never ends" in rows["endless again"].problem
    assert len(rows["endless new"].tools) == 1000
    assert "endless" in rows["endless new"].problem


def test_of_lies_the_rest_is_kept(rows):
    row = rows["lies"]
    assert row.status == "ok"
    assert [tool.name for tool in row.tools] == ["fine", "no_schema", "array", "wrong", "number"]
    assert row.tools[0].description == "Does fine."
    assert "unknown protocol version '1999-01-01'" in row.problem
    assert "strict clients refuse its tools/list" in row.problem
    assert re.search(r"and \d+ more$", row.problem)


def test_lines_that_are_nearly_json_rpc_are_read_as_meant(rows):
    row = rows["mumbles"]
    assert (row.status, [tool.name for tool in row.tools]) == ("ok", ["one"])
    assert row.tools[0].description == "half ? and \ufffd"
    assert "not JSON-RPC 2.0" in row.problem


def test_tools_that_change_while_they_are_listed_are_asked_for_again(rows):
    row = rows["changes"]
    assert [tool.name for tool in row.tools] == ["first", "second"]
    assert row.problem == ""
