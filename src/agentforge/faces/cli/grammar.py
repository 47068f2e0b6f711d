"""How the command line is put together: help with examples first, and verbs that load when they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import click

from agentforge import __version__
from agentforge.faces.cli.verbs import TOPICS, VERBS, Verb

FINDINGS: Final = 1
USAGE: Final = 2
OUTSIDE: Final = 3
"""Exit codes; 0 is fine."""

Examples = Sequence[tuple[str, str]]
"""Command lines that work as they stand, each with what it is good for."""


class Command(click.Command):
    """A command whose help starts with examples."""

    def __init__(self, *args: Any, examples: Examples = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples, then what the command is."""
        write_examples(self.examples, formatter)
        super().format_help_text(ctx, formatter)


class Topic(click.Group):
    """A word that other words follow; it lists them from the table and loads one when it is called."""

    def __init__(
        self, verbs: Mapping[str, Verb], prefix: str = "", *, examples: Examples = (), **attributes: Any
    ) -> None:
        super().__init__(**attributes)
        self.verbs = verbs
        self.prefix = prefix
        self.examples = examples

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The next words, in the table's order."""
        mine = (verb.removeprefix(self.prefix) for verb in self.verbs if verb.startswith(self.prefix))
        return list(dict.fromkeys(rest.partition(" ")[0] for rest in mine))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command under the next word, or None."""
        words = self.prefix + cmd_name
        if words in self.verbs:
            verb = self.verbs[words]
            command: click.Command = import_module(f"agentforge.faces.cli.{verb.module}").command
            command.short_help = verb.help
            return command
        if cmd_name in self.list_commands(ctx):
            return Topic(self.verbs, f"{words} ", name=cmd_name, help=TOPICS[words])
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words ask for; names the nearest ones where there is none."""
        if args[0].startswith("-") or self.get_command(ctx, args[0]):
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches

        near = get_close_matches(args[0], self.list_commands(ctx)) or self.list_commands(ctx)
        raise click.UsageError(f"There is no '{ctx.command_path} {args[0]}'. There is: {', '.join(near)}.", ctx)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples, then what the topic is."""
        write_examples(self.examples, formatter)
        super().format_help_text(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the next words from the table, loading none of them."""
        rows = []
        for name in self.list_commands(ctx):
            words = self.prefix + name
            rows.append((name, self.verbs[words].help if words in self.verbs else TOPICS[words]))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def write_examples(examples: Examples, formatter: click.HelpFormatter) -> None:
    """Writes each example with what it is good for."""
    if examples:
        with formatter.section("Examples"):
            formatter.write_dl(list(examples))


root: Final = Topic(
    VERBS,
    name="agentforge",
    help="AgentForge gives a coding agent its context window back, and proves it.",
    examples=[
        ("agentforge audit", "what your agent's set-up costs before the first word"),
        ("agentforge doctor", "what works here, and what to run next"),
        ("agentforge simulate --demo", "a coding session on the simulated provider, priced turn by turn"),
    ],
    params=[],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
click.version_option(__version__, message="%(prog)s %(version)s")(root)
