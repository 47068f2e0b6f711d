"""The recorder: what happened goes into the ledger from a thread of its own, never while a client waits.

Only what must be in the ledger before a request goes out (`keep`) is waited for. The queue is bounded: what does not
fit is counted, and the count is recorded.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from agentforge.context import Kept
from agentforge.gateway.answers import Heard, hear
from agentforge.gateway.exchange import Exchange
from agentforge.gateway.totals import Totals
from agentforge.gateway.treatment import Answered, Prepared, Treatment
from agentforge.ledger import Event, Ledger
from agentforge.wire import Usage
from agentforge.wire.errors import LedgerBusy, LedgerError, LedgerFull, LedgerReadOnly

REQUEST: Final = "gateway.request"
TROUBLE: Final = "gateway.trouble"
LOST: Final = "gateway.lost"

WAITING: Final = 4_096
"""Requests that may wait to be recorded."""
WAITING_BYTES: Final = 32 * 1024 * 1024
"""Of their answers: past it an answer is recorded unread."""
_TOGETHER: Final = 256
_PAUSE: Final = 0.05
"""Seconds for others to join a batch: one transaction for many, and fewer interruptions of the event loop."""
_HELD: Final = 10_000
"""Events that are kept for a ledger that cannot be written for a while."""
_REMEMBERED: Final = 100_000
_WEIGHT: Final = 0.35
"""Tokens a character of text, about, where an answer does not tell."""
_LIGHTEST: Final = 0.15
_HEAVIEST: Final = 1.0
"""What no text is beyond, whatever a server says of its usage."""


class NotKept(Exception):
    """What must be in the ledger before the request goes out is not there."""


class Recorder:
    """A ledger's writer. `start` and `close` it from the thread that owns the gateway."""

    def __init__(
        self, ledger: Ledger, treatment: Treatment, *, clock: Callable[[], int], say: Callable[[str], None]
    ) -> None:
        self.totals = Totals()
        self._ledger = ledger
        self._treatment = treatment
        self._clock = clock
        self._say = say
        self._queue: queue.Queue[Exchange | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._keeper = ThreadPoolExecutor(1, "keeper")
        self._bytes_in = 0
        self._bytes_out = 0
        self._lost = 0
        self._held: list[Event] = []
        self._is_down = False
        self._known: dict[tuple[str, str], None] = {}

    def start(self) -> None:
        """Nothing; what is taken from now on is recorded."""
        self._thread.start()

    def close(self) -> None:
        """Nothing; everything taken is in the ledger, or it is said how much is not."""
        self._queue.put(None)
        self._thread.join()
        self._keeper.shutdown()
        if self._held:
            self.totals.lost += len(self._held)
            self._tell(f"{len(self._held)} events could not be recorded")

    def take(self, exchange: Exchange) -> None:
        """Nothing; the exchange will be recorded. It must not change any more."""
        if self._bytes_in - self._bytes_out + exchange.copy.size > WAITING_BYTES:
            exchange.copy.chunks = None
            exchange.why.append("the answer is unread: too much was waiting to be recorded")
        try:
            self._queue.put_nowait(exchange)
        except queue.Full:
            self._lost += 1
            return
        self._bytes_in += exchange.copy.size

    async def keep(self, prepared: Prepared, *, project: str, at: int) -> None:
        """Nothing; what was cut and the events are in the ledger. Raises `NotKept`."""
        new = self.unkept(prepared, project)
        if new or prepared.events:
            await self._kept(self._store, new, prepared.events, project, at)
            while len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]

    async def keep_events(self, events: Sequence[Event]) -> None:
        """Nothing; these are in the ledger. Raises `NotKept`."""
        await self._kept(self._ledger.append, events)

    async def _kept(self, store: Callable[..., object], *given: object) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._keeper, store, *given)
        except LedgerError as error:
            raise NotKept(str(error)) from error

    def unkept(self, prepared: Prepared, project: str) -> list[Kept]:
        """What of it was not stored yet."""
        return [one for one in prepared.kept if (project, one.hash) not in self._known]

    def _store(self, cut: list[Kept], events: tuple[Event, ...], project: str, at: int) -> None:
        for one in cut:
            try:
                redacted = self._ledger.put(one.data, project=project, at=at).redacted
            except LedgerError:
                # What a session had stored before a restart is still there, though nothing more can be written.
                if not self._has(one, project):
                    raise
                redacted = ()
            if redacted:
                # Its handle is the hash of what came in, and would lead nowhere.
                raise NotKept(f"what was cut holds a secret ({', '.join(redacted)}), which is not stored")
            self._known[project, one.hash] = None
        self._ledger.append(events)

    def _has(self, one: Kept, project: str) -> bool:
        try:
            return self._ledger.get(one.hash, project=project) == one.data
        except LedgerError:
            return False

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch = [self._queue.get()]
            if batch[0] is not None:
                time.sleep(_PAUSE)
            while len(batch) < _TOGETHER and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            is_open = None not in batch
            self._append([event for one in batch if one is not None for event in self._events(one)])

    def _events(self, exchange: Exchange) -> list[Event]:
        self._bytes_out += exchange.copy.size
        events: list[Event] = [*exchange.owed]
        try:
            heard = hear(exchange.dialect, exchange.status, exchange.kind, exchange.packing, exchange.copy)
            if exchange.operation != "answer":
                heard = Heard(heard.model, None, heard.stop_reason, heard.error)
            events.append(self._event(exchange, heard))
            events += self._treatment.learn(_answered(exchange, heard))
        except Exception as error:  # noqa: BLE001 - one odd answer must not end the record of all others
            what = f"{type(error).__name__}: {error}"
            events.append(Event(TROUBLE, exchange.at, exchange.project, exchange.session, {"recording": what}, what))
        return events

    def _event(self, exchange: Exchange, heard: Heard) -> Event:
        totals = self.totals
        totals.requests += 1
        totals.outcomes[exchange.outcome] += 1
        totals.errors += exchange.status >= 400
        totals.changed += exchange.sent == "changed"
        dollars = None
        if heard.usage is not None:
            dollars = totals.add_usage(heard.usage, heard.model, followup=exchange.sent == "followup")
        elif exchange.operation == "answer" and exchange.outcome == "whole" and exchange.status < 300:
            totals.unread += 1
        cut = _cut(exchange, heard.usage)
        if exchange.operation == "answer" and 200 <= exchange.status < 300:
            totals.cut_tokens += sum(cut.values())
        data: dict[str, Any] = {
            "number": exchange.number,
            "method": exchange.method,
            "path": exchange.path,
            "dialect": exchange.dialect,
            "operation": exchange.operation,
            "role": exchange.role,
            "sent": exchange.sent,
            "status": exchange.status,
            "outcome": exchange.outcome,
            "model": heard.model,
            "stop_reason": heard.stop_reason,
            "usage": None
            if heard.usage is None
            else {
                "input": heard.usage.input_tokens,
                "cache_read": heard.usage.cache_read,
                "cache_write": heard.usage.cache_write,
                "cache_write_1h": heard.usage.cache_write_1h,
                "output": heard.usage.output_tokens,
                "thinking": heard.usage.thinking_tokens,
                "method": "counted",
            },
            "dollars": None if dollars is None else float(dollars),
            "cut": {"by": cut, "method": "estimated"} if cut else None,
            "bytes": {"asked": exchange.asked_bytes, "sent": exchange.sent_bytes, "answered": exchange.copy.size},
            "ms": {"prepare": exchange.prepare_ms, "first": exchange.first_ms, "whole": exchange.whole_ms},
            "request_id": exchange.request_id,
        }
        why = [*exchange.why, *([heard.unread] if heard.unread else [])]
        if why:
            data["why"] = why
        if heard.error:
            data["error"] = heard.error
        text = " ".join([*why, *([heard.error] if heard.error else [])])
        return Event(REQUEST, exchange.at, exchange.project, exchange.session, data, text)

    def _append(self, events: Iterable[Event]) -> None:
        lost, self._lost = self._lost, 0
        if lost:
            self.totals.lost += lost
            self._held.append(Event(LOST, self._clock(), "", None, {"requests": lost}, f"{lost} requests not recorded"))
        self._held += events
        if not self._held:
            return
        try:
            self._ledger.append(self._held)
        except (LedgerBusy, LedgerFull, LedgerReadOnly) as error:
            self._wait_for_ledger(error)
        except LedgerError as error:
            self._append_each(error)
        except Exception as error:  # noqa: BLE001 - the record of all that follows must not end with it
            self._wait_for_ledger(error)
        else:
            self._recovered()
            self._held = []

    def _tell(self, words: str) -> None:
        with suppress(OSError):  # nobody listens any more; the ledger still gets the events
            self._say(words)

    def _append_each(self, cause: LedgerError) -> None:
        """Nothing; one event that cannot be stored does not take the others along."""
        held, self._held = self._held, []
        self._tell(f"an event is not recorded: {cause}")
        for event in held:
            try:
                self._ledger.append([event])
            except Exception:  # noqa: BLE001 - counted as lost, and the count is recorded
                self._lost += 1

    def _wait_for_ledger(self, error: Exception) -> None:
        if not self._is_down:
            self._is_down = True
            self._tell(f"nothing is recorded for now; requests go on. {error}")
        excess = max(len(self._held) - _HELD, 0)
        del self._held[:excess]
        self._lost += excess

    def _recovered(self) -> None:
        if self._is_down:
            self._is_down = False
            self._tell("recording again")


def _cut(exchange: Exchange, usage: Usage | None) -> dict[str, int]:
    """The tokens that each transform took out; negative where it put some in.

    Weighed by what the provider counted for the bytes that were sent: a tokenizer takes 90 MB, and longer for a new
    result than all else that is done with it.
    """
    weight = _WEIGHT
    if usage is not None and usage.prompt and exchange.sent_bytes:
        weight = min(max(usage.prompt / exchange.sent_bytes, _LIGHTEST), _HEAVIEST)
    return {
        receipt.transform: round(
            weight * sum(len(change.before) - len(change.after) for change in receipt.changes),
        )
        for receipt in exchange.receipts
        if receipt.changes
    }


def _answered(exchange: Exchange, heard: Heard) -> Answered:
    return Answered(
        at=exchange.at,
        project=exchange.project,
        dialect=exchange.dialect,
        operation=exchange.operation,
        session=exchange.session,
        role=exchange.role,
        sent=exchange.sent,
        receipts=exchange.receipts,
        status=exchange.status,
        outcome=exchange.outcome,
        model=heard.model,
        usage=heard.usage,
        memo=exchange.memo,
    )
