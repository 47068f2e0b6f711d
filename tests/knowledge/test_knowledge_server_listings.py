import pytest

from agentforge.knowledge import Server, Source
from agentforge.knowledge.server_listings import (
    MOST_OF_A_TEXT,
    deferred_lines,
    description_sent,
    failure_line,
    instructions_text,
    namespace_line,
)

SOURCE = Source("claude-code", "project", "/p/.mcp.json")
LONG = "x" * (MOST_OF_A_TEXT + 1)


def test_deferred_tools_are_names_a_line_each():
    assert deferred_lines(["mcp__a__x", "mcp__a__y"]) == "mcp__a__x\nmcp__a__y\n"


def test_claude_code_cuts_long_texts_and_says_so():
    assert description_sent("claude-code", LONG[1:]) == LONG[1:]
    assert description_sent("claude-code", LONG) == f"{LONG[1:]}… [truncated]"
    assert description_sent("opencode", LONG) == LONG
    assert instructions_text("a", LONG) == f"## a\n{LONG[1:]}… [truncated]\n\n"


def test_opencode_indents_what_servers_say_in_tags_and_codex_does_not_show_it_apart():
    text = instructions_text("a", "\n one\n\ntwo ", "opencode")
    assert text == '  <server name="a">\n    one\n    \n    two\n  </server>\n'
    assert instructions_text("a", "one", "codex") == ""


@pytest.mark.parametrize(
    ("instructions", "line"),
    [
        ("", "- mcp__a\n"),
        ("\n first \nsecond", "- mcp__a: first\n"),
        ("y" * 250, f"- mcp__a: {'y' * 250}\n"),
        ("y" * 251, f"- mcp__a: {'y' * 247}...\n"),
    ],
)
def test_codex_names_a_server_with_the_first_line_of_its_instructions(instructions, line):
    assert namespace_line("mcp__a", instructions) == line


@pytest.mark.parametrize(
    ("transport", "problem", "late", "code"),
    [
        ("stdio", "cannot be started: No such file or directory", False, "ENOENT"),
        ("stdio", "ended before it was asked (exit status 1)", False, "CONNECTION_CLOSED"),
        ("stdio", "did not start within 30 s", True, "CONNECT_TIMEOUT"),
        ("http", "cannot be reached", False, "ECONNREFUSED"),
    ],
)
def test_a_server_that_did_not_start_is_named_with_the_cause(transport, problem, late, code):
    line = failure_line(Server("a", transport, SOURCE, ("/x/server",)), problem, late=late)
    assert line.startswith(f'a ({code}): "')
    assert line.endswith('"\n')
