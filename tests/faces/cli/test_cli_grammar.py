import shlex
import sys

import click
import pytest

from agentforge.faces.cli.grammar import Command, Topic, root
from agentforge.faces.cli.verbs import VERBS, Verb


def help_of(command: click.Command) -> str:
    return command.get_help(click.Context(command, info_name="it", terminal_width=100))


def load(words: str) -> Command:
    command: click.Command | None = root
    for word in words.split():
        assert isinstance(command, Topic)
        command = command.get_command(click.Context(command), word)
    assert isinstance(command, Command), f"{words}: make it with cls=Command"
    return command


def test_words_are_listed_once_and_in_the_tables_order():
    verbs = {"wire check": Verb("a", ""), "doctor": Verb("b", ""), "wire show": Verb("c", "")}
    topic = Topic(verbs, name="it")
    assert topic.list_commands(click.Context(topic)) == ["wire", "doctor"]
    inner = topic.get_command(click.Context(topic), "wire")
    assert isinstance(inner, Topic)
    assert inner.list_commands(click.Context(inner)) == ["check", "show"]


def test_listing_loads_no_command():
    verbs = {"doctor": Verb("no_such_module", "What works here.")}
    assert "doctor  What works here." in help_of(Topic(verbs, name="it"))


def test_a_word_that_only_begins_a_verb_is_no_command():
    assert root.get_command(click.Context(root), "doc") is None
    assert root.get_command(click.Context(root), "") is None


def test_help_shows_examples_before_everything_else():
    command = Command("it", examples=[("it now", "does it at once")], help="Does it.")
    shown = help_of(command)
    assert shown.index("it now") < shown.index("Does it.") < shown.index("Options:")


@pytest.mark.parametrize("words", VERBS)
def test_every_verb_loads_and_has_examples(words):
    command = load(words)
    assert command.short_help == VERBS[words].help
    assert command.examples
    assert sys.modules[f"agentforge.faces.cli.{VERBS[words].module}"].command is command


@pytest.mark.parametrize("words", VERBS)
def test_every_example_is_a_command_line_that_parses(words):
    command = load(words)
    for line, _ in command.examples:
        _, called, rest = line.partition(f"agentforge {words}")
        assert called, f"the example {line!r} does not call agentforge {words}"
        arguments = shlex.split(rest)
        with command.make_context(words, arguments, resilient_parsing=True) as context:
            known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            options = {word.partition("=")[0] for word in arguments if word.startswith("--")}
            assert options <= known
            assert context.args == []
