import json
import threading
import time

import pytest

from agentforge.context import Change, Receipt
from agentforge.gateway import Recorder, Untouched
from agentforge.gateway import record as record_module
from agentforge.gateway.exchange import Exchange
from agentforge.ledger import EVERYWHERE, Event, open_ledger
from agentforge.wire.errors import LedgerError, LedgerFull
from simulate.asking import ask as asked_of
from simulate.asking import body, provider


class Trouble:
    """A ledger that refuses until it is told not to."""

    def __init__(self, ledger, error):
        self.ledger, self.error, self.tried = ledger, error, threading.Event()

    def __getattr__(self, name):
        return getattr(self.ledger, name)

    def append(self, events):
        self.tried.set()
        events = list(events)
        if self.error is not None and any(self.is_refused(event) for event in events):
            raise self.error
        return self.ledger.append(events)

    def is_refused(self, _):
        return True


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "ledger.db") as opened:
        yield opened


def recorder(ledger, treatment=None):
    told = []
    made = Recorder(ledger, treatment or Untouched(), clock=lambda: 7, say=told.append)
    return made, told


def exchange(number=1, **more):
    return Exchange(number, number, "POST", "/v1/messages", outcome="whole", **more)


def recorded(ledger):
    return list(ledger.events(project=EVERYWHERE))


def test_what_is_taken_is_in_the_ledger_once_it_is_closed(ledger):
    made, told = recorder(ledger)
    made.start()
    for number in range(1000):
        made.take(exchange(number))
    made.close()
    assert [event.data["number"] for event in recorded(ledger)] == list(range(1000))
    assert (made.totals.requests, told) == (1000, [])


def test_an_event_has_usage_cost_and_how_they_are_known(ledger):
    made, _ = recorder(ledger)
    made.start()
    reply = asked_of(provider("hi"), body()).reply
    one = exchange(operation="answer", status=200, kind=b"application/json", request_id="req_1")
    one.copy.add(reply.body)
    made.take(one)
    made.close()
    (event,) = recorded(ledger)
    assert (event.kind, event.at, event.project) == ("gateway.request", 1, "default")
    assert event.data["usage"]["method"] == "counted"
    assert event.data["request_id"] == "req_1"
    assert made.totals.dollars > 0
    assert made.totals.output_tokens == event.data["usage"]["output"]


def test_an_overflow_is_counted_and_the_count_recorded(ledger):
    made, _ = recorder(ledger)
    for number in range(record_module.WAITING + 5):
        made.take(exchange(number))
    made.start()
    made.close()
    kinds = [event.kind for event in recorded(ledger)]
    assert kinds.count("gateway.request") == record_module.WAITING
    (lost,) = [event for event in recorded(ledger) if event.kind == "gateway.lost"]
    assert (lost.data, lost.at) == ({"requests": 5}, 7)
    assert made.totals.lost == 5


def test_answers_that_would_fill_the_memory_are_recorded_unread(ledger):
    made, _ = recorder(ledger)
    for number in range(5):
        one = exchange(number, operation="answer", status=200)
        one.copy.add(bytes(record_module.WAITING_BYTES // 4))
        made.take(one)
    made.start()
    made.close()
    events = recorded(ledger)
    assert len(events) == 5
    assert "too much was waiting" in events[4].data["why"][0]


def test_a_full_disk_is_said_once_and_what_happened_meanwhile_is_recorded_later(ledger):
    full = Trouble(ledger, LedgerFull("the disk is full", where="ledger.db", fix="make room"))
    made, told = recorder(full)
    made.start()
    made.take(exchange(1))
    full.tried.wait(10)
    made.take(exchange(2))
    time.sleep(0.2)
    full.error = None
    made.take(exchange(3))
    made.close()
    assert [event.data["number"] for event in recorded(ledger)] == [1, 2, 3]
    assert told == [
        "nothing is recorded for now; requests go on. ledger.db: the disk is full (make room)",
        "recording again",
    ]


def test_what_never_gets_into_the_ledger_is_said_at_the_end(ledger):
    made, told = recorder(Trouble(ledger, LedgerFull("the disk is full")))
    made.start()
    made.take(exchange(1))
    made.close()
    assert told[-1] == "1 events could not be recorded"
    assert made.totals.lost == 1


def test_one_event_that_cannot_be_stored_does_not_take_the_others_along(ledger):
    odd = Trouble(ledger, LedgerError("too deep"))
    odd.is_refused = lambda event: event.data.get("number") == 2
    made, told = recorder(odd)
    for number in (1, 2, 3):
        made.take(exchange(number))
    made.start()
    made.close()
    assert [event.data["number"] for event in recorded(ledger) if event.kind == "gateway.request"] == [1, 3]
    assert told == ["an event is not recorded: too deep"]


def test_the_record_goes_on_when_nobody_listens_to_its_words(ledger):
    def say(_):
        raise BrokenPipeError

    class Once(Trouble):
        def is_refused(self, event):
            return event.data.get("number") == 1

    made = Recorder(Once(ledger, LedgerError("too deep")), Untouched(), clock=lambda: 7, say=say)
    made.start()
    for number in (1, 2):
        made.take(exchange(number))
    made.close()
    assert [event.data["number"] for event in recorded(ledger) if event.kind == "gateway.request"] == [2]


def test_what_is_owed_is_recorded_also_where_the_answer_cannot_be_read(ledger):
    made, _ = recorder(ledger)
    made.start()
    made.take(exchange(owed=[Event("gateway.aside", 1, "p", "s", {"link": "l"})], status=None))
    made.close()
    assert [event.kind for event in recorded(ledger)] == ["gateway.aside", "gateway.trouble"]


def test_a_treatment_that_cannot_learn_is_noted_and_the_record_goes_on(ledger):
    class Fails(Untouched):
        def learn(self, _):
            raise ValueError("on purpose")

    made, _ = recorder(ledger, Fails())
    made.start()
    made.take(exchange(1))
    made.take(exchange(2))
    made.close()
    kinds = [event.kind for event in recorded(ledger)]
    assert kinds == ["gateway.request", "gateway.trouble"] * 2
    assert recorded(ledger)[1].data == {"recording": "ValueError: on purpose"}


@pytest.mark.parametrize(("prompt", "tokens"), [(300, 270), (0, 315), (1, 135), (9_999, 900)])
def test_what_was_cut_is_weighed_by_what_the_provider_counted(ledger, prompt, tokens):
    made, _ = recorder(ledger)
    made.start()
    receipt = Receipt("admit results", "causal", (Change("messages.0", "x" * 1_000, "x" * 100, "long"),))
    one = exchange(receipts=(receipt,), sent_bytes=1_000, status=200, operation="answer", kind=b"application/json")
    usage = {"input_tokens": prompt, "output_tokens": 1}
    said = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    one.copy.add(json.dumps(said).encode())
    made.take(one)
    made.close()
    (event,) = recorded(ledger)
    assert event.data["cut"] == {"by": {"admit results": tokens}, "method": "estimated"}
