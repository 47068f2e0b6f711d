"""Transcripts of sessions that really took place, at the simulated provider, written down as Claude Code would."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentforge.simulate import Call, Provider, Script, Turn
from agentforge.wire import Json

MODEL = "claude-opus-5-5"
MARK = {"type": "ephemeral"}
HEADERS = {"x-api-key": "sk-test", "anthropic-version": "2023-06-01"}
START = 1_780_000_000.0


@dataclass
class Did:
    """An answer, and the results of its calls."""

    text: str = ""
    calls: Sequence[tuple[str, dict[str, Any], str]] = ()
    """Each with the tool, its arguments and its result."""
    pause: float = 10.0
    """Seconds until the next request."""


@dataclass
class Session:
    """A session that is led turn by turn."""

    did: Sequence[Did]
    system: str = "You work with care. " * 400
    prompt: str = "Find out why the orders are late."
    model: str = MODEL
    id: str = "77777777-1111-4111-8111-111111111111"
    lines: list[dict[str, Any]] = field(default_factory=list)
    charged: list[dict[str, Any]] = field(default_factory=list)

    def play(self) -> list[dict[str, Any]]:
        """The lines of its transcript."""
        turns = tuple(Turn(text=one.text or None, calls=tuple(Call(n, g) for n, g, _ in one.calls)) for one in self.did)
        provider = Provider(Script(turns=turns, last="Done."))
        names = sorted({name for one in self.did for name, _, _ in one.calls})
        tools = [{"name": name, "description": f"The {name} tool. " * 30, "input_schema": {}} for name in names]
        now = START
        messages: list[dict[str, Any]] = [user({"type": "text", "text": self.prompt})]
        self._write("user", messages[-1], now)
        for one in [*self.did, Did()]:
            system = [
                {"type": "text", "text": text, "cache_control": MARK} for text in ("You are an agent.", self.system)
            ]
            body = {
                "model": self.model,
                "max_tokens": 32_000,
                "system": system,
                "tools": [tool | {"input_schema": {"type": "object"}} for tool in tools],
                "messages": marked(messages),
            }
            reply = provider.handle("POST", "/v1/messages", HEADERS, Json.of(body).text, now=now)
            answer = json.loads(reply.body)
            assert reply.status == 200, answer
            self.charged.append(answer["usage"])
            for block in answer["content"]:
                self._write("assistant", {**answer, "role": "assistant", "content": [block]}, now + 1)
            messages.append({"role": "assistant", "content": answer["content"]})
            now += one.pause
            if one.calls:
                ids = [block["id"] for block in answer["content"] if block["type"] == "tool_use"]
                results = [
                    {"type": "tool_result", "tool_use_id": id_, "content": result}
                    for id_, (_, _, result) in zip(ids, one.calls, strict=True)
                ]
                for result in results:
                    self._write("user", user(result), now)
                messages.append(user(*results))
            else:
                messages.append(user({"type": "text", "text": "And now?"}))
                if one is not self.did[-1] and len(messages) < 2 * len(self.did) + 2:
                    self._write("user", messages[-1], now)
        return self.lines

    def _write(self, kind: str, message: dict[str, Any], at: float) -> None:
        number = len(self.lines)
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {
            "parentUuid": f"u{number - 1}" if number else None,
            "isSidechain": False,
            "sessionId": self.id,
            "cwd": "/home/dev/shop",
            "version": "2.1.329",
            "type": kind,
            "message": message,
            "uuid": f"u{number}",
            "timestamp": moment,
        }
        self.lines.append(line | ({"requestId": f"req_{message['id']}"} if kind == "assistant" else {}))


def user(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def marked(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    *before, last = messages
    *blocks, block = last["content"]
    return [*before, {**last, "content": [*blocks, {**block, "cache_control": MARK}]}]


def told(path: Path, did: Sequence[Did], **more: Any) -> Path:
    """The transcript of a session with these turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = Session(did, **more).play()
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def listing(number: int, lines: int = 200) -> str:
    """A long result, each line of which is like no other."""
    return "\n".join(
        f"{at:5}\tdef handle_{number}_{at}(order): return order.total_{number * 1000 + at} + fee_{at}"
        for at in range(lines)
    )


def reading(turns: int, lines: int = 200, *, back: int | None = None) -> list[Did]:
    """A session that reads one file after the other; `back`: it ends by editing a line in the middle of that one."""
    did = [Did(f"I read on, {n}.", [("Read", {"path": f"src/m{n}.py"}, listing(n, lines))]) for n in range(turns)]
    if back is not None:
        line = listing(back, lines).split("\n")[lines // 2].split("\t")[1]
        did.append(Did("", [("Edit", {"path": f"src/m{back}.py", "old": line, "new": "pass"}, "done")]))
    return did
