from dataclasses import replace
from decimal import Decimal

import pytest

from agentforge.audit import Sent, before_words, clean, cut_share, dollars, known, many, off_by, sent_words, told_as
from agentforge.tokens import Count
from audit.audited import audit_items, row
from knowledge.laid import item


def test_a_figure_says_how_it_is_known():
    assert known(Count(1, "estimated", "m", 0.08)) == "estimated, ±8%"
    assert known(Count(1, "counted", "m", 0.0)) == "counted"
    assert known(Count(1, "estimated", "m", None)) == "estimated, error unknown"


def test_where_the_clients_own_words_were_never_weighed_the_number_is_a_least():
    assert "".join(before_words(audit_items())).endswith(" tokens before the first word")
    assert before_words(audit_items())[0] == ""
    assert before_words(replace(audit_items(), measured=""))[0] == "at least "


def test_a_small_error_is_never_shown_as_none():
    assert off_by(Count(1, "calibrated", "m", 0.004)) == "±<1%"
    assert off_by(Count(1, "counted", "m", 0.0)) == ""


def test_a_price_that_is_not_known_is_not_shown_as_nothing():
    assert dollars(None) == "not known"
    assert dollars(None, "an unknown price") == "an unknown price"
    assert dollars(Decimal("1234.5")) == "$1,234.50"


def test_one_thing_is_not_many():
    assert [many(number, "part") for number in (0, 1, 2_000)] == ["0 parts", "1 part", "2,000 parts"]


def test_what_was_really_sent_is_said_with_how_far_the_files_alone_were_off():
    sent = Sent("1.2.3", 123_456, attributed=0.9987, from_files=1_000, predicted=1_020, isolated=True)
    assert [*sent_words("codex", sent)] == [
        "codex 1.2.3, run once without any network but loopback, sent 123,456 bytes: 99.8 % attributed.",
        "1,000 bytes are of your files; reading them predicted 1,020 (+2.0%).",
    ]


def test_a_client_that_kept_its_network_is_said_to_and_no_files_are_no_prediction():
    sent = Sent("", 9, attributed=1.0, from_files=0, predicted=0, isolated=False)
    assert [*sent_words("codex", sent)] == ["codex, run once with its network, sent 9 bytes: 100.0 % attributed."]


@pytest.mark.parametrize(("share", "shown"), [(0.99999, "99.9 %"), (1.0, "100.0 %"), (0.0, "0.0 %")])
def test_a_share_that_is_not_whole_never_looks_whole(share, shown):
    assert cut_share(share) == shown


def test_every_text_of_the_users_is_shown_as_it_is_to_be():
    report = audit_items(
        item("memory", "letters", "", body="Sort letters.", activation="always"), probed=[row("post", "find")]
    )
    told = told_as(report, lambda text: text and "shown")
    assert {part.name for part in told.parts} | {part.source for part in told.parts} == {"shown"}
    assert {*told.unknown} <= {"shown"}
    assert told.total.value == report.total.value


def test_what_is_clean_stays_as_it_is():
    assert clean("a b\nc\td é 日本") == "a b\nc\td é 日本"
    assert clean("\x1b[0m\r\u202e") == "\ufffd[0m\ufffd\ufffd"
