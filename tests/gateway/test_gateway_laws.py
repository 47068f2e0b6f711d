"""The laws over the whole treatment: sessions made by chance, and every recording of a real client."""

import json
import random
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentforge.context import Settings
from agentforge.gateway import treated
from agentforge.simulate import Turn
from agentforge.simulate import serving as simulated
from agentforge.simulate.whatif import sessions_of
from agentforge.transcripts import find_transcripts, read_transcript
from agentforge.wire import Message, Text, chain_of, decode_request, encode_request
from agentforge.wire.errors import LedgerBusy, LedgerCorrupt, LedgerFull, LedgerReadOnly, OutsideError
from gateway.faulty import KEY, ask, gateway
from gateway.playing import TEXTS, Client, Shelf, World, asked_as, handles_lead_back, read, recall
from simulate.asking import provider

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SMALL_CUTS = Settings(admit_above=200, admit_to=150)
numbers = st.integers(0, len(TEXTS) - 1)


def scripts(dialect):
    """What the model says, answer by answer."""
    calls = [st.builds(read, numbers)]
    if dialect != "openai-responses":
        calls.append(st.builds(recall, numbers))
    turn = st.builds(
        Turn,
        thinking=st.sampled_from([None, "So."]),
        text=st.sampled_from(["a", "b c"]),
        calls=st.lists(st.one_of(calls), max_size=3).map(tuple),
    )
    return st.lists(turn, min_size=2, max_size=9)


OPS = ("say", "say", "say", "retry", "die", "restart", "fork", "resume", "compact", "twin", "count", "refuse", "mend")


@st.composite
def plays(draw, ops=OPS):
    dialect = draw(st.sampled_from(["anthropic", "openai-chat", "openai-responses"]))
    return (
        dialect,
        draw(scripts(dialect)),
        draw(st.lists(st.tuples(st.sampled_from(ops), st.integers(0, 20)), min_size=3, max_size=14)),
        draw(st.booleans()),
        draw(st.sampled_from(["", "k"])),
        draw(st.booleans()),
    )


def play(world, clients, op, number):
    """One thing that happens."""
    client = clients[number % len(clients)]
    match op:
        case "say":
            world.say(client)
        case "retry":
            world.say(client, keeps=False)
            world.say(client)
        case "die":
            world.say(client, dies=True)
        case "restart":
            world.restart()
        case "fork":
            clients.append(client.fork(client.key, number))
        case "resume":
            clients.append(client.fork(client.key and f"k{len(clients)}", 10**6 - 1))
        case "twin":
            clients.append(Client(client.key, edits=client.edits))
        case "compact":
            words = "This session is being continued from a previous conversation that ran out of context."
            clients.append(
                Client(client.key, [Message("user", [Text(f"{words} {len(world.went)}")])], None, client.edits)
            )
        case "count" if world.dialect == "anthropic":
            world.count(client)
        case "refuse":
            world.ledger.refuses = ("full", "read-only")[number % 2]
        case "mend":
            world.ledger.refuses = ""
            world.write(())


@given(plays())
def test_laws_2_and_4_hold_whatever_clients_providers_ledgers_and_gateways_do(played):
    dialect, turns, ops, stream, key, edits = played
    world = World(turns, dialect, stream)
    clients = [Client(key, edits=edits)]
    for op, number in ops:
        if op in ("restart", "die") and world.ledger.refuses:
            # What could not be written down is known to nobody after a restart: so much is said when it ends.
            continue
        play(world, clients, op, number)
    world.check_prefixes()
    world.check_handles()


def recorded():
    """Every request that a real client sent, and every session that one wrote down, as its requests."""
    for path in sorted(CORPORA.glob("claude_code/requests/*.json")):
        yield pytest.param(path, id=path.name.removesuffix(".sanitized.json"))
    for folder in (CORPORA / "claude_code" / "transcripts_sanitized", CORPORA / "other_agents"):
        for path in sorted(find_transcripts(folder)) if folder.is_dir() else ():
            yield pytest.param(path, id="-".join((path.relative_to(folder).parts[0], path.stem[-20:])))


missing = [pytest.param(None, marks=pytest.mark.skip("the recordings are not here (../shared/corpora)"), id="none")]


def requests_in(path):
    """By session, the requests of a recording."""
    if path.suffix == ".json" and path.parent.name == "requests":
        return {"s": [decode_request("anthropic", json.dumps(json.loads(path.read_bytes())["body"]).encode())]}
    found = defaultdict(list)
    try:
        transcript = read_transcript(path)
    except OutsideError as nothing:
        pytest.skip(str(nothing))
    for session in sessions_of(transcript):
        # As bytes, the way a gateway gets them.
        found[session.id] += [
            decode_request(step.request.dialect, encode_request(step.request)) for step in session.steps
        ]
    return found


