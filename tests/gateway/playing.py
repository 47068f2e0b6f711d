"""Clients, the gateway's treatment over a ledger, and the simulated provider, without a network between them.

Every request is held against the laws: the provider never refuses, what is sent only grows, and every handle in it
leads back to what the client had.
"""

import re
from dataclasses import dataclass, field, replace
from hashlib import sha256

from agentforge.context import Settings
from agentforge.gateway import Answered, Asked, FollowUp, treated
from agentforge.ledger import EVERYWHERE, Stored, handle, redact
from agentforge.simulate import Call, Provider, Script
from agentforge.wire import (
    Json,
    Message,
    Request,
    Text,
    Tool,
    ToolResult,
    ToolUse,
    decode_request,
    encode_request,
    is_prefix,
)
from agentforge.wire.errors import BlobMissing, LedgerFull, LedgerReadOnly
from context.planted import build_log, csv_table, json_list, pytest_run, settings_file, source_file
from context.sessions import CHANGED, FILE, SMALL
from gateway.conversing import HEADERS, WAYS, answer_of

SCHEMA = Json.of({"type": "object"})
TOOLS = (Tool("Read", "Reads a file.", SCHEMA), Tool("Bash", "Runs a command.", SCHEMA))
SECRET = (
    "".join(f"line {at} of the settings\n" for at in range(300))
    + "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfi\n"
)
TEXTS = (
    SMALL,
    FILE,
    CHANGED,
    build_log().text,
    json_list(number=300).text,
    csv_table(number=300).text,
    pytest_run(failures=2, tests=300).text,
    settings_file().text,
    source_file().text,
    SECRET,
)
"""What the client's tools give, by number."""
HANDLE = re.compile(r"recall:[0-9a-f]{12}")
PATHS = {dialect: way[:2] for dialect, way in WAYS.items()} | {
    "openai-responses": ("/v1/responses", {"authorization": "Bearer k"})
}
MODELS = {"anthropic": "claude-opus-5-5", "openai-chat": "gpt-5.5", "openai-responses": "gpt-5.5"}


def read(number):
    """The model's call of a tool of the client's, which will give that text."""
    return Call("Read", {"file_path": f"{number}.txt"})


def recall(number):
    """The model's call for a part of that text, whether or not it was cut."""
    name = handle(sha256(TEXTS[number].encode()).hexdigest())
    return Call("recall", {"handle": name, "lines": "3-5"})


class Shelf:
    """A ledger in memory, which can be made to refuse."""

    path = "a shelf"

    def __init__(self):
        self.told = []
        self.blobs = {}
        self.refuses = ""
        """`full` and `read-only`: nothing more is taken; `away`: nothing is given either."""

    def _take(self):
        if self.refuses:
            raise {"full": LedgerFull, "read-only": LedgerReadOnly, "away": LedgerFull}[self.refuses](self.refuses)

    def append(self, events):
        events = list(events)
        self._take()
        numbered = [replace(event, seq=len(self.told) + at) for at, event in enumerate(events, 1)]
        self.told += numbered
        return tuple(event.seq for event in numbered)

    def events(self, *, project, kind=None):
        for event in self.told:
            if (project is EVERYWHERE or event.project == project) and kind in (None, event.kind):
                yield event

    def put(self, data, *, project, at):  # noqa: ARG002 - the ledger's signature
        self._take()
        clean = redact(data, b"salt")
        hash = sha256(clean.text).hexdigest()
        self.blobs[project, hash] = clean.text
        return Stored(hash, len(clean.text), clean.found)

    def get(self, hash, *, project):
        if self.refuses == "away":
            raise LedgerFull(self.refuses)
        if (project, hash) not in self.blobs:
            raise BlobMissing(f"nothing is stored under {hash}")
        return self.blobs[project, hash]

    def resolve(self, handle, *, project):
        for of, hash in self.blobs:
            if of == project and hash.startswith(handle.removeprefix("recall:")):
                return hash
        raise BlobMissing(f"nothing is stored under {handle}")


@dataclass
class Client:
    """One session of a client, as far as it went."""

    key: str = "k"
    history: list = field(default_factory=lambda: [Message("user", [Text("Go.")])])
    ended: int | None = None
    """The number of its last request."""
    edits: bool = False
    """Whether it puts defaults into the calls that it sends back."""

    def fork(self, key, at):
        """The same session up to there, under that name."""
        users = [at for at, message in enumerate(self.history) if message.role == "user"]
        cut = users[at % len(users)]
        return Client(key, self.history[: cut + 1], None, self.edits)


