"""What a session's transforms go by: locked at its first request, so that the same text always becomes the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

import msgspec

RULES: Final = 1
"""The version of what the transforms do: a session that began under another one keeps to it, or is left alone."""

RecallBy: TypeAlias = Literal["tool", "shell", "none"]
"""How the model gets back what was cut: a tool the gateway answers, a command its shell can run, or not at all."""
LazyTools: TypeAlias = Literal["off", "native", "portable"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Which transforms run, and how."""

    rules: int = RULES
    admit: bool = True
    admit_above: int = 4_000
    """Results of so many characters and fewer pass untouched."""
    admit_to: int = 3_000
    """About how many characters of a longer result stay; what must stay visible may take more."""
    repeat_reads: bool = True
    recall: RecallBy = "tool"
    lazy_tools: LazyTools = "off"
    keep_tools: tuple[str, ...] = ()
    """Names that stay in view when tools are lazy."""
    in_view: tuple[str, ...] | None = None
    """With lazy tools: the names that were in view at the session's first request; all that come later are to be found.
    None: not decided yet, so the request at hand decides."""
    servers: tuple[str, ...] = ()
    """Where the tools to be found come from, as the model is told."""
    cache_markers: bool = True
    cache_ttl: Literal["1h"] | None = None
    """How long what is cached should last; None: as the client asks."""
    compaction_brief: bool = True
    model: str | None = None
    """Sent in place of the model the client asks for."""

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


UNTOUCHED: Final = Settings(admit=False, repeat_reads=False, recall="none", cache_markers=False, compaction_brief=False)
"""Nothing is changed: for the hold-out, and where the transforms turned out to cost more than they save."""


def settings_of(plain: Mapping[str, Any]) -> Settings:
    """The settings that were written down; what a later version may have added is left out."""
    return msgspec.convert(plain, Settings)
