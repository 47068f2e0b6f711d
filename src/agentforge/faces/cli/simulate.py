"""`agentforge simulate`: the simulated provider on a port, or its demonstration."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from rich.text import Text

    from agentforge.simulate import Exchange, Playthrough, Script
    from agentforge.wire import Usage

NARROW = 100
"""Columns below which a share is told in per cent, not drawn."""


@click.command(
    "simulate",
    cls=Command,
    examples=[
        ("agentforge simulate --demo", "a 20-turn coding session, priced turn by turn"),
        ("agentforge simulate --port 8790", "serve; then ANTHROPIC_BASE_URL=http://127.0.0.1:8790"),
        ("agentforge simulate --script turns.yaml", "say what a file says, turn by turn"),
        ("agentforge simulate --record seen.jsonl", "keep every request to look at"),
    ],
)
@click.option("--port", type=click.IntRange(0, 65535), default=8790, show_default=True, help="0 takes a free one.")
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the model says: YAML or JSON with `turns:` or `steps:`.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append each request as a JSON line: its body whole, but with secrets redacted.",
)
@click.option(
    "--prefix-check/--no-prefix-check", default=None, help="Refuse rewritten prefixes under signed thinking, or never."
)
@click.option("--demo", is_flag=True, help="Play the recorded session and print what each turn cost.")
@click.option("--json", "as_json", is_flag=True, help="With --demo: print the figures as JSON.")
def command(
    port: int, script: Path | None, record: Path | None, prefix_check: bool | None, demo: bool, as_json: bool
) -> None:
    """Serve Anthropic Messages, OpenAI Chat and OpenAI Responses on loopback, without a model, a key or a bill.

    It charges, caches and refuses like the real ones; tokens are the offline estimate. What it was asked can be seen
    at /_simulate/requests, and its clock moved with POST /_simulate/clock {"advance": seconds}.
    """
    if demo and (script or record):
        raise click.UsageError("--demo plays its own session: leave out --script and --record")
    if demo:
        _demonstrate(as_json)
        return
    if as_json:
        raise click.UsageError("--json goes with --demo")
    from agentforge.simulate import Provider, serve

    provider = Provider(_read(script)) if script else Provider()
    provider.enforce_prefix = prefix_check
    provider.on_exchange = _recorder(record)
    serve(provider, port, ready=_say_ready)
    click.echo(f"\n{provider.answered:,} {'request' if provider.answered == 1 else 'requests'} answered", err=True)


def _read(script: Path) -> Script:
    from agentforge.simulate import load_script
    from agentforge.wire.errors import OutsideError, ScriptError

    try:
        return load_script(script.read_text(encoding="utf-8"), str(script))
    except UnicodeDecodeError as error:
        raise ScriptError(f"not UTF-8: byte {error.start}", where=str(script)) from None
    except OSError as error:
        raise OutsideError(error.strerror or "cannot be read", where=str(script)) from error


def _say_ready(url: str) -> None:
    click.echo(f"Simulated provider on {url}   (Ctrl-C ends it)")
    click.echo(f"  Claude Code       ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY=any claude -p hello")
    click.echo(f"  OpenAI clients    OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY=any")
    click.echo(f"  what was asked    {url}/_simulate/requests")


def _recorder(record: Path | None) -> Callable[[Exchange], None]:
    salt = secrets.token_bytes(32)
    if record:
        _check_writable(record)

    def keep(exchange: Exchange) -> None:
        tokens = exchange.usage or {}
        click.echo(f"{exchange.number:>4}  {exchange.status}  {exchange.method} {exchange.path}  {_brief(tokens)}")
        if record:
            with _opened(record) as lines:
                lines.write(_line(exchange, salt) + b"\n")

    return keep


def _line(exchange: Exchange, salt: bytes) -> bytes:
    """The exchange as JSON, where marks stand for the secrets that were in it."""
    from agentforge.ledger import redact_value
    from agentforge.simulate import as_plain
    from agentforge.wire import Json

    plain = as_plain(exchange)
    try:
        clean = redact_value(plain, salt)
    except RecursionError:
        # Too deep to look at each value: as one text.
        clean = redact_value({**plain, "body": exchange.body.decode(errors="replace")}, salt)
    return Json.of(clean).text


def _opened(record: Path) -> BinaryIO:
    """The record, to be added to; only its owner can read what is made here."""
    return os.fdopen(os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def _check_writable(record: Path) -> None:
    """Raises now what would otherwise fail at the first request."""
    from agentforge.wire.errors import OutsideError

    try:
        _opened(record).close()
    except OSError as error:
        raise OutsideError(
            error.strerror or "cannot be written", where=str(record), fix="choose another with --record"
        ) from error


def _brief(usage: object) -> str:
    if not isinstance(usage, dict):
        return ""
    names = ("input_tokens", "prompt_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    return "  ".join(f"{name.replace('_input_tokens', '')} {usage[name]:,}" for name in names if usage.get(name))


def _demonstrate(as_json: bool) -> None:
    from agentforge.faces.cli.printing import print_json
    from agentforge.simulate import demonstrate

    played = demonstrate()
    if as_json:
        print_json([_plain(one) for one in played])
    else:
        _show(played)


def _plain(one: Playthrough) -> dict[str, object]:
    turns = [
        {
            "turn": turn.turn,
            "did": turn.did,
            "prompt_tokens": turn.usage.prompt,
            "cache_read": turn.usage.cache_read,
            "cache_write": turn.usage.cache_write,
            "uncached": turn.usage.input_tokens,
            "output_tokens": turn.usage.output_tokens,
            "dollars": None if turn.cost.total is None else float(turn.cost.total),
        }
        for turn in one.turns
    ]
    dollars = None if one.dollars is None else float(one.dollars)
    return {
        "name": one.name,
        "model": one.model,
        "method": "estimated",
        "dollars": dollars,
        "peak": one.peak,
        "refused": one.refused,
        "turns": turns,
    }


def _show(played: list[Playthrough]) -> None:
    from rich.text import Text

    from agentforge.faces.cli.printing import console, table

    first, out = played[0], console()
    narrow = out.width < NARROW
    numbers = ["turn", "prompt", "read", "written", "answer", "cost"]
    rows = table("turn", "the model did", *numbers[1:], "cached", numbers=[*numbers, *(["cached"] if narrow else [])])

    def row(turn: str, did: str, usages: Sequence[Usage], dollars: object, **look: Any) -> None:
        prompt, read, written, answer = (
            sum(getattr(usage, part) for usage in usages)
            for part in ("prompt", "cache_read", "cache_write", "output_tokens")
        )
        share = read / prompt if prompt else 0
        cells = (f"{prompt:,}", f"{read:,}", f"{written:,}", f"{answer:,}", _dollars(dollars))
        rows.add_row(turn, did, *cells, f"{share:.0%}" if narrow else _bar(share), **look)

    for turn in first.turns:
        row(str(turn.turn), turn.did, [turn.usage], turn.cost.total)
    rows.add_section()
    row("", "all", [turn.usage for turn in first.turns], first.dollars, style="bold")
    out.print(f"A recorded coding session of {len(first.turns)} turns on {first.model}, as its client sends it:")
    out.print("tokens of each prompt, how many of them the cache held and took in, and the bill\n")
    out.print(rows)
    out.print("\nThe same session, its context treated differently\n")
    compared = table("treatment", "turns", "longest prompt", "bill", "", numbers=["turns", "longest prompt", "bill"])
    for one in played:
        note = one.refused.split(". ")[0] if one.refused else _against(one, first)
        bill = Text("refused", "bold red") if one.refused else Text(_dollars(one.dollars))
        compared.add_row(one.name, str(len(one.turns)), f"{one.peak:,}", bill, note)
    out.print(compared)
    out.print(
        "\nShorter is not cheaper: what the provider has cached must not change, or it is paid for again, or refused."
    )
    out.print(
        f"\nTokens: estimated offline for {first.model}. Prices of {first.turns[0].cost.date}. "
        "Nothing left this machine."
    )


def _bar(share: float) -> Text:
    from rich.text import Text

    full = round(20 * share)
    return Text("█" * full, "green").append("░" * (20 - full), "dim")


def _against(one: Playthrough, first: Playthrough) -> str:
    if one is first or not one.dollars or not first.dollars:
        return ""
    return f"{one.dollars / first.dollars:.1f}x the bill"


def _dollars(value: object) -> str:
    return "unknown" if value is None else f"${value:.4f}"
