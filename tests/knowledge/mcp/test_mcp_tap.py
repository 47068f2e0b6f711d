import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCRequest, JSONRPCResponse
from mcp_types.methods import validate_server_result

from agentforge.knowledge.mcp.limits import ENTRIES, REQUESTS
from agentforge.knowledge.mcp.tap import Tap

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def answered(tap: Tap, method: str, result: dict[str, object]) -> dict[str, object]:
    """The result as the client is shown it."""
    tap.sent(SessionMessage(JSONRPCRequest(jsonrpc="2.0", id=1, method=method)))
    seen = tap.received(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result=result)))
    assert isinstance(seen, SessionMessage)
    return seen.message.result


@given(st.dictionaries(st.sampled_from(["protocolVersion", "capabilities", "serverInfo", "instructions"]), ANY))
def test_the_client_accepts_any_greeting_and_what_was_wrong_is_noted(result):
    tap = Tap()
    validate_server_result("initialize", "2025-11-25", answered(tap, "initialize", result))
    assert tap.answers["initialize"] == result
    assert tap.problem


def test_a_good_greeting_has_no_problem():
    tap = Tap()
    info = {"name": "a", "version": "1"}
    answered(tap, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": info})
    assert tap.problem == ""


def test_the_client_is_spared_the_rest_of_a_very_long_list():
    tap = Tap()
    seen = answered(tap, "tools/list", {"tools": [{}] * (ENTRIES + 5), "nextCursor": "x"})
    assert len(seen["tools"]) == ENTRIES
    assert seen["nextCursor"] == "x"
    assert len(tap.answers["tools/list"]["tools"]) == ENTRIES + 5


def test_notifications_are_kept_from_the_client_and_a_changed_list_is_noted():
    tap = Tap()
    log = JSONRPCNotification(jsonrpc="2.0", method="notifications/message", params={})
    assert tap.received(SessionMessage(log)) is None
    assert not tap.tools_changed
    changed = JSONRPCNotification(jsonrpc="2.0", method="notifications/tools/list_changed")
    assert tap.received(SessionMessage(changed)) is None
    assert tap.tools_changed


def test_a_server_that_asks_without_end_is_answered_so_often_and_no_more():
    tap = Tap()
    ping = SessionMessage(JSONRPCRequest(jsonrpc="2.0", id=1, method="ping"))
    assert [tap.received(ping) for _ in range(REQUESTS)] == [ping] * REQUESTS
    assert tap.received(ping) is None


@pytest.mark.parametrize(("count", "told"), [(0, ""), (1, "0"), (5, "0; 1; 2; 3; 4"), (7, "0; 1; 2; 3; 4; and 2 more")])
def test_the_problem_tells_the_first_flaws_and_counts_the_rest(count, told):
    tap = Tap()
    for number in range(count):
        tap.flaw(str(number))
        tap.flaw("0") if number else None
    assert tap.problem == told
