"""Tool results as they enter the context: what matters of each, and a handle to the rest.

Decided once, when a result is first sent, and the same for ever after: what the provider has cached stays as it is.
A text that comes again after it was cut is asked for again, so it stays whole up to a larger bound.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import Final

import msgspec

from agentforge.context.admission import Admitted, Call, admit
from agentforge.context.settings import Settings
from agentforge.context.transform import Change, Receipt, SessionView, Transform
from agentforge.context.transforms.results import Found, Said, kept, results_in, rewritten
from agentforge.wire import Request
from agentforge.wire.memory import Memory

NAME: Final = "admit results"
AGAIN: Final = 8
"""How much more generous the second look at a text is that was cut the first time."""
_admitted: Final[Memory[Admitted]] = Memory(16 << 20)
_settings: Final = msgspec.json.Encoder()


def run(request: Request, view: SessionView) -> tuple[Request, Receipt]:
    """The request with its long results cut to what matters, and what was cut."""
    if not view.settings.admit or view.settings.recall == "none":
        return request, Receipt(NAME, "causal")
    locked = _settings.encode(view.settings)
    texts: defaultdict[int, dict[Said, str]] = defaultdict(dict)
    changes: list[Change] = []
    cut: dict[bytes, bool] = {}
    for found in results_in(request):
        said = found.said
        if len(said.text) <= view.settings.admit_above:
            continue
        before = cut.get(said.key)
        sent_whole = found.message < view.start or said.key.hex() in view.whole
        if sent_whole or (before is False and view.settings.repeat_reads):
            # Sent before we came, or whole above: then it is for `repeat reads` to point there.
            cut[said.key] = False
            continue
        admitted = _admit(found, view.settings, locked, generosity=1 if before is None else AGAIN)
        cut[said.key] = admitted.cut
        if admitted.cut:
            texts[found.message][said] = admitted.text
            changes.append(Change(found.where, said.text, admitted.text, admitted.reason, kept(said)))
    return rewritten(request, texts), Receipt(NAME, "causal", tuple(changes))


def _admit(found: Found, settings: Settings, locked: bytes, *, generosity: int) -> Admitted:
    """What admission says, remembered by the text and all else that it may look at."""
    said, use = found.said, found.use
    called = b"" if use is None else use.name.encode() + b"\0" + use.input.text
    key = sha256(
        b"\0".join(
            (
                said.key,
                called,
                found.prompt.encode("utf-8", "surrogatepass"),
                locked,
                b"%d%d" % (said.failed, generosity),
            )
        )
    ).digest()
    known = _admitted.get(key)
    if known is None:
        call: Call = found.call
        known = admit(said.text, call, settings, generosity=generosity)
        _admitted.put(key, known, len(known.text) + 200)
    return known


ADMIT_RESULTS: Final = Transform(NAME, "causal", run)
