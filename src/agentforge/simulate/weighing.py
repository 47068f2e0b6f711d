"""The simulated provider's own scale: the offline estimate, taken as the truth here, remembered piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentforge.tokens import counter_for
from agentforge.wire import Dialect, Json, canonical, decode_message

_REMEMBERED = 50_000


class Weigher:
    """Weighs pieces of prompts and answers for one model and dialect."""

    def __init__(self, dialect: Dialect, model: str) -> None:
        self._dialect = dialect
        self._counter = counter_for(model)
        self._known: dict[tuple[str, bytes], int] = {}

    def __call__(self, kind: str, plain: Any, /) -> int:
        """The tokens of a piece: a tool, a system text or block, a content block, or a whole message or item."""
        key = (kind, canonical(plain))
        tokens = self._known.get(key)
        if tokens is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            tokens = self._known[key] = self._weigh(kind, plain)
        return tokens

    def _weigh(self, kind: str, plain: Any) -> int:
        text: Callable[[Any], int] = lambda value: self._counter.text(value).value  # noqa: E731
        if isinstance(plain, str):
            return text(plain)
        if kind == "tool":
            return text(Json.of(plain).text.decode())
        if kind == "system":
            return text(str(plain.get("text", "")))
        message = plain if kind == "message" else {"role": "user", "content": [plain]}
        return self._counter.message(decode_message(self._dialect, Json.of(message).text)).count.value
