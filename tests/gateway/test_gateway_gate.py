from decimal import Decimal

import pytest

from agentforge.context import UNTOUCHED, Change, Receipt, Settings
from agentforge.gateway.gate import SESSIONS_TO_JUDGE, Gate, fitting
from agentforge.wire import Json, Request, Tool, Usage

MODEL = "claude-opus-5-5"
MINUTE = 60 * 10**9
BASH, READ = Tool("Bash"), Tool("Read")


def asked(*tools, dialect="anthropic"):
    return Request(dialect, MODEL, [], tools=tools)


def cut(characters, name="admit results"):
    return Receipt(name, "causal", (Change("messages.2.content.0", "x" * characters, "", "too long"),))


class Session:
    """A session whose prompts grow by what is told, all of it cached."""

    def __init__(self, gate, name, project="p"):
        self.gate, self.name, self.project = gate, name, project
        self.at = self.prompt = 0

    def request(self, *receipts, adds=1_000, misses=0, pause=1, followup=False):
        """What the gate says after a request; a token is four bytes here."""
        self.at += pause * MINUTE
        read = max(self.prompt - misses, 0)
        self.prompt += adds
        return self.gate.learn(
            project=self.project,
            session=self.name,
            at=self.at,
            model_id=MODEL,
            receipts=receipts,
            usage=Usage(cache_read=read, cache_write=self.prompt - read),
            sent_bytes=4 * self.prompt,
            is_followup=followup,
        )


def test_what_was_cut_would_have_been_written_once_and_read_in_every_later_request():
    gate = Gate(Settings())
    session = Session(gate, "s")
    session.request(cut(40_000))
    written = gate.balances("p")["admit results"].saved
    assert written == Decimal(10_000) * 5 / 1_000_000
    session.request(cut(40_000))
    assert gate.balances("p")["admit results"].saved - written == Decimal(10_000) * Decimal("0.2") / 1_000_000


def test_asking_again_costs_all_that_the_extra_request_cost():
    gate = Gate(Settings())
    session = Session(gate, "s")
    session.request(cut(400))
    session.request(followup=True, adds=100)
    assert gate.balances("p")["admit results"].cost == (1_000 * Decimal("0.2") + 100 * 5) / 1_000_000


def test_a_cache_that_was_lost_costs_what_had_to_be_written_again_unless_it_had_run_out():
    gate = Gate(Settings())
    session = Session(gate, "s")
    session.request(cut(400), adds=50_000)
    session.request(cut(400), misses=40_000)
    lost = gate.balances("p")["admit results"].cost
    assert lost == 40_000 * (5 - Decimal("0.2")) / 1_000_000
    session.request(cut(400), misses=40_000, pause=6)
    assert gate.balances("p")["admit results"].cost == lost


def test_a_transform_that_costs_more_than_it_saves_is_off_for_new_sessions_of_that_project_and_says_so():
    gate = Gate(Settings())
    told = []
    for name in range(SESSIONS_TO_JUDGE):
        session = Session(gate, f"s{name}")
        told += [session.request(cut(40)), session.request(followup=True)]
    (said,) = [one for one in told if one]
    assert said["transform"] == "admit results"
    assert said["saved_usd"] < said["cost_usd"]
    assert gate.choose(asked(READ), project="p", key="new", adopted=False) == (
        Settings(admit=False, recall="tool"),
        "switched off",
    )
    assert gate.choose(asked(READ), project="other", key="new", adopted=False)[1] == "treated"


def test_a_transform_that_pays_stays_on():
    gate = Gate(Settings())
    for name in range(2 * SESSIONS_TO_JUDGE):
        session = Session(gate, f"s{name}")
        assert session.request(cut(40_000)) is None
        assert session.request(cut(40_000)) is None
    assert gate.balances("p")["admit results"].net > 0
    assert gate.total().net == gate.balances("p")["admit results"].net


@pytest.mark.parametrize("holdout", [0.0, 0.25, 1.0])
def test_the_held_out_share_is_what_was_asked_for_and_a_session_stays_where_it_is(holdout):
    gate = Gate(Settings(), holdout=holdout)
    arms = [gate.choose(asked(READ), project="p", key=str(key), adopted=False) for key in range(2_000)]
    assert arms == [gate.choose(asked(READ), project="p", key=str(key), adopted=False) for key in range(2_000)]
    held = [settings for settings, arm in arms if arm == "held out"]
    assert len(held) == pytest.approx(2_000 * holdout, abs=80)
    assert all(settings == UNTOUCHED for settings in held)


@pytest.mark.parametrize(
    ("request_", "adopted", "recall"),
    [
        (asked(READ), False, "tool"),
        (asked(READ, BASH), True, "shell"),
        (asked(READ), True, "none"),
        (asked(), False, "none"),
        (asked(READ, Tool("recall")), False, "none"),
        (asked(READ, BASH, Tool("recall")), False, "shell"),
        (asked(Tool("shell"), dialect="openai-responses"), False, "shell"),
        (asked(READ, dialect="openai-chat"), False, "tool"),
    ],
)
def test_nothing_is_cut_that_the_client_could_not_ask_for_again(request_, adopted, recall):
    assert fitting(Settings(), request_, adopted=adopted).recall == recall


def test_lazy_tools_are_decided_at_the_first_request_and_never_for_a_session_that_began_without_us():
    many = [Tool(f"mcp__hub__do_{n}", "It does. " * 300, Json.of({"type": "object"})) for n in range(12)]
    lazy = Settings(lazy_tools="portable")
    assert fitting(lazy, asked(READ, *many), adopted=False).in_view == (READ.name,)
    assert fitting(lazy, asked(READ, *many), adopted=True).lazy_tools == "off"
    assert fitting(lazy, asked(READ), adopted=False).lazy_tools == "off"
