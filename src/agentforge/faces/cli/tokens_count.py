"""`agentforge tokens count`: what a text or a request weighs, and how that is known."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from agentforge.faces.cli.grammar import Command

if TYPE_CHECKING:
    from agentforge.tokens import Count, Weights
    from agentforge.wire import Request

MODEL: Final = "claude-opus-5-5"
"""Whose tokens a text is counted in when nobody says."""


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


@click.command(
    "count",
    cls=Command,
    examples=[
        ("agentforge tokens count CLAUDE.md", "what a file of text weighs"),
        ("agentforge tokens count request.json", "what a request weighs, part by part"),
        ("git diff | agentforge tokens count -", "the same for what comes in"),
        ("agentforge tokens count --model gpt-5.5 *.md", "in another model's tokens"),
        ("agentforge tokens count --json request.json", "the same for a program"),
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
def command(files: tuple[Path, ...], model: str | None, as_json: bool) -> None:
    """Count offline, without a key or a download, and say how far the figure may be off.

    A request of any dialect is recognised, also inside a recorded exchange; everything else is counted as text.
    """
    from agentforge.faces.cli.printing import print_json, watched

    weighed = [weigh(str(file), read(file), model) for file in watched(files, "Counting")]
    if as_json:
        print_json([asdict(one) for one in weighed])
    else:
        show(weighed)


def read(file: Path) -> bytes:
    """What the file holds, or stdin where it is `-`."""
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def weigh(path: str, body: bytes, model: str | None) -> Weighed:
    """The weight of a request, part by part, or of a text."""
    from agentforge.tokens import count_request, count_tokens

    request = request_in(body)
    if request is None:
        return Weighed(path, "text", count_tokens(text_in(body, path), model or MODEL))
    weights = count_request(request, model)
    return Weighed(path, f"{request.dialect} request", weights.total, tuple(parts_of(weights)))


def request_in(body: bytes) -> Request | None:
    """The request that a body is, or that a recorded exchange holds as its `body`; None for anything else."""
    from agentforge.wire import Json, decode_request, guess_dialect

    plain = plain_object(body)
    inner = plain.get("body")
    if isinstance(inner, dict | str):
        body = inner.encode() if isinstance(inner, str) else Json.of(inner).text
        plain = plain_object(body)
    if "model" not in plain or not ("messages" in plain or "input" in plain):
        return None
    return decode_request(guess_dialect(body), body)


def plain_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; empty for anything else."""
    from agentforge.wire import Json
    from agentforge.wire.errors import NotJson

    if not body.lstrip().startswith(b"{"):
        return {}
    try:
        plain = Json(body).value
    except NotJson:
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
            share = f"{part.count.value / max(one.total.value, 1):.0%} of it"
            where = ", ".join(filter(None, [share, off(part.count)]))
            rows.add_row(f"  {part.name}", f"{part.pieces:,}", f"{part.count.value:,}", where)
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
