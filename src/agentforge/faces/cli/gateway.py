"""`agentforge gateway`: what agents point at, between them and their provider."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from agentforge.context import Settings
    from agentforge.gateway import Config

TOKEN_VARIABLE = "AGENTFORGE_GATEWAY_TOKEN"  # noqa: S105 - the name of a variable
LEDGER = Path("~/.agentforge/ledger.db")


@click.command(
    "gateway",
    cls=Command,
    examples=[
        ("agentforge gateway", "then: ANTHROPIC_BASE_URL=http://127.0.0.1:8787 claude"),
        ("agentforge gateway --shadow", "change nothing, and record what would have been saved"),
        ("agentforge gateway --plan direct", "change nothing at all"),
        ("agentforge gateway --holdout 0.1", "leave one session in ten as it is, to compare"),
        ("agentforge gateway --anthropic http://127.0.0.1:8790", "in front of `agentforge simulate`"),
        ("agentforge gateway --openai http://127.0.0.1:11434/v1", "in front of a local model server"),
        ("agentforge gateway --host 0.0.0.0 --token-file token", "for other machines, which must show the token"),
    ],
)
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0 takes a free one.")
@click.option(
    "--anthropic",
    metavar="URL",
    default="https://api.anthropic.com",
    show_default=True,
    help="The upstream for Anthropic Messages.",
)
@click.option(
    "--openai",
    metavar="URL",
    default="https://api.openai.com/v1",
    show_default=True,
    help="The upstream for OpenAI Chat and Responses, with its version as OPENAI_BASE_URL has it.",
)
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    default=LEDGER,
    envvar="AGENTFORGE_LEDGER",
    show_default=True,
    help="Where to record what happened; made if it is not there.",
)
@click.option(
    "--plan",
    default="default",
    show_default=True,
    help="How requests are treated: default, direct (not at all), or a file of settings.",
)
@click.option(
    "--holdout",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="The share of sessions that are sent as they are, to compare with.",
)
@click.option("--shadow", is_flag=True, help="Send everything as it came; record what would have been done.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; other machines need the token.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Demand the token in this file (or in {TOKEN_VARIABLE}) of every request.",
)
@click.option("--proxy", metavar="URL", help="An HTTP proxy on the way to the upstreams.")
@click.option("--json", "as_json", is_flag=True, help="Print what is ready and the summary as a line of JSON each.")
def command(
    port: int,
    anthropic: str,
    openai: str,
    ledger: Path,
    plan: str,
    holdout: float,
    shadow: bool,
    host: str,
    token_file: Path | None,
    proxy: str | None,
    as_json: bool,
) -> None:
    """Stand between agents and their provider: send less, lose nothing, and record what it cost.

    Long tool results enter the context as what matters of them, with a handle to the rest that the model can follow.
    What was sent once is never changed, so that the provider's cache holds. `agentforge whatif` says beforehand what
    that would have saved.

    Speaks Anthropic Messages, OpenAI Chat and OpenAI Responses, and streams as the provider does. Keys pass through
    and are not stored. /p/NAME before the path names the project a request belongs to.
    """
    from agentforge.gateway import Config, serve, treated
    from agentforge.ledger import open_ledger

    settings = _settings(plan)
    config = Config(
        anthropic=anthropic,
        openai=openai,
        host=host,
        port=port,
        token=_token(token_file),
        shadow=shadow,
        proxy=proxy,
    )
    # Brief, because a request that must be stored first waits for it.
    with open_ledger(ledger, patience=1.0) as opened:

        def ready(url: str) -> None:
            _say_ready(config, url, opened.path, plan, as_json)

        treatment = treated(settings, opened, holdout=holdout)
        totals = serve(config, opened, treatment=treatment, ready=ready, say=lambda words: click.echo(words, err=True))
    balance = treatment.total()
    plain = totals.plain()
    plain["saved"]["usd"] = {"saved": float(balance.saved), "cost": float(balance.cost), "net": float(balance.net)}
    plain["saved"]["usd"]["method"] = "calibrated"
    if as_json:
        click.echo(json.dumps({"summary": plain}))
    else:
        click.echo(f"\n{_summary(plain, shadow=shadow)}")


def _settings(plan: str) -> Settings:
    from agentforge.context import Settings

    if plan == "default":
        return Settings()
    from agentforge.simulate.whatif import load_plan

    return load_plan(plan).settings


def _token(file: Path | None) -> str | None:
    from agentforge.wire.errors import OutsideError

    if file is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip() or None
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "not ASCII"
        raise OutsideError(what or "cannot be read", where=str(file)) from error


def _say_ready(config: Config, url: str, ledger: object, plan: str, as_json: bool) -> None:
    if as_json:
        said = {"url": url, "anthropic": config.anthropic, "openai": config.openai, "ledger": str(ledger)}
        said["plan"] = plan
        click.echo(json.dumps({"ready": said | {"shadow": config.shadow, "token": config.token is not None}}))
        return
    provider = f'{{name="agentforge",base_url="{url}/v1",env_key="OPENAI_API_KEY",wire_api="responses"}}'
    click.echo(f"Gateway on {url}   (Ctrl-C ends it)")
    click.echo(f"  Claude Code       ANTHROPIC_BASE_URL={url} claude")
    click.echo(f"  OpenAI clients    OPENAI_BASE_URL={url}/v1")
    click.echo(f"  Codex             codex -c model_provider=agentforge -c 'model_providers.agentforge={provider}'")
    click.echo(f"  for one project   {url}/p/NAME in place of {url}")
    if config.token is not None:
        click.echo("  every request     must show the token in the header x-agentforge-token;")
        click.echo('                    Claude Code: ANTHROPIC_CUSTOM_HEADERS="x-agentforge-token: $TOKEN"')
    click.echo(f"  passes on to      {config.anthropic} and {config.openai}")
    changes = "nothing (shadow): what it would is recorded" if config.shadow else f"what the plan says: {plan}"
    if plan == "direct":
        changes = "nothing (the plan direct)"
    click.echo(f"  changes           {changes}")
    click.echo(f"  records in        {ledger}: usage, cost, timings, the whole of what was cut, and what the model")
    click.echo("                    said to get it back; no keys, and secrets are redacted")


def _summary(plain: dict[str, Any], *, shadow: bool) -> str:
    tokens, saved = plain["tokens"], plain["saved"]
    ended = ", ".join(f"{count:,} {_ENDS[outcome]}" for outcome, count in plain["outcomes"].items())
    price = f"${plain['dollars']:.4f}"
    if plain["unpriced_answers"]:
        price += f" without {plain['unpriced_answers']:,} answers of unknown price"
    lines = [
        f"{plain['requests']:,} {'request' if plain['requests'] == 1 else 'requests'}{f': {ended}' if ended else ''}"
    ]
    lines.append(
        f"tokens (counted by the providers): {tokens['cache_read']:,} read from the cache, "
        f"{tokens['cache_write']:,} written to it, {tokens['input']:,} uncached, {tokens['output']:,} answered; {price}"
    )
    if tokens["unread_answers"]:
        lines.append(f"{tokens['unread_answers']:,} answers told no usage")
    if shadow:
        lines.append(f"would have been cut (estimated): {saved['cut_tokens']:,} prompt tokens")
    else:
        usd = saved["usd"]
        lines.append(
            f"cut (estimated): {saved['cut_tokens']:,} prompt tokens, {saved['recalls']:,} recalls; "
            f"saved (calibrated by what was charged): ${usd['saved']:.4f} less ${usd['cost']:.4f} "
            f"for recalls and lost caches, net ${usd['net']:.4f}"
        )
    if plain["not_recorded"]:
        lines.append(f"{plain['not_recorded']:,} requests are not in the ledger")
    return "\n".join(lines)


_ENDS = {
    "whole": "answered",
    "cut": "cut by the upstream",
    "gone": "left by the client",
    "refused": "refused by the gateway or without an upstream",
    "ended": "under way when it ended",
}