@dataclass
class Went:
    """One request of a client, and what was sent for it."""

    asked: Request
    sent: Request
    last: Request
    """The last one to the provider inside the answer."""
    after: int | None
    """The request that it builds upon."""


@dataclass
class World:
    """All of it; `enforced`: the provider refuses what was changed behind its back."""

    turns: tuple
    dialect: str = "anthropic"
    stream: bool = True
    settings: Settings = field(default_factory=Settings)
    ledger: object = field(default_factory=Shelf)
    tools: tuple = TOOLS
    holdout: float = 0.0
    went: list = field(default_factory=list)
    held: list = field(default_factory=list)
    """Events that could not be written down yet."""
    asked: int = 0

    def __post_init__(self):
        self.provider = Provider(Script(turns=tuple(self.turns)), enforce_prefix=True)
        self.restart()

    def restart(self):
        """The gateway ends, and begins again with what the ledger has."""
        if hasattr(self, "treated"):
            self.write(
                self.treated.learn(
                    Answered(0, "p", "anthropic", "answer", None, "main", "untouched", (), 200, "whole", "", None, None)
                )
            )
        self.treated = treated(self.settings, self.ledger, holdout=self.holdout)

    def asks(self, client, operation="answer"):
        """The client's next request."""
        extra = {"thinking": Json.of({"type": "adaptive"})} if self.dialect == "anthropic" else {}
        if self.dialect == "openai-chat" and self.stream:
            extra = {"stream_options": Json.of({"include_usage": True})}
        most = 4096 if operation == "answer" else None
        if self.dialect != "anthropic":
            most = None
        request = Request(
            self.dialect,
            MODELS[self.dialect],
            list(client.history),
            tools=self.tools,
            max_tokens=most,
            stream=self.stream and operation == "answer",
            extra=extra,
        )
        self.asked += 1
        headers = ((b"X-Claude-Code-Session-Id", client.key.encode()),) if client.key else ()
        return Asked(self.asked, self.asked, "p", self.dialect, operation, headers, encode_request(request))

    def prepare(self, asked):
        """What the gateway sends, once what it cut is stored."""
        prepared = self.treated.prepare(asked)
        lost = set()
        for one in prepared.kept:
            try:
                stored = self.ledger.put(one.data, project=asked.project, at=asked.at)
                lost |= {one.hash} if stored.redacted else set()
            except (LedgerFull, LedgerReadOnly):
                if (asked.project, one.hash) not in self.ledger.blobs or self.ledger.refuses == "away":
                    lost.add(one.hash)
        failed = bool(lost)
        try:
            self.ledger.append(prepared.events)
        except (LedgerFull, LedgerReadOnly):
            failed |= bool(prepared.events)
        return prepared.spare(frozenset(lost)) if failed else prepared

    def say(self, client, *, dies=False, keeps=True):
        """One request, to the end of its answer. `dies`: the gateway is killed then; `keeps`: the client goes on."""
        asked = self.asks(client)
        prepared = self.prepare(asked)
        if prepared.body is not asked.body:
            assert prepared.body != asked.body
        body, out, raw = prepared.body, b"", b""
        sent = last = decode_request(self.dialect, body)
        while True:
            last = decode_request(self.dialect, body)
            path, headers = PATHS[self.dialect]
            reply = self.provider.handle("POST", path, headers, body, now=float(self.asked))
            assert reply.status == 200, (reply.body, [message.role for message in last.messages])
            raw += reply.body
            if prepared.reader is None:
                out += reply.body
                break
            for at in range(0, len(reply.body), 997):
                out += prepared.reader.feed(reply.body[at : at + 997])
            end = prepared.reader.end()
            if not isinstance(end, FollowUp):
                out += end
                break
            body = end.body
        self.write(prepared.owed)
        request = decode_request(self.dialect, asked.body)
        self.went.append(Went(request, sent, last, client.ended))
        response = self._read(out)
        ours = [one for one in response.blocks if isinstance(one, ToolUse) and one.name == "recall"]
        assert not ours
        if b'"recall"' not in raw:
            assert out == raw
        if dies:
            self.treated = treated(self.settings, self.ledger, holdout=self.holdout)
        else:
            self.learn(prepared, asked, response)
        if keeps:
            client.ended = len(self.went) - 1
            self.heard(client, out)
        return response

    def _read(self, body):
        return answer_of(body, stream=self.stream, dialect=self.dialect)

    def heard(self, client, body):
        """The answer; the client has it in its history, and what its tools gave."""
        response = self._read(body)
        said = response.output if self.dialect == "openai-responses" else response.output[:1]
        client.history += said
        calls = [block for one in response.output for block in one.blocks if isinstance(block, ToolUse)]
        if client.edits:
            self._normalise(client, len(said))
        client.history += self.results(calls) or [Message("user", [Text(f"And then, after {len(client.history)}?")])]
        return response

    def _normalise(self, client, last):
        """The client fills in what the model left out of its calls, as Claude Code does, and drops empty texts."""
        for at in range(len(client.history) - last, len(client.history)):
            message = client.history[at]
            if isinstance(message.content, str) or message.content is None:
                continue
            blocks = [
                replace(block, input=Json.of({**block.input.value, "replace_all": False}))
                if isinstance(block, ToolUse)
                else block
                for block in message.content
                if block != Text("")
            ]
            client.history[at] = replace(message, content=tuple(blocks))

    def results(self, calls):
        """The client's messages with what its tools gave."""
        texts = [TEXTS[int(str(call.input.value["file_path"]).partition(".")[0])] for call in calls]
        results = [ToolResult(call.id, text) for call, text in zip(calls, texts, strict=True)]
        if self.dialect == "anthropic":
            return [Message("user", tuple(results))] if results else []
        return [Message("tool", (result,)) for result in results]

    def learn(self, prepared, asked, response):
        """What the treatment learns once an answer is over."""
        changed = prepared.body is not asked.body
        self.write(
            self.treated.learn(
                Answered(
                    asked.at,
                    asked.project,
                    self.dialect,
                    "answer",
                    prepared.session,
                    prepared.role,
                    "changed" if changed else "untouched",
                    prepared.receipts,
                    200,
                    "whole",
                    MODELS[self.dialect],
                    response.usage,
                    prepared.memo,
                )
            )
        )

    def write(self, events):
        """These are written down, now or when the ledger takes them again."""
        self.held += events
        try:
            self.ledger.append(self.held)
        except (LedgerFull, LedgerReadOnly):
            return
        self.held = []

    def count(self, client):
        """What count_tokens says of the client's next request, through the gateway."""
        prepared = self.treated.prepare(self.asks(client, "count"))
        assert (prepared.kept, prepared.events, prepared.reader) == ((), (), None)
        reply = self.provider.handle("POST", "/v1/messages/count_tokens", HEADERS, prepared.body, now=float(self.asked))
        assert reply.status == 200, reply.body
        return Json(reply.body).value["input_tokens"]

    def check_prefixes(self):
        """Law 2: what is sent for a is a prefix of what is sent for b, where a is one of b."""
        for at, b in enumerate(self.went):
            if b.after is not None:
                assert is_prefix(self.went[b.after].last, b.sent), at
            for a in self.went[:at]:
                if is_prefix(a.asked, b.asked):
                    assert is_prefix(a.sent, b.sent), at

    def check_handles(self):
        """Law 4: every handle that was sent leads to the exact bytes that the client had there."""
        return sum(handles_lead_back(went.asked, went.sent, self.ledger) for went in self.went)


def handles_lead_back(came, sent, ledger):
    """How many texts were cut in what was sent; each has a handle to just the bytes that came."""
    texts = {text.encode() for text in _results(came)}
    cut = [text for text in _results(sent) if text.encode() not in texts and _is_cut(text)]
    for text in cut:
        name = HANDLE.findall(text.splitlines()[-1])[-1]
        assert ledger.get(ledger.resolve(name, project="p"), project="p") in texts
    return len(cut)


def _is_cut(text):
    """Whether it ends in a handle; recall itself may say that it knows none such."""
    return HANDLE.search((text.splitlines() or [""])[-1]) is not None and "nothing is stored" not in text


def asked_as(request, key, number):
    """A request as the gateway gets it, of a client that calls its session so."""
    headers = ((b"X-Claude-Code-Session-Id", key.encode()),) if key else ()
    return Asked(number, number, "p", request.dialect, "answer", headers, encode_request(request))


def _results(request):
    for message in request.messages:
        for block in message.blocks:
            if isinstance(block, ToolResult):
                parts = [Text(block.content)] if isinstance(block.content, str) else block.content or ()
                yield from (part.text for part in parts if isinstance(part, Text))
