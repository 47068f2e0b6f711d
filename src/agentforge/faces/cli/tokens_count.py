"""`agentforge tokens count`: what a text or a request weighs, and how that is known."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from agentforge.tokens import Answer, Ask, Calibration, Count, Weights
    from agentforge.wire import Request

MODEL: Final = "claude-opus-5-5"
"""Whose tokens a text is counted in when nobody says."""
VERSION: Final = "2023-06-01"
"""The `anthropic-version` that count_tokens is asked in."""
PATIENCE: Final = 60
"""Seconds until a provider that says nothing is given up."""


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a request: its name, how many pieces it has, and its weight."""

    name: str
    pieces: int
    count: Count


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a file holds, its weight, and where a request's weight lies."""

    path: str
    what: str
    total: Count
    parts: tuple[Part, ...] = ()
    counted: Count | None = None
    """The provider's own count."""

    @property
    def estimate(self) -> int:
        """What the parts of a request add up to, before any calibration."""
        return sum(part.count.value for part in self.parts)


@click.command(
    "count",
    cls=Command,
    examples=[
        ("agentforge tokens count CLAUDE.md", "what a file of text weighs"),
        ("agentforge tokens count request.json", "what a request weighs, part by part"),
        ("git diff | agentforge tokens count -", "the same for what comes in"),
        ("agentforge tokens count --model gpt-5.5 *.md", "in another model's tokens"),
        ("agentforge tokens count --json request.json", "the same for a program"),
        (
            "agentforge tokens count --provider https://api.anthropic.com --calibration seen.json request.json",
            "ask the provider too, and learn from its answer",
        ),
        ("agentforge tokens count --calibration seen.json request.json", "offline, with what was learnt"),
    ],
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option("--model", help=f"The model to count for; default: the request's own, and {MODEL} for text.")
@click.option("--json", "as_json", is_flag=True, help="Print the weights as JSON.")
@click.option(
    "--calibration",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What was learnt from a provider's counts: applied to requests, and with --provider learnt and written.",
)
@click.option("--provider", metavar="URL", help="Also ask URL/v1/messages/count_tokens, with ANTHROPIC_API_KEY.")
def command(
    files: tuple[Path, ...], model: str | None, as_json: bool, calibration: Path | None, provider: str | None
) -> None:
    """Count offline, without a key or a download, and say how far the figure may be off.

    A request of any dialect is recognised, also inside a recorded exchange; everything else is counted as text.
    With --provider, Anthropic requests are also sent to be counted there, which costs nothing.
    """
    from agentforge.faces.cli.printing import print_json, watched

    key = key_for(provider) if provider else ""
    before = learnt = read_calibration(calibration, learning=bool(provider))
    weighed = []
    for file in watched(files, "Counting"):
        body = read(file)
        one = weigh(str(file), body, model, before)
        if provider:
            counted = ask(provider, key, str(file), body, model)
            one = replace(one, counted=counted)
            learnt = learnt.observe(one.total.model, one.estimate, counted.value)
        weighed.append(one)
    if calibration and learnt is not before:
        write_calibration(calibration, learnt)
    if as_json:
        print_json([asdict(one) for one in weighed])
    else:
        show(weighed)


def read(file: Path) -> bytes:
    """What the file holds, or stdin where it is `-`."""
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def weigh(path: str, body: bytes, model: str | None, calibration: Calibration | None = None) -> Weighed:
    """The weight of a request, part by part, or of a text."""
    from agentforge.tokens import NEVER_SEEN, count_request, count_tokens

    request = request_in(body, path)
    if request is None:
        return Weighed(path, "text", count_tokens(text_in(body, path), model or MODEL))
    weights = count_request(request, model, calibration=calibration or NEVER_SEEN)
    return Weighed(path, f"{request.dialect} request", weights.total, tuple(parts_of(weights)))


def request_in(body: bytes, path: str = "") -> Request | None:
    """The request that a body is, or that a recorded exchange holds as its `body`; None for anything else.

    With a path, broken JSON is said on stderr: a request that was cut off is not silently a text.
    """
    from agentforge.wire import Json, decode_request, guess_dialect

    plain = plain_object(body, path)
    inner = plain.get("body")
    if isinstance(inner, dict | str):
        body = inner.encode(errors="surrogatepass") if isinstance(inner, str) else Json.of(inner).text
        plain = plain_object(body, path and f"{path}, body")
    if "model" not in plain or not ("messages" in plain or "input" in plain):
        return None
    return decode_request(guess_dialect(body), body)


def plain_object(body: bytes, path: str = "") -> dict[str, Any]:
    """The JSON object that a body is; empty for anything else."""
    from agentforge.wire import Json
    from agentforge.wire.errors import NotJson

    if not body.lstrip().startswith((b"{", b"[")):
        return {}
    try:
        plain = Json(body).value
    except NotJson as error:
        if path:
            click.echo(f"{path}: not JSON at {error.where}, counted as text", err=True)
        return {}
    return plain if isinstance(plain, dict) else {}


def text_in(body: bytes, path: str) -> str:
    """The text that a body is."""
    from agentforge.wire.errors import OutsideError

    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise OutsideError(
            "not UTF-8 text", where=f"{path}, byte {error.start}", fix="iconv -t UTF-8, or leave the file out"
        ) from error


def key_for(provider: str) -> str:
    """The key to ask that provider with."""
    from agentforge.wire.errors import UsageError

    if not provider.startswith(("http://", "https://")):
        raise UsageError("not a provider's URL", where=f"--provider {provider}", fix="begin it with https://")
    key = os.environ.get("ANTHROPIC_API_KEY", "").strip()
    if not key or not (key.isascii() and key.isprintable()):
        raise UsageError(
            "a provider counts only for those who have a key",
            where="ANTHROPIC_API_KEY",
            fix="export ANTHROPIC_API_KEY=..., or leave --provider out and take the estimate",
        )
    return key


def ask(provider: str, key: str, path: str, body: bytes, model: str | None) -> Count:
    """The provider's own count of an Anthropic request."""
    from agentforge.tokens import provider_count
    from agentforge.wire import encode_request
    from agentforge.wire.errors import UsageError

    request = request_in(body)
    if request is None or request.dialect != "anthropic":
        raise UsageError(
            "only an Anthropic Messages request is counted by its provider",
            where=path,
            fix="leave the file out, or leave --provider out and take the estimate",
        )
    headers = {"x-api-key": key, "anthropic-version": VERSION, "content-type": "application/json"}
    asked = encode_request(replace(request, model=model) if model else request)
    return provider_count(asked, headers, lambda ask: post(provider.rstrip("/"), ask))


def post(base: str, ask: Ask) -> Answer:
    """What the provider answers; it is not followed elsewhere, for the key is meant for it alone."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    from agentforge.tokens import Answer
    from agentforge.wire.errors import OutsideError

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    url = base + ask.path
    try:
        try:
            with build_opener(Stay).open(Request(url, ask.body, dict(ask.headers)), timeout=PATIENCE) as answer:  # noqa: S310 - key_for let http(s) pass only
                return Answer(answer.status, answer.read())
        except HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read())
    except (OSError, HTTPException, ValueError) as error:
        raise OutsideError(
            f"the provider cannot be asked: {error}",
            where=url,
            fix="check --provider and the network, or leave --provider out and take the estimate",
        ) from error


def read_calibration(file: Path | None, *, learning: bool) -> Calibration:
    """What the file has learnt; nothing yet where there is none."""
    from agentforge.tokens import NEVER_SEEN, load_calibration
    from agentforge.wire.errors import OutsideError, TokensError

    if file is None:
        return NEVER_SEEN
    try:
        learnt = load_calibration(file.read_bytes())
    except FileNotFoundError:
        learnt = NEVER_SEEN
    except TokensError as error:
        raise TokensError(error.what, where=str(file), fix=error.fix) from error
    except OSError as error:
        raise OutsideError(error.strerror or "cannot be read", where=str(file), fix="name another file") from error
    if not learnt.seen and not learning:
        click.echo(f"{file}: nothing learnt yet; add --provider URL to learn from its counts", err=True)
    return learnt


def write_calibration(file: Path, learnt: Calibration) -> None:
    """Puts the file in the place of the old one, whole or not at all, for its owner's eyes."""
    from tempfile import mkstemp

    from agentforge.tokens import dump_calibration
    from agentforge.wire.errors import OutsideError

    try:
        handle, fresh = mkstemp(dir=file.parent, prefix=f".{file.name}.")  # which makes it 0600
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(dump_calibration(learnt))
            Path(fresh).replace(file)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutsideError(
            f"cannot be written: {error.strerror}", where=str(file), fix="name a file in a folder you can write to"
        ) from error


def parts_of(weights: Weights) -> list[Part]:
    """Where the weight lies: parts that add up to the estimate."""
    tools = [tool for tool in weights.tools if tool.in_view]
    parts = [
        Part("system", 1, weights.system),
        Part("tool prompt", 1, weights.tool_prompt),
        Part("tools", len(tools), weights.all_tools),
    ]
    for kind, count in weights.by_kind.items():
        pieces = sum(block.kind == kind for message in weights.messages for block in message.blocks)
        parts.append(Part(kind, pieces, count))
    around = weights.estimate.value - sum(part.count.value for part in parts)
    parts.append(Part("around messages", len(weights.messages), replace(weights.frame, value=around)))
    return [part for part in parts if part.count.value]


def show(weighed: list[Weighed]) -> None:
    """Prints a line per file, and below a request where its weight lies."""
    from agentforge.faces.cli.printing import console, table

    rows = table("file", "what", "tokens", "how it is known", numbers=["tokens"])
    for one in weighed:
        rows.add_row(one.path, one.what, f"{one.total.value:,}", known(one.total))
        for part in one.parts:
            share = f"{part.count.value / max(one.estimate, 1):.0%} of it"
            where = ", ".join(filter(None, [share, off(part.count)]))
            rows.add_row(f"  {part.name}", f"{part.pieces:,}", f"{part.count.value:,}", where)
        if one.counted:
            rows.add_row("  the provider's own", "", f"{one.counted.value:,}", known(one.counted))
    if len(weighed) > 1:
        first, *others = (one.total for one in weighed)
        together = sum(others, start=first)
        rows.add_row("together", f"{len(weighed):,} files", f"{together.value:,}", known(together))
    console().print(rows)


def known(count: Count) -> str:
    """How a figure is known, for which model, and how far it may be off."""
    return ", ".join(filter(None, [count.method, count.model, off(count)]))


def off(count: Count) -> str:
    """How far a figure may be off; empty for one that is exact."""
    if count.error is None:
        return "error unknown"
    return f"±{count.error:.0%}" if count.error else ""
