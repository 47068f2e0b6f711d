import asyncio
import sys

import pytest
from anyio import BrokenResourceError, EndOfStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCRequest

from agentforge.knowledge.mcp.limits import STDERR_TAIL, WAITING
from agentforge.knowledge.mcp.stdio import Child, running
from agentforge.knowledge.mcp.tap import Tap

ENV: dict[str, str] = {}


def command(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def ping(number: int = 1, **params: object) -> SessionMessage:
    return SessionMessage(JSONRPCRequest(jsonrpc="2.0", id=number, method="ping", params=params or None))


def test_messages_go_both_ways():
    async def talk() -> object:
        echo = "import sys\nfor line in sys.stdin: print(line, flush=True)"
        async with running(command(echo), ENV, None, Tap()) as child:
            await child.send(ping(7))
            return await child.receive()

    assert asyncio.run(talk()) == ping(7)


def test_the_stream_ends_with_the_process_and_its_exit_status_is_its_own():
    async def talk() -> int | None:
        async with running(command("raise SystemExit(5)"), ENV, None, Tap()) as child:
            with pytest.raises(EndOfStream):
                await child.receive()
        return child.own_end

    assert asyncio.run(talk()) == 5


def test_a_process_that_is_killed_has_no_exit_status_of_its_own(tmp_path):
    async def talk() -> int | None:
        program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        async with running(command(program), ENV, tmp_path, Tap()) as child:
            pass
        return child.own_end

    assert asyncio.run(talk()) is None


def test_the_end_of_stderr_is_kept():
    async def talk() -> bytes:
        program = "import sys; sys.stderr.write('x' * 10000 + 'last'); print(flush=True)"
        async with running(command(program), ENV, None, Tap()) as child:
            with pytest.raises(EndOfStream):
                await child.receive()
        return bytes(child.stderr)

    assert asyncio.run(talk()) == b"x" * (STDERR_TAIL - 4) + b"last"


async def flood(child: Child) -> None:
    for _ in range(20):
        await child.send(ping(1, text="x" * WAITING))


def test_a_server_that_does_not_read_is_not_written_to_without_end():
    async def talk() -> None:
        async with running(command("import time; time.sleep(600)"), ENV, None, Tap()) as child:
            with pytest.raises(BrokenResourceError):
                await flood(child)

    asyncio.run(talk())


def test_what_is_not_read_waits_in_the_pipe_and_comes_in_order():
    async def talk() -> list[object]:
        program = (
            'import json\nfor n in range(3000): print(json.dumps({"jsonrpc": "2.0", "id": n, "method": "m" * 1000}))'
        )
        async with running(command(program), ENV, None, Tap()) as child:
            got = [await child.receive()]
            await asyncio.sleep(0.2)
            assert child.waiting < 2 * WAITING
            got += [item async for item in child]
        return [item.message.id for item in got]

    assert asyncio.run(talk()) == list(range(3000))
