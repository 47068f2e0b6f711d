"""Many requests at once, with an upstream that fails at random. AGENTFORGE_SOAK=2000 makes it a long one."""

import asyncio
import gc
import hashlib
import os
import random
import socket
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

from agentforge.context import Settings
from agentforge.gateway import Config, Recorder, Untouched, treated
from agentforge.gateway.app import Gateway
from agentforge.gateway.listener import Listener
from agentforge.ledger import EVERYWHERE, open_ledger
from agentforge.simulate import Provider, Script, Turn
from agentforge.wire import Message, Text, ToolUse
from gateway.faulty import Hand, chunked, whole
from gateway.playing import Client, World, read, recall

FAULTS = ("whole", "stream", "cut", "short", "429", "529", "slow", "garbage", "late garbage", "silence")


def asked(number):
    return b'{"number": %d, "padding": "%s"}' % (number, b"x" * random.Random(number).randrange(40_000))


def stream_of(body):
    seed = hashlib.sha256(body).hexdigest()
    return [f"event: a\ndata: {seed} {number}\n\n".encode() for number in range(40)]


async def fail(hand, got, writer):
    """What goes wrong is decided by the request."""
    chance = random.Random(got.body)
    await misbehave(writer, chance.choice(FAULTS), stream_of(got.body), chance)


async def misbehave(writer, fault, chunks, chance):
    """An answer of these chunks, with that fault."""
    match fault:
        case "whole":
            writer.write(whole(200, b"".join(chunks)))
        case "stream" | "slow" as kind:
            writer.write(chunked(end=False))
            for chunk in chunks:
                writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                if kind == "slow":
                    await asyncio.sleep(0.002)
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        case "cut":
            writer.write(chunked(*chunks[: chance.randrange(len(chunks))], end=False))
            await writer.drain()
            writer.transport.abort()
        case "short":
            writer.write(whole(200, b"".join(chunks))[:-7])
            await writer.drain()
            writer.close()
        case "429" | "529" as status:
            writer.write(whole(int(status), b"busy", retry_after="1"))
        case "garbage":
            writer.write(b"\x00\x01garbage\r\n\r\n")
        case "late garbage":
            writer.write(chunked(chunks[0], end=False))
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(b"garbage\r\n")
        case "silence":
            writer.close()


