"""A Messages request as it came in: its body with what the rules look at besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agentforge.simulate.abilities import Abilities, abilities_of
from agentforge.simulate.rendering import Plain
from agentforge.simulate.reply import Refusal, invalid
from agentforge.tokens import model as model_of
from agentforge.wire import Json

NEW_VERSION: Final = "2026-10-21"
VERSIONS: Final = ("2023-01-01", "2023-06-01", NEW_VERSION)
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a body."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to messages or to count_tokens."""

    body: Plain
    model: Abilities
    version: str = NEW_VERSION
    betas: frozenset[str] = frozenset()
    counting: bool = False
    """A question to count_tokens."""
    enforce_prefix: bool | None = None
    """Whether the prefix check refuses; None: as the model does for new accounts."""
    said: frozenset[str] = frozenset()
    """Types of blocks that this provider's own script answers with, so that it takes them back."""

    @property
    def messages(self) -> list[Plain]:
        """The messages; checked to be a list of objects first of all."""
        return self.body["messages"]  # type: ignore[no-any-return]

    def has_beta(self, *starts: str) -> bool:
        """Whether one of the betas is asked for, whatever its date."""
        return any(beta.startswith(starts) for beta in self.betas)


def read_asked(
    headers: Mapping[str, str],
    body: bytes,
    *,
    counting: bool = False,
    enforce_prefix: bool | None = None,
    said: frozenset[str] = frozenset(),
) -> Asked:
    """The request in headers and body; raises `Refusal` where these alone make it none."""
    if len(body) > LARGEST:
        raise Refusal(413, "request_too_large", "Request exceeds the maximum allowed number of bytes: 32 MB")
    version = headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version')
    plain = Json(body).value
    if not isinstance(plain, dict):
        raise invalid("The request body must be a JSON object")
    name = plain.get("model")
    if not isinstance(name, str):
        raise invalid("model: Field required" if name is None else "model: Input should be a valid string")
    return Asked(
        body=plain,
        model=known_abilities(name),
        version=version,
        betas=frozenset(part.strip() for part in headers.get("anthropic-beta", "").split(",") if part.strip()),
        counting=counting,
        enforce_prefix=enforce_prefix,
        said=said,
    )


def known_abilities(name: str) -> Abilities:
    """The abilities of a model that these endpoints serve; raises `Refusal` for any other."""
    model = model_of(name)
    if not (model.known and name.startswith("claude-")):
        raise Refusal(404, "not_found_error", f"model: {name}")
    return abilities_of(model)
