"""What is known of each model: its window, its prices, its rules. A dated table; what is not known stays unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from agentforge.tokens.families import bare, longest_prefix
from agentforge.wire.errors import TokensError, UnknownModel

_VERSION: Final = re.compile(r"(?:[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest|default)|-v\d+(?::\d+)?|:[\w.-]+|\[[^\]]*\])*")
"""What may follow a model's name and still mean that model: a date, a provider's version, a variant in brackets."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars per million tokens; None: not known."""

    input: Decimal | None = None
    output: Decimal | None = None
    write_5m: Decimal | None = None
    write_1h: Decimal | None = None
    read: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Other prices, for every token of a request whose prompt is longer than `prompt` tokens."""

    prompt: int
    prices: Prices


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model; None in any field: not known."""

    id: str
    known: bool
    window: int | None = None
    max_output: int | None = None
    prices: Prices = Prices()
    step: Step | None = None
    cache_minimum: int | None = None
    thinking: tuple[str, ...] | None = None
    """The values of `thinking.type` it takes."""
    prefix_check: str | None = None
    """Whose requests are refused when earlier turns changed under signed thinking: everyone's, ..., nobody's."""
    lifecycle: str | None = None
    date: str = ""
    """When this was so."""
    source: str = ""

    def prices_for(self, prompt: int) -> Prices:
        """The prices of a request with a prompt of so many tokens."""
        return self.step.prices if self.step is not None and prompt > self.step.prompt else self.prices


def model(id: str) -> Model:
    """What is known of a model, by its name, a dated id or an alias; `known` is False where that is nothing."""
    name = bare(id)
    name = next((_data()["aliases"][alias] for alias in _data()["aliases"] if _is(name, alias)), name)
    found = longest_prefix(name, {known: None for known in _data()["models"] if _is(name, known)})
    return replace(_table()[found], id=id) if found else Model(id, known=False)


def known_models() -> tuple[Model, ...]:
    """Every model of the table."""
    return tuple(_table().values())


def demand(id: str) -> Model:
    """What is known of a model; `UnknownModel` where that is nothing."""
    found = model(id)
    if not found.known:
        raise UnknownModel(
            f"nothing is known of the model {id!r}",
            where="model table of " + _data()["date"],
            fix="check its name, or ask the provider's /v1/models/" + id,
        )
    return found


def merge_endpoint(known: Model, answer: bytes) -> Model:
    """The model as its provider's /v1/models/{id} describes it now; prices and cache rules stay, it tells none."""
    try:
        told = msgspec.json.decode(answer, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TokensError(
            f"this is no description of a model: {error}", where=f"/v1/models/{known.id}", fix="check the base URL"
        ) from None
    thinking = known.thinking
    if told.capabilities is not None and told.capabilities.thinking is not None:
        types = told.capabilities.thinking.types
        thinking = tuple(sorted(name for name, support in types.items() if support.supported))
    return replace(
        known,
        known=True,
        window=told.max_input_tokens or known.window,
        max_output=told.max_tokens or known.max_output,
        lifecycle=told.lifecycle or known.lifecycle,
        thinking=thinking,
    )


class _Support(msgspec.Struct):
    supported: bool = False


class _Thinking(msgspec.Struct):
    types: dict[str, _Support] = {}


class _Capabilities(msgspec.Struct):
    thinking: _Thinking | None = None


class _Told(msgspec.Struct):
    id: str
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    lifecycle: str | None = None
    capabilities: _Capabilities | None = None


def _is(name: str, known: str) -> bool:
    return name.startswith(known) and _VERSION.fullmatch(name, len(known)) is not None


@cache
def _data() -> Any:
    return msgspec.json.decode(files("agentforge.tokens").joinpath("data/models.json").read_bytes())


@cache
def _table() -> Mapping[str, Model]:
    return {name: _read(name, row) for name, row in _data()["models"].items()}


def _read(name: str, row: Mapping[str, Any]) -> Model:
    above = row.get("above")
    return Model(
        id=name,
        known=True,
        window=row["window"],
        max_output=row["max_output"],
        prices=_prices(row["price"]),
        step=Step(above["prompt"], _prices(above["price"])) if above else None,
        cache_minimum=row["cache_minimum"],
        thinking=tuple(row["thinking"]) if row["thinking"] else None,
        prefix_check=row["prefix_check"],
        date=_data()["date"],
        source=_data()["sources"][row["source"]],
    )


def _prices(row: Mapping[str, str | None] | None) -> Prices:
    return Prices(**{part: Decimal(dollars) if dollars else None for part, dollars in (row or {}).items()})
