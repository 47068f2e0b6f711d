"""Tokenizer generations: what one o200k token becomes in each, what surrounds a text, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from agentforge.tokens.kinds import Kind

PROVIDERS: Final = ("anthropic/", "openai/", "anthropic.")
"""What gateways and clouds put before a model's own name."""


class Ratio(NamedTuple):
    """Tokens per o200k token, and the share by which a single block may be off."""

    tokens: float
    error: float


@dataclass(frozen=True, slots=True)
class ImageRule:
    """How a picture is cut into patches of one token each."""

    patch: int
    long_edge: int
    most: int | None


@dataclass(frozen=True, slots=True)
class ToolPrompt:
    """The text a provider adds when there are tools, in tokens."""

    auto: int
    forced: int
    error: float


@dataclass(frozen=True, slots=True)
class Family:
    """One model's tokenizer generation, and what its provider puts around the words."""

    name: str
    known: bool
    ratios: Mapping[Kind, Ratio]
    total_error: float
    request: int
    message: int
    tool: int
    tool_use: int
    tool_result: int
    image: ImageRule | None
    pdf_page: int | None
    tool_prompt: ToolPrompt
    provider_tools: Mapping[str, int]


@cache
def data() -> Any:
    """The dated table of families, as it ships."""
    return json.loads(files("agentforge.tokens").joinpath("data/families.json").read_bytes())


@cache
def families() -> Mapping[str, Family]:
    """Every family by name."""
    return {row["name"]: _read(row) for row in data()["families"]}


def family(model: str) -> Family:
    """The family of a model; for an unknown one the newest, with a wider error. Never fails."""
    name = bare(model)
    member = longest_prefix(name, data()["members"])
    known = member is not None
    found = families()[data()["members"][member] if known else data()["newest"]]
    prompt = longest_prefix(name, data()["tool_prompts"])
    if prompt is not None:
        found = replace(found, tool_prompt=ToolPrompt(*data()["tool_prompts"][prompt]))
    return found if known else _widened(found)


def bare(model: str) -> str:
    """A model's own name: lower case, without the names of those who pass it on."""
    name = model.strip().lower()
    for provider in PROVIDERS:
        _, found, rest = name.partition(provider)
        if found:
            return rest
    return name


def longest_prefix(name: str, prefixes: Mapping[str, object]) -> str | None:
    """The longest of the prefixes that the name starts with."""
    return max((prefix for prefix in prefixes if name.startswith(prefix)), key=len, default=None)


def _read(row: Mapping[str, Any]) -> Family:
    fields = dict(row)
    fields["ratios"] = {kind: Ratio(*ratio) for kind, ratio in row["ratios"].items()}
    fields["image"] = ImageRule(**row["image"]) if row["image"] else None
    return Family(**fields, known=True, tool_prompt=ToolPrompt(0, 0, 0.0), provider_tools=data()["provider_tools"])


def _widened(found: Family) -> Family:
    by = data()["unknown_model_widens"]
    ratios = {kind: Ratio(tokens, error * by) for kind, (tokens, error) in found.ratios.items()}
    return replace(found, known=False, ratios=ratios, total_error=found.total_error * by)