@pytest.mark.parametrize("path", list(recorded()) or missing)
@pytest.mark.parametrize("cuts", [Settings(), SMALL_CUTS], ids=["default", "small cuts"])
def test_laws_2_and_4_hold_for_what_real_clients_sent_also_across_restarts(path, cuts):
    chance = random.Random(str(path.name))
    ledger = Shelf()
    treatment = treated(cuts, ledger)
    for session, requests in requests_in(path).items():
        before = []
        for number, request in enumerate(requests, 1):
            if chance.random() < 0.2:
                treatment = treated(cuts, ledger)
            asked = asked_as(request, session, number)
            prepared = treatment.prepare(asked)
            for one in prepared.kept:
                assert ledger.put(one.data, project="p", at=number).redacted == ()
            ledger.append(prepared.events)
            sent = decode_request(request.dialect, prepared.body)
            handles_lead_back(request, sent, ledger)
            links, sent_links = chain_of(request).links, chain_of(sent).links
            for old, old_sent in before:
                if links[: len(old)] == old:
                    assert sent_links[: len(old_sent)] == old_sent
            before = [*before[-3:], (links, sent_links)]


REFUSALS = (LedgerFull, LedgerReadOnly, LedgerBusy, LedgerCorrupt, OSError, MemoryError, RecursionError)


class Fails(Shelf):
    """A ledger in which any call may fail, as chance has it."""

    def __init__(self, failures):
        super().__init__()
        self.failures = iter(failures)

    def _fails(self):
        if (error := next(self.failures, None)) is not None:
            raise error("on purpose")

    def put(self, data, **more):
        self._fails()
        return super().put(data, **more)

    def append(self, events):
        self._fails()
        return super().append(events)

    def get(self, hash, **more):
        self._fails()
        return super().get(hash, **more)


SAID = (
    Turn(thinking="So.", text="Look.", calls=(read(3), read(1))),
    Turn(thinking="Then.", text="More.", calls=(read(4),)),
    Turn(thinking="And.", calls=(read(3), read(2))),
    Turn(text="Done."),
)


@settings(max_examples=15)
@given(st.lists(st.sampled_from([None, None, *REFUSALS]), max_size=30), st.booleans())
def test_law_10_whatever_a_ledger_does_the_provider_answers_as_it_would_have(failures, stream):
    """Over HTTP: every answer is 200, and says to the client what the provider says, signed thinking and all."""
    of = provider(*SAID, enforce_prefix=True)
    ledger = Fails(failures)
    client = Client()
    world = World(SAID, stream=stream)
    with simulated(of) as up, gateway(up, ledger=ledger, treatment=treated(Settings(), ledger)) as through:
        for turn in SAID:
            asked = world.asks(client)
            got = ask(through.url, asked.body, headers={**KEY, "x-claude-code-session-id": "k"})
            assert got.status == 200, (got.body, [exchange.body for exchange in of.exchanges])
            response = world.heard(client, got.body)
            assert [block.text for block in response.blocks if isinstance(block, Text)] == [turn.text] * bool(turn.text)
    assert [exchange.status for exchange in of.exchanges] == [200] * len(SAID)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "tool_result", "thinking", "odd"]) | ODD},
    optional=dict.fromkeys(("text", "id", "name", "input", "content", "tool_use_id", "signature"), ODD),
)
ODD_BODY = st.fixed_dictionaries(
    {},
    optional={
        "model": st.just("claude-opus-5-5") | ODD,
        "max_tokens": st.just(9) | ODD,
        "messages": st.lists(
            st.fixed_dictionaries(
                {"role": st.sampled_from(["user", "assistant", "system", "tool"]) | ODD},
                optional={"content": st.lists(BLOCK, max_size=3) | ODD},
            ),
            max_size=4,
        )
        | ODD,
        "system": ODD,
        "tools": st.lists(st.fixed_dictionaries({}, optional={"name": ODD, "input_schema": ODD}), max_size=2) | ODD,
        "input": ODD,
    },
)
NAMED = ("id", "request_id", "usage")
"""Each answer has its own; and a tool more weighs more."""


def test_law_10_whatever_a_request_is_the_answer_is_the_upstreams():
    of = provider("hi")
    ledger = Shelf()
    with simulated(of) as up, gateway(up, ledger=ledger, treatment=treated(SMALL_CUTS, ledger)) as through:

        @given(ODD_BODY, st.sampled_from(["/v1/messages", "/v1/chat/completions", "/v1/responses"]))
        def check(body, path):
            direct, got = ask(up, body, path), ask(through.url, body, path)
            one, other = direct.plain, got.plain
            for plain in (one, other):
                for name in NAMED:
                    plain.pop(name, None)
            assert (got.status, other.get("error"), other.get("content")) == (
                direct.status,
                one.get("error"),
                one.get("content"),
            )

        check()
