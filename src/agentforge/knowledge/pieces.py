"""A piece: a stretch of a client's first request that comes from the user's files, in its exact text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agentforge.knowledge.items import Item

Part: TypeAlias = Literal["memory", "agents", "skills", "output_style"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One line, file or entry of a request."""

    part: Part
    text: str
    item: Item
    """What it is there for."""

    @property
    def wire_bytes(self) -> int:
        """How long it is in the request."""
        return wire_bytes(self.text)


def wire_bytes(text: str) -> int:
    """How many bytes a text takes inside a JSON string, written as the clients write it."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")) - 2
