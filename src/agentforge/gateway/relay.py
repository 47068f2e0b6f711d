"""An answer on its way from the upstream to the client: chunk by chunk as it comes, or through a reader."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from agentforge.gateway.client import Client
from agentforge.gateway.exchange import Exchange
from agentforge.gateway.headers import to_client
from agentforge.gateway.refusals import Refusal
from agentforge.gateway.treatment import AnswerReader, FollowUp
from agentforge.gateway.upstream import Broken, Reply

AskAgain: TypeAlias = Callable[[bytes], Awaitable[tuple[Reply, Exchange]]]
Settle: TypeAlias = Callable[[], Awaitable[None]]
"""Does what must be done before the client has the end of the answer."""


async def pass_on(client: Client, reply: Reply, exchange: Exchange) -> None:
    """Nothing; the client has the answer, every chunk as it came."""
    read, add, say = reply.read, exchange.copy.add, client.say
    await client.start(reply.status, to_client(reply.headers))
    while chunk := await read():
        add(chunk)
        await say(chunk)
    await client.finish()


async def read_through(
    client: Client, reply: Reply, exchange: Exchange, reader: AnswerReader, ask_again: AskAgain, settle: Settle
) -> None:
    """Nothing; the client has what the reader made of the answer, and of those it asked for besides.

    When the reader fails, the client gets what it held back and then the rest as it comes.
    """
    said = _Said(client, reply)
    while True:
        following: FollowUp | None = None
        try:
            while chunk := await reply.read():
                exchange.copy.add(chunk)
                await said.say(reader.feed(chunk))
            # It may look through megabytes to answer a recall: not while all others wait.
            last = await asyncio.to_thread(reader.end)
            if isinstance(last, FollowUp):
                following = last
            else:
                await settle()
                await said.say(last)
        except Broken:
            await said.say(_released(reader))
            raise
        except Exception as error:  # noqa: BLE001 - Law 10: whatever is wrong with the reader, the answer goes on
            exchange.why.append(f"the answer passed unread: {type(error).__name__}: {error}")
            await said.say(_released(reader))
            while chunk := await reply.read():
                exchange.copy.add(chunk)
                await said.say(chunk)
        if following is None:
            break
        try:
            reply, exchange = await ask_again(following.body)
        except Refusal as refusal:
            if not client.started:
                raise
            await client.finish(_refused(reader, refusal.status, refusal.message.encode()))
            return
        if reply.status != 200:
            if not client.started:
                await pass_on(client, reply, exchange)
                return
            refused = bytearray()
            while chunk := await reply.read():
                exchange.copy.add(chunk)
                refused += chunk
            await client.finish(_refused(reader, reply.status, bytes(refused)))
            return
    await said.finish()


class _Said:
    """Sends the start with the first bytes, so that a refused follow-up may still have a status of its own."""

    def __init__(self, client: Client, reply: Reply) -> None:
        self._client = client
        self._status = reply.status
        self._headers = to_client(reply.headers, sized=False)

    async def say(self, chunk: bytes) -> None:
        if chunk:
            await self._start()
            await self._client.say(chunk)

    async def finish(self) -> None:
        await self._start()
        await self._client.finish()

    async def _start(self) -> None:
        if not self._client.started:
            await self._client.start(self._status, self._headers)


def _refused(reader: AnswerReader, status: int, body: bytes) -> bytes:
    try:
        return reader.refuse(status, body)
    except Exception as error:
        raise Broken(f"a follow-up was refused with {status}, and there are no words for it") from error


def _released(reader: AnswerReader) -> bytes:
    try:
        return reader.release()
    except Exception as error:
        # What it held is not to be had: a broken stream makes the client ask again, a gap would not.
        raise Broken(f"what was held back of the answer is lost: {type(error).__name__}: {error}") from error
