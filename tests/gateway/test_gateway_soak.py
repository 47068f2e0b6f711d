"""Many requests at once, with an upstream that fails at random. AGENTFORGE_SOAK=2000 makes it a long one."""

import asyncio
import gc
import hashlib
import os
import random
import socket
import tempfile
from pathlib import Path

from agentforge.gateway import Config, Recorder, Untouched
from agentforge.gateway.app import Gateway
from agentforge.gateway.listener import Listener
from agentforge.ledger import EVERYWHERE, open_ledger
from gateway.faulty import Hand, chunked, whole

FAULTS = ("whole", "stream", "cut", "short", "429", "529", "slow", "garbage", "late garbage", "silence")


def asked(number):
    return b'{"number": %d, "padding": "%s"}' % (number, b"x" * random.Random(number).randrange(40_000))


def stream_of(body):
    seed = hashlib.sha256(body).hexdigest()
    return [f"event: a\ndata: {seed} {number}\n\n".encode() for number in range(40)]


async def fail(hand, got, writer):
    """What goes wrong is decided by the request."""
    chance = random.Random(got.body)
    chunks = stream_of(got.body)
    match chance.choice(FAULTS):
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
            writer.write(chunked(*chunks[: chance.randrange(40)], end=False))
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


async def one(port, number):
    """What a client got: status, body, and whether it was whole."""
    body = asked(number)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: {len(body)}\r\n\r\n"
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
    hand = Hand(fail)
    upstream = await asyncio.start_server(hand.serve, "127.0.0.1", 0, limit=1 << 20)
    url = f"http://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
    recorder = Recorder(ledger, Untouched(), clock=lambda: 1, say=print)
    recorder.start()
    app = Gateway(Config(anthropic=url, port=0), Untouched(), recorder, clock=lambda: 1)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    server = Listener(app, goodbye_seconds=1)
    serving = asyncio.ensure_future(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    port = listening.getsockname()[1]
    turns = asyncio.Semaphore(parallel)

    async def checked(number):
        async with turns:
            status, got, ended = await one(port, number)
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

    try:
        await asyncio.gather(*(checked(number) for number in range(parallel * 2)))
        before = await _settled()
        statuses = await asyncio.gather(*(checked(number) for number in range(requests)))
        after = await _settled()
    finally:
        server.should_exit = True
        await serving
        upstream.close()
        recorder.close()
    return before, after, statuses


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
