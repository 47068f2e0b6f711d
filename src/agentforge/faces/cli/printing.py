"""How commands show what they found: JSON, tables, and a progress bar where work takes long."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from agentforge.transcripts import Progress

T = TypeVar("T")

SOON = 1.0
"""Seconds of work before a progress bar appears."""


def print_json(value: object) -> None:
    """Prints plain data as JSON, one field a line."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def console() -> Console:
    """Where tables go: stdout, uncut when it is a file, without colours when NO_COLOR says so."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(highlight=False, soft_wrap=not terminal, width=None if terminal else 1000, emoji=False, markup=False)


def table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    """An empty table without lines; the columns named in `numbers` are set to the right."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    return made


def watched(items: Sequence[T], doing: str) -> Iterator[T]:
    """The items, with a progress bar on stderr once a second has passed, if that is a terminal."""
    start = monotonic()
    for done, item in enumerate(items):
        if sys.stderr.isatty() and monotonic() - start > SOON:
            yield from _with_bar(items[done:], doing)
            return
        yield item


@contextmanager
def bar(doing: str) -> Iterator[Callable[[Progress], None]]:
    """Takes word of progress, and shows it on stderr once a second has passed, if that is a terminal."""
    start = monotonic()
    with ExitStack() as open_bar:
        shown: list[Callable[[int], None]] = []
        done = 0

        def on_progress(progress: Progress) -> None:
            nonlocal done
            if not shown and sys.stderr.isatty() and monotonic() - start > SOON:
                made = click.progressbar(length=progress.total, label=doing, file=sys.stderr)
                shown.append(open_bar.enter_context(made).update)
                done = 0
            for update in shown:
                update(progress.done - done)
            done = progress.done

        yield on_progress


def _with_bar(items: Iterable[T], doing: str) -> Iterator[T]:
    with click.progressbar(items, label=doing, file=sys.stderr) as bar:
        yield from bar
