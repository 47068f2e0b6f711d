"""From a Messages request to the prompt the model is shown: signatures checked, edits applied, pieces weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentforge.simulate.asked import Asked
from agentforge.simulate.editing import edit
from agentforge.simulate.promptcache import Segment
from agentforge.simulate.refusals import check_signatures
from agentforge.simulate.rendering import Piece, Place, Plain, anthropic_segments, pieces_of
from agentforge.simulate.settings import too_long
from agentforge.simulate.signing import dropped, faults, forgotten, thought_tokens
from agentforge.simulate.weighing import weigh


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is shown, and what was done to the request on the way."""

    segments: Sequence[Segment]
    tokens: int
    pieces: Sequence[Piece]
    """The request's own blocks, before any editing: what an answer's thinking is bound to."""
    transformations: tuple[Plain, ...]
    applied_edits: tuple[Plain, ...]
    unedited: int
    """The tokens there would be without editing."""


def prompt_of(asked: Asked) -> Prompt:
    """The prompt of a request that passed the rules; raises `Refusal` for its signatures or its length."""
    plain, model = asked.body, asked.model
    pieces = pieces_of(plain)
    checks = model.prefix_check if asked.enforce_prefix is None else model.prefix_check or asked.enforce_prefix
    found = faults(plain, pieces, model.model, prefix_check=checks)
    check_signatures(asked, found)
    binding = (plain.get("thinking") or {}).get("block_binding") or {}
    gone = dropped(found, pieces, drop_block=binding.get("prefix_mismatch_behavior") == "drop_block")
    allowed = {one.place: one.reason for one in found if one.place not in gone}
    transformations = [
        {
            "type": "thinking_dropped" if place in gone else "thinking_mismatch_allowed",
            "path": "messages.{}.content.{}".format(*place),
            "reason": reason,
        }
        for place, reason in sorted((gone | allowed).items())
    ]
    hidden = set(gone) if model.keeps_thinking else set(gone) | forgotten(pieces)
    thought = thought_tokens(pieces)

    def segments_of(request: Plain, more: frozenset[Place] = frozenset()) -> list[Segment]:
        shown = pieces if request is plain else pieces_of(request)
        weighed = weigh("anthropic", model.model, request)
        return anthropic_segments(request, shown, weighed, model, gone=hidden | more, thought=thought)

    segments = segments_of(plain)
    unedited = _total(segments)
    seen = {place: tokens for place, tokens in thought.items() if place not in hidden}
    edited = edit(plain, pieces, seen, unedited, lambda request: _total(segments_of(request)))
    if edited.applied:
        segments = segments_of(edited.request, edited.gone)
    tokens = _total(segments)
    if tokens > model.window:
        raise too_long(tokens, model.window)
    return Prompt(segments, tokens, pieces, tuple(transformations), edited.applied, unedited)


def _total(segments: Sequence[Segment]) -> int:
    return sum(segment.tokens for segment in segments)
