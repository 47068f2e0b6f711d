"""Sessions of a coding agent in any dialect, made by hand: requests that grow, with results of all kinds in them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from agentforge.wire import Dialect, Request, decode_request
from context.planted import ALL


@dataclass(frozen=True)
class Turn:
    """A call with its result, or words of the user."""

    tool: str = ""
    input: Any = None
    result: str = ""
    said: str = ""
    blocks: bool = False
    failed: bool = False


def request(dialect: Dialect, turns: Sequence[Turn]) -> Request:
    """The request that a client sends after these turns."""
    build = {"anthropic": _anthropic, "openai-chat": _chat, "openai-responses": _responses}[dialect]
    return decode_request(dialect, json.dumps(build(turns)).encode())


def _anthropic(turns: Sequence[Turn]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Mend the shop."}]
    for number, turn in enumerate(turns):
        if turn.said:
            messages.append({"role": "user", "content": [{"type": "text", "text": turn.said}]})
            continue
        use = {"type": "tool_use", "id": f"toolu_{number}", "name": turn.tool, "input": turn.input}
        messages.append({"role": "assistant", "content": [{"type": "text", "text": "Let me look."}, use]})
        content: Any = [{"type": "text", "text": turn.result}] if turn.blocks else turn.result
        result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": content}
        messages.append({"role": "user", "content": [{**result, "is_error": True} if turn.failed else result]})
    return {"model": "claude-sonnet-5", "max_tokens": 100, "messages": messages}


def _chat(turns: Sequence[Turn]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Mend the shop."}]
    for number, turn in enumerate(turns):
        if turn.said:
            messages.append({"role": "user", "content": turn.said})
            continue
        call = {"name": turn.tool, "arguments": json.dumps(turn.input)}
        call = {"id": f"call_{number}", "type": "function", "function": call}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        content: Any = [{"type": "text", "text": turn.result}] if turn.blocks else turn.result
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": content})
    return {"model": "gpt-5.5", "messages": messages}


def _responses(turns: Sequence[Turn]) -> dict[str, Any]:
    items: list[dict[str, Any]] = [{"role": "user", "content": "Mend the shop."}]
    for number, turn in enumerate(turns):
        if turn.said:
            items.append({"role": "user", "content": turn.said})
            continue
        call = {"call_id": f"call_{number}", "name": turn.tool, "arguments": json.dumps(turn.input)}
        items.append({"type": "function_call", **call})
        output: Any = [{"type": "input_text", "text": turn.result}] if turn.blocks else turn.result
        items.append({"type": "function_call_output", "call_id": f"call_{number}", "output": output})
    return {"model": "gpt-5.5", "input": items}


SMALL = "def add(a, b):\n    return a - b\n"
FILE = "\n".join(f"{at}\tvalue_{at} = compute(value_{at - 1}, {at % 7})" for at in range(1, 160))
CHANGED = FILE.replace("compute(value_79, 3)", "compute(value_79, 4)")
_results = st.sampled_from([(planted.call, planted.text) for planted in ALL if len(planted.text) < 70_000])


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """One turn; results often come again, whole or a little changed."""
    if draw(st.integers(0, 5)) == 0:
        return Turn(said=draw(st.sampled_from(["Now look at price_12.", "What about customer-209?", "Go on."])))
    kind = draw(st.integers(0, 4))
    blocks = draw(st.booleans())
    if kind == 0:
        return Turn("Read", {"file_path": "/p/values.py"}, draw(st.sampled_from([FILE, CHANGED])), blocks=blocks)
    if kind == 1:
        return Turn("Bash", {"command": "cat add.py"}, SMALL, blocks=blocks)
    if kind == 2:
        words = draw(st.text(min_size=0, max_size=40)) * draw(st.sampled_from([1, 150, 400]))
        return Turn("Bash", {"command": "odd"}, words, blocks=blocks, failed=draw(st.booleans()))
    call, text = draw(_results)
    return Turn(call.tool, dict(call.input), text, blocks=blocks)


sessions = st.lists(turns(), max_size=7)
