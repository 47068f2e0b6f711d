"""From the shell's words to an exit code: 0 fine, 1 findings, 2 usage, 3 outside world."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

import click

from agentforge.faces.cli.grammar import OUTSIDE, USAGE, root

INTERRUPTED = 130
READER_GONE = 141
"""What a shell reports for a program that SIGINT or SIGPIPE ended."""


def main(arguments: Sequence[str] | None = None, commands: click.Command = root) -> int:
    """The exit code, after the command has run and any error has been said on stderr.

    A command returns its exit code, or nothing for 0.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a bar or a sign gets a question mark, not a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if "_AGENTFORGE_COMPLETE" in os.environ:
        commands.main(words, prog_name="agentforge")
    try:
        try:
            with commands.make_context("agentforge", words, color=None if wants_color() else False) as context:
                code = commands.invoke(context)
        except click.exceptions.Exit as wanted:
            code = wanted.exit_code
        sys.stdout.flush()
        return code or 0
    except click.ClickException as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes stdout once more on its way out, and must not fail there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except Exception as error:
        ours = report(error)
        if ours is None:
            raise
        return ours


def report(error: Exception) -> int | None:
    """The exit code of an error of ours, once said: what and where, then how to mend it; None if it is not ours."""
    from agentforge.wire.errors import AgentForgeError, ScriptError, UnknownModel, UsageError

    if not isinstance(error, AgentForgeError):
        return None
    color = None if wants_color() else False
    place = f"{error.where}: " if error.where else ""
    click.secho("error: ", fg="red", bold=True, nl=False, err=True, color=color)
    click.echo(f"{place}{error.what}", err=True)
    if error.fix:
        click.secho("fix: ", fg="green", nl=False, err=True, color=color)
        click.echo(error.fix, err=True)
    return USAGE if isinstance(error, UsageError | ScriptError | UnknownModel) else OUTSIDE


def wants_color() -> bool:
    """Whether colours may be used where the output is a terminal: NO_COLOR forbids them."""
    return not os.environ.get("NO_COLOR")
