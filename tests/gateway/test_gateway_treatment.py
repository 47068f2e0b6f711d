import json
import sqlite3
import threading
import time
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from agentforge.context import Change, Kept, Receipt
from agentforge.gateway import Asked, Prepared, Untouched
from agentforge.ledger import Event, Redacted, open_ledger, redact
from agentforge.simulate import serving as simulated
from gateway.faulty import ASKED, KEY, ask, gateway, upstream, whole
from simulate.asking import provider

CUT = "a line of output\n" * 400


@dataclass
class Does:
    """A treatment that does as it is told."""

    prepared: object = None
    quick: bool = True
    asked: list = field(default_factory=list)
    answered: list = field(default_factory=list)
    threads: list = field(default_factory=list)

    def is_quick(self, _):
        return self.quick

    def prepare(self, asked):
        self.asked.append(asked)
        self.threads.append(threading.current_thread().name)
        return self.prepared(asked)

    def learn(self, answered):
        self.answered.append(answered)
        return [Event("learnt", answered.at, answered.project, answered.session)]


def cutting(asked):
    """What a transform would do: other bytes, what was cut, a receipt."""
    kept = Kept(CUT.encode())
    change = Change("messages.0.content", CUT, f"cut: {kept.handle}", "long", kept)
    body = json.dumps({**json.loads(asked.body), "metadata": {"user_id": kept.handle}}).encode()
    return Prepared(
        body,
        session="s-1",
        role="main",
        receipts=(Receipt("admit", "causal", (change,)),),
        kept=(kept,),
        events=(Event("session", asked.at, asked.project, "s-1"),),
        memo="mine",
    )


def test_it_sees_the_request_and_learns_what_came_of_it():
    does = Does(lambda asked: Prepared(asked.body, session="s-9", role="main", memo=7))
    with simulated(provider("hi")) as up, gateway(up, treatment=does) as through:
        ask(through.url, path="/p/alpha/v1/messages?beta=true")
        event, learnt = through.events(at_least=2)
    (asked,), (answered,) = does.asked, does.answered
    assert (asked.project, asked.dialect, asked.operation, json.loads(asked.body)) == (
        "alpha",
        "anthropic",
        "answer",
        ASKED,
    )
    assert asked.named["x-api-key"] == "sk-test"
    assert (answered.session, answered.role, answered.memo, answered.sent) == ("s-9", "main", 7, "untouched")
    assert (answered.status, answered.outcome, answered.model) == (200, "whole", "claude-opus-5-5")
    assert answered.usage.output_tokens > 0
    assert (event.session, learnt.kind, learnt.session) == ("s-9", "learnt", "s-9")


def test_what_is_not_a_model_call_is_not_its_business():
    does = Does(lambda asked: Prepared(asked.body))
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=does) as through:
        ask(through.url, path="/v1/files")
        ask(through.url, None, "/v1/models", method="GET")
        ask(through.url, path="/v1/messages/count_tokens")
        through.events(at_least=6)
    assert [asked.operation for asked in does.asked] == ["count"]


def test_what_takes_long_is_done_beside_the_event_loop():
    does = Does(lambda asked: Prepared(asked.body))
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=does) as through:
        ask(through.url)
        does.quick = False
        ask(through.url)
    assert "preparer" not in does.threads[0]
    assert "preparer" in does.threads[1]


def test_a_changed_request_goes_out_changed_and_what_was_cut_is_in_the_ledger_before():
    seen = {}

    async def answer(hand, got, writer):
        kept = json.loads(got.body)["metadata"]["user_id"]
        seen["cut"] = through.ledger.get(through.ledger.resolve(kept, project="alpha"), project="alpha")
        seen["events"] = [event.kind for event in through.ledger.events(project="alpha")]
        writer.write(whole(200, b"{}"))

    with upstream(answer) as hand, gateway(hand.url, treatment=Does(cutting)) as through:
        assert ask(through.url, path="/p/alpha/v1/messages").status == 200
        session, event, _ = through.events(at_least=3)
    assert seen == {"cut": CUT.encode(), "events": ["session"]}
    assert (session.kind, event.data["sent"], event.session) == ("session", "changed", "s-1")
    assert event.data["cut"]["method"] == "estimated"
    assert event.data["cut"]["by"]["admit"] > 1000


def test_headers_may_be_changed_together_with_the_body():
    def prepared(asked):
        return Prepared(asked.body, headers=(*asked.headers, (b"anthropic-beta", b"one-more")))

    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=Does(prepared)) as through:
        ask(through.url)
        assert through.events(at_least=1)[0].data["sent"] == "changed"
    assert hand.got[0].all("anthropic-beta") == ["one-more"]
    assert hand.got[0].all("x-api-key") == ["sk-test"]


def test_in_shadow_nothing_changes_and_all_is_recorded():
    does = Does(cutting)
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=does, shadow=True) as through:
        ask(through.url)
        event = through.events(at_least=2)[0]
    assert json.loads(hand.got[0].body) == ASKED
    assert (event.data["sent"], event.data["cut"]["by"]["admit"] > 1000) == ("shadow", True)
    assert does.answered[0].sent == "shadow"
    assert does.answered[0].receipts