async def one(port, body, key="k"):
    """What a client got: status, body, and whether it was whole."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        named = f"x-claude-code-session-id: {key}\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
        size = f"content-length: {len(body)}\r\n"
        head = f"POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{named}{size}\r\n"
        writer.write(head.encode() + body)
        status = int((await reader.readline()).split()[1])
        length, got = None, b""
        while line := (await reader.readline()).strip().lower():
            if line.startswith(b"content-length:"):
                length = int(line.split()[1])
        try:
            if length is not None:
                return status, await reader.readexactly(length), True
            while size := int((await reader.readline()).strip() or b"!", 16):
                got += await reader.readexactly(size)
                await reader.readexactly(2)
        except (asyncio.IncompleteReadError, ValueError, ConnectionError) as cut:
            return status, got + getattr(cut, "partial", b""), False
        return status, got, True
    finally:
        writer.close()


async def soak(requests, parallel, ledger):
    """Every answer checked; then the tasks and files that are open, before and after."""
    async with running(fail, ledger, Untouched()) as (_, port):
        turns = asyncio.Semaphore(parallel)

        async def checked(number):
            async with turns:
                status, got, ended = await one(port, asked(number))
            wanted = b"".join(stream_of(asked(number)))
            if status == 200:
                assert wanted.startswith(got)
                assert ended == (got == wanted)
            elif status in (429, 529):
                assert got == b"busy"
            else:
                assert status == 502
                assert b"agentforge gateway" in got
            return status

        await asyncio.gather(*(checked(number) for number in range(parallel * 2)))
        before = await _settled()
        statuses = await asyncio.gather(*(checked(number) for number in range(requests)))
        after = await _settled()
    return before, after, statuses


@asynccontextmanager
async def running(answer, ledger, treatment):
    """An upstream that answers so, and the port of a gateway before it, on this very loop."""
    hand = Hand(answer)
    upstream = await asyncio.start_server(hand.serve, "127.0.0.1", 0, limit=1 << 20)
    url = f"http://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
    recorder = Recorder(ledger, treatment, clock=lambda: 1, say=print)
    recorder.start()
    app = Gateway(Config(anthropic=url, port=0), treatment, recorder, clock=lambda: 1)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    server = Listener(app, goodbye_seconds=1)
    serving = asyncio.ensure_future(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield hand, listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        upstream.close()
        recorder.close()


async def _settled():
    """The tasks and open files once nothing is under way; a few connections rest in the pool."""
    await asyncio.sleep(0.3)
    gc.collect()
    opened = Path("/proc/self/fd")
    return len(asyncio.all_tasks()), len(list(opened.iterdir())) if opened.is_dir() else 0


def test_no_wrong_byte_nothing_left_open_and_every_request_in_the_ledger():
    requests, parallel = int(os.environ.get("AGENTFORGE_SOAK", "300")), 16
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as ledger:
        before, after, statuses = asyncio.run(soak(requests, parallel, ledger))
        events = list(ledger.events(project=EVERYWHERE))
    assert len(events) == requests + 2 * parallel
    assert {event.data["outcome"] for event in events} == {"whole", "cut", "refused"}
    assert set(statuses) == {200, 429, 529, 502}
    # A connection that rests has a task on the upstream's side and a file on both.
    assert after[0] <= before[0] + parallel
    assert after[1] <= before[1] + 2 * parallel


SAID = (
    Turn(thinking="a", text="I look.", calls=(read(3), read(1))),
    Turn(thinking="b", text="I ask again.", calls=(recall(3),)),
    Turn(thinking="c", text="Now I know.", calls=(read(6), recall(1))),
    Turn(thinking="d", text="It is so.", calls=(read(3),)),
    Turn(text="Done."),
)
HEARD = (["I look."], ["I ask again.", "Now I know."], ["It is so."], ["Done."])
"""What the client hears, answer by answer: it knows of no `recall`."""
CALLED = (2, 1, 1, 0)


class Flawed:
    """A provider that signs and checks its thinking, behind a bad line."""

    def __init__(self):
        self.provider = Provider(Script(turns=SAID), enforce_prefix=True)
        self.replies = []
        self.faults = random.Random(4)

    async def answer(self, _, got, writer):
        number = len(self.provider.exchanges)
        reply = self.provider.handle("POST", "/v1/messages", dict(got.headers), got.body, now=float(number))
        assert reply.status == 200, reply.body
        self.replies.append(reply.body)
        events = [event + b"\n\n" for event in reply.body.split(b"\n\n") if event]
        fault = self.faults.choice(FAULTS) if self.faults.random() < 0.4 else "stream"
        await misbehave(writer, "stream" if fault in ("whole", "short") else fault, events, self.faults)


async def converse(port, world, number, replies):
    """How many requests a session took, every answer of which is held against what the model said."""
    key, took = f"session {number}", 0
    client = Client(key, [Message("user", [Text(f"Go, {number}.")])])
    for texts, calls in zip(HEARD, CALLED, strict=True):
        while True:
            took += 1
            status, got, ended = await one(port, world.asks(client).body, key)
            if status == 200 and ended and b"message_stop" in got and b"event: error" not in got:
                break
            assert status in (200, 429, 529, 502), (status, got)
            if status == 200 and len(texts) == 1:
                assert any(reply.startswith(got) for reply in replies)
        response = world.heard(client, got)
        assert [block.text for block in response.blocks if isinstance(block, Text)] == texts
        assert [block.name for block in response.blocks if isinstance(block, ToolUse)] == ["Read"] * calls
        if texts in (["I look."], ["Done."]):
            assert got in replies
    return took


async def soak_treated(sessions, parallel, ledger):
    """The requests that clients made and the upstream got, and what is open before and after."""
    flawed, turns = Flawed(), asyncio.Semaphore(parallel)
    world = World(SAID)

    async with running(flawed.answer, ledger, treated(Settings(), ledger)) as (hand, port):

        async def session(number):
            async with turns:
                return await converse(port, world, number, flawed.replies)

        took = sum(await asyncio.gather(*(session(number) for number in range(parallel))))
        before = await _settled()
        took += sum(await asyncio.gather(*(session(number) for number in range(parallel, sessions))))
        after = await _settled()
    return took, len(hand.got), before, after


def test_with_all_transforms_on_no_answer_is_wrong_and_none_is_refused_whatever_the_line_does():
    """The provider checks what it signed; what was cut is asked for again; every request is in the ledger."""
    parallel = 16
    sessions = parallel + max(int(os.environ.get("AGENTFORGE_SOAK", "300")) // 8, 1)
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as ledger:
        took, reached, before, after = asyncio.run(soak_treated(sessions, parallel, ledger))
        events = list(ledger.events(project=EVERYWHERE, kind="gateway.request"))
        begun = list(ledger.events(project=EVERYWHERE, kind="gateway.session"))
    assert len(begun) == sessions
    assert len(events) == reached >= took
    assert sum(event.data["sent"] != "followup" for event in events) == took
    assert not [event for event in events if "sent as it came" in event.text]
    assert after[0] <= before[0] + parallel
    assert after[1] <= before[1] + 2 * parallel
