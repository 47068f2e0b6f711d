"""Signed thinking: a signature binds reasoning to its model and to everything that stood before it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal

from agentforge.simulate.rendering import Piece, Place, Plain, blocks_of, shown
from agentforge.wire import Json, canonical
from agentforge.wire.jsontext import dump

BINDING_BETA: Final = "thinking-binding-controls-2026-08-01"
THINKING: Final = ("thinking", "redacted_thinking")
_SEAL: Final = b"agentforge-simulated-provider"
_MARK: Final = 4
"""Characters of a signature that tell one earlier message from another."""
_NEWEST: Final = ("claude-fable-5-2", "claude-mythos-5-2")
_READS: Final = {
    "claude-fable-5-2": _NEWEST,
    "claude-mythos-5-2": _NEWEST,
    "claude-fable-5-1": ("claude-fable-5-1", "claude-mythos-5-1", "claude-opus-5"),
}
"""Whose thinking a model can read, by the start of the name; models not named read all but Fable's and Mythos's."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What thinking is bound to."""

    digest: str
    """Of everything that stands before it, thinking and markers left out."""
    marks: str
    """A few characters for system, tools and each message, to tell which of them changed."""
    previous: str
    """The thinking before it; empty: there was none."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A thinking block that is not what it was, or not where it was."""

    place: Place
    reason: Literal["tampered", "prefix_binding_mismatch", "model_binding_mismatch"]
    changed: str = ""
    """The first position that is not what it was."""

    @property
    def path(self) -> str:
        """Where it stands in the request."""
        return "messages.{}.content.{}".format(*self.place)


def sign(model: str, bound: Binding, tokens: int) -> str:
    """A signature for so many tokens of thinking, by that model, after all that."""
    body = dump([model, bound.digest, bound.marks, bound.previous, tokens])
    return urlsafe_b64encode(sha256(_SEAL + body).digest() + body).decode()


def binding_of(request: Plain, pieces: Sequence[Piece]) -> Binding:
    """What the thinking of an answer to this request is bound to."""
    *_, (_, bound) = _walk(request, pieces)
    return bound


def faults(request: Plain, pieces: Sequence[Piece], model: str, *, prefix_check: bool) -> list[Fault]:
    """The thinking blocks of a request that do not stand as they were given."""
    found: list[Fault] = []
    if not any(piece.block["type"] in THINKING for piece in pieces):
        return found
    for piece, bound in _walk(request, pieces):
        if piece is None:
            break
        signed = _opened(_signature(piece.block))
        if signed is None:
            found.append(Fault(piece.place, "tampered"))
            continue
        writer, was, _ = signed
        if not _readable(writer, model):
            found.append(Fault(piece.place, "model_binding_mismatch"))
        elif not prefix_check:
            continue
        elif was.digest != bound.digest:
            found.append(Fault(piece.place, "prefix_binding_mismatch", _first_change(was.marks, bound.marks)))
        elif bound.previous not in ("", was.previous):
            # Thinking may be missing from the start, but neither from the middle nor be put back.
            found.append(Fault(piece.place, "prefix_binding_mismatch", "the thinking before it"))
    return found


def dropped(found: Sequence[Fault], pieces: Sequence[Piece], *, drop_block: bool) -> dict[Place, str]:
    """The places whose thinking the model does not get to see, with the reason."""
    gone: dict[Place, str] = {one.place: one.reason for one in found if one.reason == "model_binding_mismatch"}
    broken = [one.place for one in found if one.reason == "prefix_binding_mismatch"]
    if drop_block and broken:
        later = (one.place for one in pieces if one.block["type"] in THINKING and one.place >= broken[0])
        gone = dict.fromkeys(later, "prefix_binding_mismatch") | gone
    return gone


def thought_tokens(pieces: Sequence[Piece]) -> dict[Place, int]:
    """What each thinking block weighs: as much as was thought, whatever of it is shown."""
    signed = ((piece.place, _opened(_signature(piece.block))) for piece in pieces if piece.block["type"] in THINKING)
    return {place: opened[2] for place, opened in signed if opened is not None}


def forgotten(pieces: Sequence[Piece]) -> set[Place]:
    """The thinking that models without a memory for it no longer see: all before the last plain user message."""
    last = max((piece.place[0] for piece in pieces if piece.role == "user" and _is_plain(piece)), default=-1)
    return {piece.place for piece in pieces if piece.block["type"] in THINKING and piece.place[0] < last}


def _is_plain(piece: Piece) -> bool:
    return piece.block["type"] not in ("tool_result", "tool_reference")


def _walk(request: Plain, pieces: Sequence[Piece]) -> Iterator[tuple[Piece | None, Binding]]:
    """Each thinking block with what it is bound to; last of all, what an answer will be."""
    tools = sorted(canonical(shown(tool)) for tool in request.get("tools") or [] if not tool.get("defer_loading"))
    system = canonical([shown(block) for block in blocks_of(request.get("system"))])
    hashed = sha256(system + b"\0".join(tools))
    marks = [_mark(system), _mark(b"\0".join(tools))]
    number, role, previous, message = -1, "", "", b""

    def bound() -> Binding:
        so_far = [*marks, _mark(message)] if message else marks
        return Binding(hashed.copy().hexdigest()[:32], "".join(so_far), previous)

    for piece in pieces:
        if piece.place[0] != number:
            if number >= 0:
                marks.append(_mark(message))
            marks += [_mark(b"")] * (piece.place[0] - number - 1)
            number, message = piece.place[0], b""
        if piece.role != role:
            # Turns of one role in a row are one turn.
            role = piece.role
            hashed.update(b"\0" + role.encode())
        if piece.block["type"] in THINKING:
            yield piece, bound()
            previous = _identity(piece.block)
        else:
            hashed.update(b"\1" + piece.content)
            message += b"\1" + piece.content
    if role != "assistant":
        marks.append(_mark(message))
        message = b""
        hashed.update(b"\0assistant")
    yield None, bound()


def _mark(content: bytes) -> str:
    return sha256(content).hexdigest()[:_MARK]


def _identity(block: Plain) -> str:
    return sha256(_signature(block).encode()).hexdigest()[:16]


def _signature(block: Plain) -> str:
    return str(block.get("signature" if block["type"] == "thinking" else "data", ""))


@lru_cache(maxsize=10_000)
def _opened(signature: str) -> tuple[str, Binding, int] | None:
    """Who signed, bound to what, so many tokens; None where it is no signature of ours."""
    try:
        raw = urlsafe_b64decode(signature.encode())
    except ValueError:
        return None
    seal, body = raw[:32], raw[32:]
    # Decoding passes over what is no base64; what was signed is the signature as it was written.
    if sha256(_SEAL + body).digest() != seal or urlsafe_b64encode(raw).decode() != signature:
        return None
    model, digest, marks, previous, tokens = Json(body).value
    return model, Binding(digest, marks, previous), tokens


def _first_change(was: str, now: str) -> str:
    before, after = _cut(was), _cut(now)
    at = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if at is None:
        at = min(len(before), len(after))
    return ("system", "tools")[at] if at < 2 else f"messages.{at - 2}"


def _cut(marks: str) -> list[str]:
    return [marks[at : at + _MARK] for at in range(0, len(marks), _MARK)]


def _readable(written_by: str, reader: str) -> bool:
    if reader in _READS:
        return written_by.startswith(_READS[reader])
    return written_by == reader or not written_by.startswith(("claude-fable", "claude-mythos"))
