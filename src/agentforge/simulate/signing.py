"""Signed thinking: a signature binds reasoning to its model and to everything that stood before it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from agentforge.simulate.rendering import Plain, blocks_of, unmarked
from agentforge.wire import Json, canonical

BINDING_BETA: Final = "thinking-binding-controls-2026-08-01"
_SEAL: Final = b"agentforge-simulated-provider"
THINKING: Final = ("thinking", "redacted_thinking")
_READS: Final = {
    "claude-fable-5-2": ("claude-fable-5-2", "claude-mythos-5-2"),
    "claude-mythos-5-2": ("claude-fable-5-2", "claude-mythos-5-2"),
    "claude-fable-5-1": ("claude-fable-5-1", "claude-mythos-5-1", "claude-opus-5"),
}
"""Whose thinking a model can read, by the start of the id; models not named read all but Fable's and Mythos's."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A thinking block that is not what it was, or not where it was."""

    message: int
    block: int
    reason: Literal["tampered", "prefix_binding_mismatch", "model_binding_mismatch"]

    @property
    def path(self) -> str:
        """Where it stands in the request."""
        return f"messages.{self.message}.content.{self.block}"


def sign(model: str, before: str) -> str:
    """A signature for thinking of that model after that prefix."""
    body = canonical({"model": model, "before": before})
    return urlsafe_b64encode(body + sha256(_SEAL + body).digest()).decode()


def prefix_of(request: Plain) -> str:
    """The binding of an answer to this request: a hash of all it was shown, thinking and markers left out."""
    *_, (_, _, before) = _walk(request, end=True)
    return before


def dropped(found: Sequence[Fault], *, drop_block: bool) -> set[tuple[int, int]]:
    """The places whose thinking the model does not get to see."""
    places = {(fault.message, fault.block) for fault in found if fault.reason == "model_binding_mismatch"}
    broken = [(fault.message, fault.block) for fault in found if fault.reason == "prefix_binding_mismatch"]
    return places | set(broken if drop_block else [])


def faults(request: Plain, model: str) -> list[Fault]:
    """The thinking blocks of a request that do not stand as they were given."""
    found: list[Fault] = []
    for number, place, before in _walk(request):
        block = blocks_of(request["messages"][number]["content"])[place]
        signed = _opened(str(block.get("signature", block.get("data", ""))))
        if signed is None:
            found.append(Fault(number, place, "tampered"))
        elif not _readable(signed["model"], model):
            found.append(Fault(number, place, "model_binding_mismatch"))
        elif signed["before"] != before:
            found.append(Fault(number, place, "prefix_binding_mismatch"))
    return found


def _walk(request: Plain, *, end: bool = False) -> Iterator[tuple[int, int, str]]:
    """Each thinking block with the hash of what stands before it; with `end`, last, the hash of it all."""
    tools = [unmarked(tool) for tool in request.get("tools") or [] if not tool.get("defer_loading")]
    tools.sort(key=canonical)
    hashed = sha256(canonical([blocks_of_unmarked(request.get("system")), tools]))
    for number, message in enumerate(request.get("messages") or []):
        hashed.update(b"\x00" + str(message.get("role")).encode())
        for place, block in enumerate(blocks_of(message.get("content"))):
            if block.get("type") in THINKING:
                yield number, place, hashed.hexdigest()
            else:
                hashed.update(b"\x01" + canonical(unmarked(block)))
    if end:
        # The answer will be an assistant's message of its own.
        hashed.update(b"\x00assistant")
        yield -1, -1, hashed.hexdigest()


def blocks_of_unmarked(content: object) -> list[Plain]:
    """Content as blocks without cache markers."""
    return [unmarked(block) for block in blocks_of(content)]


def _opened(signature: str) -> Plain | None:
    try:
        raw = urlsafe_b64decode(signature.encode())
    except ValueError:
        return None
    body, seal = raw[:-32], raw[-32:]
    if sha256(_SEAL + body).digest() != seal:
        return None
    opened: Plain = Json(body).value
    return opened


def _readable(written_by: str, reader: str) -> bool:
    if reader in _READS:
        return written_by.startswith(_READS[reader])
    return written_by == reader or not written_by.startswith(("claude-fable", "claude-mythos"))
