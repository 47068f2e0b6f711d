"""`agentforge wire check`: whether a request, a response or a stream is understood losslessly."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentforge.faces.cli.grammar import FINDINGS, Command

if TYPE_CHECKING:
    from agentforge.wire import CheckReport


@click.command(
    "check",
    cls=Command,
    examples=[
        ("agentforge wire check request.json", "is it read and written back without loss?"),
        ("agentforge wire check answers/*.sse", "the same for recorded streams"),
        ("curl -sN $URL | agentforge wire check -", "the same for what comes in"),
        ("agentforge wire check --json *.json", "the same for a program"),
    ],
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
def command(files: tuple[Path, ...], as_json: bool) -> int:
    """Read each file as a request, a response or a stream of any dialect, write it back, and compare.

    What is kept, but not understood by this version, is listed. The exit code is 1 when something would differ.
    """
    from agentforge.faces.cli.printing import print_json, watched

    reports = [check(file) for file in watched(files, "Checking")]
    if as_json:
        print_json([asdict(report) | {"lossless": report.lossless} for report in reports])
    else:
        show(reports)
    return 0 if all(report.lossless for report in reports) else FINDINGS


def check(file: Path) -> CheckReport:
    """The report on one file, or on stdin where it is `-`."""
    from agentforge.wire import check_bytes, check_file

    return check_bytes(sys.stdin.buffer.read(), "-") if str(file) == "-" else check_file(file)


def show(reports: list[CheckReport]) -> None:
    """Prints a line per file, then what would differ and what was kept without being understood."""
    from rich.text import Text

    from agentforge.faces.cli.printing import console, table

    rows = table("file", "what", "dialect", "values", "lossless", numbers=["values"])
    for report in reports:
        verdict = Text("no", "bold red") if not report.lossless else Text("nothing to check", "yellow")
        if report.lossless and report.values:
            verdict = Text("yes", "green")
        rows.add_row(report.path, report.kind, report.dialect, f"{report.values:,}", verdict)
    out = console()
    out.print(rows)
    for report in reports:
        for difference in report.differences:
            out.print(f"{report.path}: differs: {difference}")
        for unknown in report.unknown:
            out.print(f"{report.path}: kept, not understood: {unknown}")
    if len(reports) > 1:
        fine = sum(report.lossless and report.values > 0 for report in reports)
        nothing = sum(report.lossless and not report.values for report in reports)
        beside = f"; {nothing:,} had nothing to check" if nothing else ""
        out.print(f"{fine:,} of {len(reports):,} files are lossless{beside}")
