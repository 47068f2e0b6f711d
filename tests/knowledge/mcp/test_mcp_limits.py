from agentforge.knowledge.mcp import limits

LARGEST_REAL_LIST = 263_000
"""The tool list of 353 tools of the largest server known."""


def test_the_largest_real_server_is_far_within_every_limit():
    for limit in (limits.MESSAGE, limits.KEPT, limits.BODY, limits.OUTPUT):
        assert limit > 15 * LARGEST_REAL_LIST
    assert limits.CHECKED_SIZE > 3 * LARGEST_REAL_LIST
    assert 353 < limits.CHECKED < limits.ENTRIES


def test_a_message_as_long_as_allowed_fits_wherever_it_passes():
    assert limits.MESSAGE <= limits.BODY <= limits.OUTPUT
    assert limits.MESSAGE <= limits.KEPT