class Refuses:
    """A ledger that takes no blobs."""

    def __init__(self, ledger, error):
        self.ledger, self.error = ledger, error

    def __getattr__(self, name):
        return getattr(self.ledger, name)

    def put(self, *_, **__):
        raise self.error


def test_where_the_cut_cannot_be_stored_the_request_goes_out_as_it_came(tmp_path):
    from agentforge.wire.errors import LedgerFull

    with open_ledger(tmp_path / "ledger.db") as inner:
        full = Refuses(inner, LedgerFull("the disk is full", where="ledger.db"))
        with upstream(whole(200, b"{}")) as hand, gateway(hand.url, ledger=full, treatment=Does(cutting)) as through:
            assert ask(through.url).status == 200
            event = through.events(at_least=1)[0]
    assert json.loads(hand.got[0].body) == ASKED
    assert event.data["sent"] == "untouched"
    assert event.data["why"][0] == "sent as it came: ledger.db: the disk is full"
    assert event.data["cut"] is None


def test_a_cut_that_holds_a_secret_is_not_made_because_its_handle_would_lead_nowhere():
    secret = b"export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEZ\n"
    assert isinstance(redact(secret, b"salt"), Redacted)

    def prepared(asked):
        return replace(cutting(asked), kept=(Kept(secret),))

    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=Does(prepared)) as through:
        ask(through.url)
        event = next(event for event in through.events(at_least=2) if event.kind == "gateway.request")
    assert json.loads(hand.got[0].body) == ASKED
    assert "what was cut holds a secret" in event.data["why"][0]


ERRORS = st.sampled_from(
    [
        ValueError,
        KeyError,
        RecursionError,
        MemoryError,
        sqlite3.OperationalError,
        AssertionError,
        OSError,
        StopIteration,
    ]
)


def test_law_10_never_in_the_way_whatever_a_treatment_does():
    """The client gets exactly what the upstream says to the original request."""
    does = Does()
    with simulated(provider("hi")) as up, gateway(up, treatment=does) as through:

        def raising(error):
            def prepare(asked):
                raise error("on purpose")

            return prepare

        wrong = st.one_of(
            ERRORS.map(raising),
            st.sampled_from([None, 7, b"bytes", object()]).map(lambda value: lambda _: value),
            st.sampled_from([None, 7, "text"]).map(lambda value: lambda asked: Prepared(asked.body, kept=value)),
        )

        @given(
            wrong,
            st.booleans(),
            st.one_of(
                st.binary(max_size=200), st.dictionaries(st.text(), st.text()).map(lambda d: json.dumps(d).encode())
            ),
        )
        def check(prepare, quick, body):
            does.prepared, does.quick = prepare, quick
            for sent in (body, json.dumps(ASKED).encode()):
                direct, got = ask(up, sent), ask(through.url, sent)
                # Each answer has an id of its own.
                assert (got.status, _bare(got)) == (direct.status, _bare(direct))

        check()


def _bare(answer):
    plain = answer.plain
    for name in ("id", "request_id", "usage"):
        plain.pop(name, None)
    return plain


def test_a_treatment_that_does_not_end_is_not_waited_for():
    end = threading.Event()

    def prepare(asked):
        end.wait(20)
        return Prepared(b"late")

    treatment = Does(prepare, quick=False)
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=treatment, prepare_seconds=0.1) as through:
        assert ask(through.url).status == 200
        assert through.events(at_least=1)[0].data["why"][0] == "sent as it came: it was not ready in time"
        end.set()
    assert json.loads(hand.got[0].body) == ASKED


def test_a_request_that_timed_out_in_the_queue_still_learns_that_it_went_out_as_it_came():
    end, learnt = threading.Event(), []

    def prepare(asked):
        end.wait(20)
        return Prepared(b"late", unsent=lambda: learnt.append(asked.number))

    treatment = Does(prepare, quick=False)
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=treatment, prepare_seconds=0.1) as through:
        # The one thread that prepares is held by the first; the second never leaves the queue in time.
        assert [ask(through.url).status for _ in range(2)] == [200, 200]
        end.set()
        late = time.monotonic() + 10
        while len(learnt) < 2 and time.monotonic() < late:
            time.sleep(0.01)
    assert len(learnt) == 2
    assert [json.loads(got.body) for got in hand.got] == [ASKED, ASKED]


def test_the_reason_is_in_the_ledger():
    def prepare(asked):
        raise ValueError("what went wrong")

    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, treatment=Does(prepare)) as through:
        ask(through.url)
        event = through.events(at_least=1)[0]
    assert event.data["why"][0] == "sent as it came: ValueError: what went wrong"
    assert "what went wrong" in event.text


def test_untouched_changes_nothing():
    asked = Asked(1, 2, "p", "anthropic", "answer", tuple((k.encode(), v.encode()) for k, v in KEY.items()), b"{}")
    same = Untouched()
    assert same.prepare(asked) == Prepared(asked.body)
    assert same.prepare(asked).body is asked.body
    assert same.is_quick(asked)
    assert same.learn(None) == ()
