"""Writes docs/reference/cli.md from the commands themselves; with --check, fails when it is not current."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from agentforge.faces.cli.grammar import Command, Topic, root

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"


def main() -> int:
    """Exit code 1 when --check finds the page out of date."""
    wanted = "\n".join(page()) + "\n"
    if "--check" in sys.argv[1:]:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted:
            return 0
        print("docs/reference/cli.md is not what the commands say; run: make docs", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


def page() -> Iterator[str]:
    """The lines of the page."""
    commands = list(walk(root, "agentforge"))
    yield "# Command line"
    yield ""
    yield "Made by `make docs` from the commands themselves: change their help, not this page."
    yield ""
    yield "Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 the world outside did not do its part."
    yield "`NO_COLOR` is respected."
    yield ""
    yield "| command | what it is |"
    yield "|---|---|"
    for words, command in commands:
        yield f"| [`{words}`](#{words.replace(' ', '-')}) | {cell(command.short_help or '')} |"
    for words, command in commands:
        yield from section(words, command)


def walk(topic: Topic, words: str) -> Iterator[tuple[str, Command]]:
    """Every command with its full words, in the order of `--help`."""
    context = click.Context(topic)
    for name in topic.list_commands(context):
        command = topic.get_command(context, name)
        if isinstance(command, Topic):
            yield from walk(command, f"{words} {name}")
        else:
            assert isinstance(command, Command), f"{words} {name} is made without cls=Command"
            yield f"{words} {name}", command


def section(words: str, command: Command) -> Iterator[str]:
    """What the page says about one command."""
    context = click.Context(command, info_name=words)
    yield ""
    yield f"## {words}"
    yield ""
    yield "```sh"
    width = max(len(line) for line, _ in command.examples)
    for line, purpose in command.examples:
        yield f"{line:{width}}  # {purpose}"
    yield "```"
    yield ""
    yield cleandoc(command.help or "").replace("\b\n", "")
    yield ""
    yield f"Usage: `{' '.join([words, *command.collect_usage_pieces(context)])}`"
    yield ""
    yield "| option | meaning |"
    yield "|---|---|"
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record and record[1]:
            yield f"| `{cell(record[0])}` | {cell(record[1])} |"


def cell(text: str) -> str:
    """Text that fits in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
