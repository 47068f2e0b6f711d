"""A client, our part of the gateway, and the simulated provider, without a network between them."""

from dataclasses import dataclass, field, replace

from agentforge.gateway.asides import Asides
from agentforge.gateway.own_answers import own_answers
from agentforge.gateway.talk import OwnTools
from agentforge.gateway.treatment import FollowUp
from agentforge.simulate import Provider
from agentforge.wire import (
    Assembler,
    Json,
    Message,
    Request,
    SseDecoder,
    Text,
    Tool,
    ToolResult,
    ToolUse,
    chain_of,
    decode_request,
    decode_response,
    encode_request,
    event_reader,
)

HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json"}
MODEL = "claude-opus-5-5"
SCHEMA = Json.of({"type": "object"})
TOOLS = (Tool("Read", "Reads a file.", SCHEMA), Tool("recall", "Gives back what was cut.", SCHEMA))
WAYS = {
    "anthropic": ("/v1/messages", HEADERS, MODEL),
    "openai-chat": ("/v1/chat/completions", {"authorization": "Bearer k"}, "gpt-5.5"),
}
"""By dialect: the path, the headers, and a model."""


def answer_of(body, *, stream, dialect="anthropic"):
    """What a client makes of the bytes it got."""
    if not stream:
        return decode_response(dialect, body)
    reader, assembler, decoder = event_reader(dialect), Assembler(dialect), SseDecoder()
    for event in (*decoder.feed(body), *decoder.end()):
        for part in reader.read(event).parts:
            assembler.add(part)
    return assembler.response()


def results_of(calls, dialect="anthropic", said="read"):
    """The client's messages with the results of calls."""
    results = [ToolResult(call.id, f"{said} {call.id}") for call in calls]
    if dialect == "openai-chat":
        return [Message("tool", [result]) for result in results]
    return [Message("user", results)] if results else []


def request_of(history, tools, *, dialect="anthropic", stream=True, **more):
    """What a client asks."""
    extra = {"thinking": Json.of({"type": "adaptive"})} if dialect == "anthropic" else {}
    if dialect == "openai-chat" and stream:
        extra = {"stream_options": Json.of({"include_usage": True})}
    extra |= more
    return Request(dialect, WAYS[dialect][2], list(history), tools=tools, max_tokens=4096, stream=stream, extra=extra)


@dataclass
class Conversation:
    """A client that never hears of `recall`, and what the provider was sent and said."""

    provider: Provider
    stream: bool = True
    chunk: int = 7
    dialect: str = "anthropic"
    asides: Asides = field(default_factory=Asides)
    history: list = field(default_factory=lambda: [Message("user", [Text("Find the fault.")])])
    asked: list = field(default_factory=list)
    """What the model asked us."""
    sent: list = field(default_factory=list)
    got: list = field(default_factory=list)
    """Answers, as the client read them."""
    kept: list = field(default_factory=list)
    """Links and asides."""
    raw: list = field(default_factory=list)
    """What the provider said, byte for byte."""
    now: float = 0.0

    def say(self):
        """One request of the client, which has not our tool, to the end of its answer; that as it got it."""
        request = request_of(self.history, TOOLS[:1], dialect=self.dialect, stream=self.stream)
        request = decode_request(self.dialect, encode_request(request))
        links = chain_of(request).links
        prepared = self.asides.restore(replace(request, tools=TOOLS), links, "p")
        own = OwnTools({"recall": self._answer})
        reader = own_answers(prepared, own, lambda one: self._keep(links[-1], one))
        body, out = encode_request(prepared), b""
        while True:
            reply = self._reply(body)
            if reply.status != 200:
                return out + reader.refuse(reply.status, reply.body)
            self.raw.append(reply.body)
            for at in range(0, len(reply.body), self.chunk):
                out += reader.feed(reply.body[at : at + self.chunk])
            end = reader.end()
            if not isinstance(end, FollowUp):
                break
            body = end.body
        response = answer_of(out + end, stream=self.stream, dialect=self.dialect)
        self.got.append(response)
        self.history.append(response.output[0])
        calls = [block for block in response.blocks if isinstance(block, ToolUse)]
        self.history += results_of(calls, self.dialect)
        return out + end

    def _reply(self, body):
        self.now += 1
        self.sent.append(decode_request(self.dialect, body))
        path, headers, _ = WAYS[self.dialect]
        return self.provider.handle("POST", path, headers, body, now=self.now)

    def _answer(self, call):
        self.asked.append(call)
        return f"The lines you asked for: {call.input.value}"

    def _keep(self, link, aside):
        self.kept.append((link, aside))
        self.asides.put("p", link, aside)
