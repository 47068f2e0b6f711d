from agentforge.gateway.exchange import Exchange


def test_an_exchange_begins_without_an_answer_and_shares_nothing_with_another():
    one, other = Exchange(1, 2, "POST"), Exchange(2, 3, "POST")
    one.why.append("a reason")
    one.copy.add(b"chunk")
    assert (one.status, one.outcome, one.first_ms) == (0, "ended", None)
    assert (other.why, other.copy.size) == ([], 0)
