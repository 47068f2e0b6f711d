"""What the simulated provider charges for the requests of one session, request after request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

from agentforge.simulate.abilities import Abilities, abilities_of
from agentforge.simulate.promptcache import AutomaticCache, Charge, PromptCache, Segment
from agentforge.simulate.rendering import lifetime_of, pieces_of, shown
from agentforge.simulate.whatif.known import Scale
from agentforge.tokens import counter_for
from agentforge.tokens import model as model_of
from agentforge.wire import Dialect, Json, Message, Request, canonical, encode_message, encode_request
from agentforge.wire.jsontext import dump

Rendered: TypeAlias = tuple[Segment, ...]
_EXACT = Scale()


@dataclass(slots=True)
class Bill:
    """A session's account at a provider. It weighs as `Provider` does, then as the session's own charges tell.

    What a segment is known by is the hash of what the provider would render; nothing else of it counts.
    """

    scale: Scale = _EXACT
    answers: Mapping[int, int] = field(default_factory=dict)
    """The tokens that a message was charged as when the model said it, by the message's identity."""
    prompt_cache: PromptCache = field(default_factory=PromptCache)
    automatic_cache: AutomaticCache = field(default_factory=AutomaticCache)
    _heads: dict[bytes, Rendered] = field(default_factory=dict)
    _messages: dict[tuple[str, int], tuple[Message, Rendered]] = field(default_factory=dict)
    """Those of the last request, by their identity, and kept with it, so that no other message has the same."""
    _known: dict[tuple[str, bytes], Rendered] = field(default_factory=dict)
    _models: dict[str, Abilities] = field(default_factory=dict)

    def head(self, request: Request) -> Rendered:
        """What stands before the messages: tools, system, and what the provider puts around the whole."""
        key = request.model.encode() + b"\0" + encode_request(_bare(request))
        if key not in self._heads:
            self._heads[key] = _head(request)
        return self._heads[key]

    def messages(self, request: Request) -> list[Rendered]:
        """The messages of a request, each block by block."""
        before, self._messages = self._messages, {}
        for message in request.messages:
            place = (request.model, id(message))
            self._messages[place] = before.get(place) or (message, self._message(request, message))
        return [self._messages[request.model, id(message)][1] for message in request.messages]

    def render(self, request: Request) -> list[Segment]:
        """The whole prompt."""
        return [*self.head(request), *(part for one in self.messages(request) for part in one)]

    def added(self, request: Request, messages: Sequence[Message]) -> Rendered:
        """What messages that are no client's add to the prompt."""
        return tuple(part for message in messages for part in self._message(request, message))

    def _message(self, request: Request, message: Message) -> Rendered:
        text = encode_message(request.dialect, message)
        charged = self.answers.get(id(message))
        key = (request.model, blake2b(text, digest_size=16).digest())
        if charged is not None:
            return _message(request.dialect, request.model, message, text, self.scale, charged)
        if key not in self._known:
            self._known[key] = _message(request.dialect, request.model, message, text, self.scale, None)
        return self._known[key]

    def charge(self, request: Request, segments: Sequence[Segment], now: float) -> Charge:
        """What a prompt is charged at a time; what it wrote can be read from then on."""
        model = self._models.get(request.model)
        if model is None:
            model = self._models[request.model] = abilities_of(model_of(request.model))
        if request.dialect != "anthropic":
            return self.automatic_cache.charge(request.model, segments, now=now)
        return self.prompt_cache.charge(model.model, segments, minimum=model.cache_minimum, now=now)


def _bare(request: Request) -> Request:
    return Request(request.dialect, request.model, (), request.system, request.tools)


def _head(request: Request) -> Rendered:
    """As the provider renders and weighs it; these weights are set by what was charged, and scaled no more."""
    counter = counter_for(request.model)
    weights = counter.weigh(_bare(request))
    segments: list[Segment] = []
    plain = Json(encode_request(_bare(request))).value
    for tool, weight in zip(plain.get("tools") or [], weights.tools, strict=True):
        if weight.in_view:
            content = canonical(shown(tool)) + dump(tool.get("input_schema"))
            segments.append(Segment(_hash(content), weight.count.value, lifetime_of(tool), "tools"))
    system = request.system
    if system is not None:
        blocks = counter.message(Message("system", system)).blocks
        told = plain.get("system", plain.get("instructions"))
        listed = told if isinstance(told, list) else [{"type": "text", "text": told}]
        for block, heft in zip(listed, blocks, strict=True):
            segments.append(Segment(_hash(canonical(shown(block))), heft.count.value, lifetime_of(block), "system"))
    frame = weights.frame.value + weights.tool_prompt.value
    if not segments:
        return (Segment(b"", frame),)
    first = segments[0]
    return (Segment(first.content, first.tokens + frame, first.marker, first.part), *segments[1:])


def _message(
    dialect: Dialect, model: str, message: Message, text: bytes, scale: Scale, charged: int | None
) -> Rendered:
    plain = Json(text).value
    weight = counter_for(model).message(message)
    hefts = [block.count.value for block in weight.blocks] or [0]
    hefts[0] += weight.count.value - sum(hefts)
    if dialect == "anthropic":
        contents = [
            (b"%b\0%b%b" % (piece.role.encode(), piece.content, piece.order), lifetime_of(piece.block))
            for piece in pieces_of({"messages": [plain]})
        ]
    else:
        contents, hefts = [(canonical(plain), None)], [sum(hefts)]
    if len(contents) != len(hefts):
        hefts = [sum(hefts), *[0] * (len(contents) - 1)]
    tokens = _scaled(hefts, scale) if charged is None else [charged, *[0] * (len(hefts) - 1)]
    return tuple(
        Segment(_hash(content), heft, marker) for (content, marker), heft in zip(contents, tokens, strict=False)
    )


def _scaled(hefts: Sequence[int], scale: Scale) -> list[int]:
    """The tokens of each block, whose sum is that of the whole message scaled."""
    done = told = 0
    tokens = []
    for heft in hefts:
        told += heft
        tokens.append(scale.charged(told) - done)
        done += tokens[-1]
    return tokens


def _hash(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
