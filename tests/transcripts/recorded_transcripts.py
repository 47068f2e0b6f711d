"""Where the transcripts that tests read lie: small ones of our own, and recordings that only some checkouts have."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OURS = ROOT / "tests" / "data" / "transcripts"
SHOP = OURS / "claude-code" / "-home-dev-shop"
MAIN = SHOP / "11111111-1111-4111-8111-111111111111.jsonl"
CORPORA = ROOT.parent / "shared" / "corpora"


def corpus(*parts: str) -> Path:
    """A folder of recordings; the test is skipped where they are not."""
    found = CORPORA.joinpath(*parts)
    if not found.exists():
        pytest.skip(f"the recordings are not in this checkout: {found}")
    return found


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    """A JSONL file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines))
    return path


def answer(
    id: str, request: str | None, output: int, *, session: str = "s1", at: str = "2026-01-02T10:00:00.000Z", **more: Any
) -> dict[str, Any]:
    """An assistant line of Claude Code."""
    usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
    }
    return {
        "parentUuid": None,
        "isSidechain": False,
        "sessionId": session,
        "version": "2.1.21",
        "message": {
            "id": id,
            "model": "claude-opus-5-5",
            "content": [{"type": "text", "text": "So."}],
            "usage": {**usage, **more.pop("usage", {})},
        },
        **({"requestId": request} if request is not None else {}),
        "type": "assistant",
        "uuid": f"u-{id}-{output}",
        "timestamp": at,
        **more,
    }
