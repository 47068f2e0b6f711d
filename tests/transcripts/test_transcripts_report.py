"""The values of a usage report."""

from __future__ import annotations

import msgspec
from recorded_transcripts import OURS

from agentforge.transcripts import Totals, usage_report


def test_the_prompt_s_parts_never_overlap() -> None:
    totals = Totals(answers=1, input=10, output=5, cache_creation=30, cache_creation_1h=20, cache_read=60)
    assert (totals.prompt, totals.total, totals.cache_creation_5m, totals.cache_share) == (100, 105, 10, 0.6)


def test_nothing_has_no_cache_share_and_costs_nothing() -> None:
    assert (Totals().cache_share, Totals().cost) == (0.0, 0)


def test_a_report_is_json_as_it_is() -> None:
    told = msgspec.json.decode(msgspec.json.encode(usage_report(OURS)))
    assert told["totals"]["input"] == 2332
    assert told["totals"]["cost"] is None
