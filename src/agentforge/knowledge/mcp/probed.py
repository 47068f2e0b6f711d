"""What a server said when it was started and asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from agentforge.knowledge.items import Server
from agentforge.wire.jsontext import Json, dump

Status: TypeAlias = Literal["ok", "failed", "timeout", "skipped"]
"""ok: its tools are known, whatever else `problem` says of it."""


@dataclass(frozen=True, slots=True)
class ProbedTool:
    """A tool as its server describes it."""

    name: str
    description: str
    input_schema: Json
    annotations: Json | None = None
    meta: Json | None = None

    @property
    def raw(self) -> bytes:
        """The compact JSON of the three fields a provider is sent: name, description, input_schema."""
        return b'{"name":%b,"description":%b,"input_schema":%b}' % (
            dump(self.name),
            dump(self.description),
            self.input_schema.text,
        )

    @property
    def always_load(self) -> bool:
        """Whether the server asks clients never to defer it."""
        meta = self.meta.value if self.meta is not None else None
        return isinstance(meta, dict) and meta.get("anthropic/alwaysLoad") is True


@dataclass(frozen=True, slots=True)
class ProbedPrompt:
    """A prompt a server offers."""

    name: str
    description: str
    arguments: Json | None = None


@dataclass(frozen=True, slots=True)
class ProbedResource:
    """A resource a server offers, or a template of many."""

    uri: str
    name: str
    description: str
    template: bool = False


@dataclass(frozen=True, slots=True)
class Probed:
    """One server's row: what it offers, or why that is not known."""

    server: Server
    status: Status
    tools: tuple[ProbedTool, ...] = ()
    prompts: tuple[ProbedPrompt, ...] = ()
    resources: tuple[ProbedResource, ...] = ()
    offers_resources: bool = False
    """Whether it says that it has resources, now or later."""
    instructions: str = ""
    protocol: str = ""
    program: str = ""
    """The name it gives itself."""
    version: str = ""
    seconds: float = 0.0
    """From its start until it could be asked; of the first probe where the row is cached."""
    problem: str = ""
    stderr_tail: str = ""
    cached: bool = False
