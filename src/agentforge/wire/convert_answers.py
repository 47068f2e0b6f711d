"""An answer in Anthropic's words, said in OpenAI Chat's, and back."""

from __future__ import annotations

from typing import Any, Final

from agentforge.wire import anthropic, chat
from agentforge.wire.convert_to_anthropic import REASONING, blocks_of, words_to_anthropic
from agentforge.wire.convert_to_chat import TYPE
from agentforge.wire.jsontext import Json
from agentforge.wire.losses import LossReport, take
from agentforge.wire.values import Block, Content, Message, Response, Text, Thinking, ToolUse, Usage

_ENDS_IN_CHAT: Final = ("end_turn", "max_tokens", "tool_use", "refusal")
_NEAREST: Final = {"model_context_window_exceeded": "max_tokens", "function_call": "tool_use"}
"""The reason to give where a dialect does not have the one that was given; otherwise it is `end_turn`."""


def response_to_chat(response: Response, lost: LossReport, created: int) -> Response:
    """The answer in Chat's words: one string, then the calls."""
    said = ""
    texts = 0
    reasons = ""
    calls: list[Block] = []
    for i, block in enumerate(response.blocks):
        where = f"content[{i}]"
        report_answer(block, where, texts, len(calls), lost)
        match block:
            case Text(text=text):
                said, texts = said + text, texts + 1
            case Thinking(text=text):
                reasons += text
            case ToolUse(id=id_, name=name, input=arguments):
                calls.append(ToolUse(id_, name, arguments))
    extra = {} if texts else {"content": Json(b"null")}
    if reasons:
        extra["reasoning_content"] = Json.of(reasons)
    content: Content = (*((Text(said),) if texts else ()), *calls) if calls else said if texts else None
    lost.add_rest(response.extra, "")
    return Response(
        "openai-chat",
        response.id,
        response.model,
        (Message("assistant", content, extra),),
        end_in_chat(response.stop_reason, lost),
        usage_in_chat(response.usage, lost),
        {"created": Json.of(created)},
    )


def report_answer(block: Block, where: str, texts: int, calls: int, lost: LossReport) -> None:
    """What Chat cannot say of this block, behind so many texts and calls."""
    match block:
        case Text():
            if calls or texts:
                lost.add("text-after-call" if calls else "text-joined", where)
            lost.add_rest(block.extra, where, but=TYPE)
        case Thinking(signature=signature, redacted=redacted):
            if redacted:
                lost.add("thinking", where)
            elif signature:
                lost.add("signature", f"{where}.signature")
            lost.add_rest(block.extra, where, but=TYPE)
        case ToolUse():
            lost.add_rest(block.extra, where, but=TYPE)
        case _:
            lost.add("block", where)


def response_to_anthropic(response: Response, lost: LossReport) -> Response:
    """The answer in Anthropic's words: reasoning, texts, calls."""
    place = next((at for at, one in enumerate(response.output) if _around(one).get("index", 0) == 0), 0)
    message = response.output[place] if response.output else Message("assistant")
    where = f"choices[{place}]"
    for other in range(len(response.output)):
        if other != place:
            lost.add("choice", f"choices[{other}]")
    # An answer's reason for its end is that of the choice that stands first.
    reason = _finish(message) if place else response.stop_reason
    left = dict(message.extra)
    blocks: list[Block] = []
    for key in REASONING:
        if reasons := take(left, key, str):
            # Anthropic's type has a signature always; an empty one says that nobody signed.
            blocks.append(Thinking(reasons, extra={"signature": Json(b'""')}))
            break
    content = words_to_anthropic(message.content, f"{where}.message", lost)
    blocks += (block for block in blocks_of(content) if not isinstance(block, ToolUse))
    if refusal := take(left, "refusal", str):
        blocks.append(Text(refusal))
    calls = [block for block in blocks_of(content) if isinstance(block, ToolUse)]
    around = left.pop("choice", Json(b"{}")).value
    lost.add_rest(left, f"{where}.message")
    lost.add_rest(
        {key: Json.of(value) for key, value in around.items()}, where, but=("index", "message", "finish_reason")
    )
    lost.add_rest(response.extra, "")
    return Response(
        "anthropic",
        response.id,
        response.model,
        (Message("assistant", (*blocks, *calls)),),
        end_in_anthropic(reason, lost, calls=bool(calls), refused=bool(refusal)),
        lost.bare_usage(response.usage, chat.USAGE) or Usage(),
        {"stop_sequence": Json(b"null")},
    )


def _around(message: Message) -> dict[str, Any]:
    """The members of the choice that the message stood in."""
    told = message.extra.get("choice")
    plain = told.value if told is not None and told.text else None
    return plain if isinstance(plain, dict) else {}


def _finish(message: Message) -> str | None:
    word = _around(message).get("finish_reason")
    return chat.FINISH.get(word, word) if isinstance(word, str) else None


def end_in_chat(reason: str | None, lost: LossReport) -> str | None:
    """Why it ended, among the reasons that Chat has."""
    if reason is None or reason in _ENDS_IN_CHAT:
        return reason
    lost.add("stop-reason", "stop_reason")
    return _NEAREST.get(reason, "end_turn")


def end_in_anthropic(reason: str | None, lost: LossReport, *, calls: bool, refused: bool) -> str:
    """Why it ended, in Anthropic's word; Chat says `stop` even where a forced call or a refusal in words ended it."""
    if reason not in (*_ENDS_IN_CHAT, None):
        if reason not in _NEAREST:
            lost.add("stop-reason", "choices[0].finish_reason")
        reason = _NEAREST.get(reason, "end_turn")
    if reason in ("end_turn", None):
        return "refusal" if refused else "tool_use" if calls else "end_turn"
    return reason


def usage_in_chat(usage: Usage | None, lost: LossReport) -> Usage | None:
    """The counts as Chat can say them."""
    if usage is not None and usage.cache_write:
        lost.add("cache-write", "usage.cache_creation_input_tokens")
    return lost.bare_usage(usage, anthropic.USAGE)
