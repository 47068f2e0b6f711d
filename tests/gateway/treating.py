"""A client, the gateway's whole treatment, and the simulated provider, without a network between them."""

from dataclasses import dataclass, field

from agentforge.context import Settings
from agentforge.gateway.gate import Gate
from agentforge.gateway.treated import Treated
from agentforge.gateway.treatment import Asked, FollowUp
from agentforge.simulate import Provider, Script
from agentforge.wire import Message, Text, ToolUse, decode_request, encode_request
from gateway.conversing import WAYS, answer_of, request_of, results_of


@dataclass
class Treatment:
    """A session of a client with these tools, through the gateway with these settings."""

    turns: tuple
    settings: Settings
    tools: list
    dialect: str = "anthropic"
    stream: bool = True
    chunk: int = 50
    history: list = field(default_factory=lambda: [Message("user", [Text("Go.")])])
    more: dict = field(default_factory=dict)
    """Other members of the client's requests."""
    sent: list = field(default_factory=list)
    got: list = field(default_factory=list)
    raw: list = field(default_factory=list)

    def __post_init__(self):
        self.history = list(self.history)
        self.provider = Provider(Script(turns=self.turns), enforce_prefix=True)
        self.treated = Treated(Gate(self.settings), lambda project, call: f"{project}: {call.input.value}")

    def asked(self, operation="answer"):
        """The client's next request."""
        request = request_of(self.history, self.tools, dialect=self.dialect, stream=self.stream, **self.more)
        headers = ((b"x-claude-code-session-id", b"s"),)
        number = len(self.sent)
        return Asked(number, number, "p", self.dialect, operation, headers, encode_request(request))

    def say(self):
        """One request of the client, to the end of its answer; the answer as the client reads it."""
        prepared = self.treated.prepare(self.asked())
        body, out = prepared.body, b""
        while True:
            reply = self._reply(body)
            assert reply.status == 200, reply.body
            self.raw.append(reply.body)
            if prepared.reader is None:
                out += reply.body
                break
            for at in range(0, len(reply.body), self.chunk):
                out += prepared.reader.feed(reply.body[at : at + self.chunk])
            end = prepared.reader.end()
            if not isinstance(end, FollowUp):
                out += end
                break
            body = end.body
        response = answer_of(out, stream=self.stream, dialect=self.dialect)
        self.got.append(response)
        self.history.append(response.output[0])
        self.history += results_of([one for one in response.blocks if isinstance(one, ToolUse)], self.dialect)
        return response

    def _reply(self, body):
        self.sent.append(decode_request(self.dialect, body))
        path, headers, _ = WAYS[self.dialect]
        return self.provider.handle("POST", path, headers, body, now=float(len(self.sent)))
