from agentforge.context import SessionView, Settings
from agentforge.context.transforms.compaction_brief import BRIEF, compaction_brief
from agentforge.wire import Message, Request, Text, is_prefix

HISTORY = [Message("user", "a"), Message("assistant", "b")]
ASKED = Request("anthropic", "m", [*HISTORY, Message("user", "Sum up.")])


def test_a_summary_is_asked_for_with_our_brief_at_the_end_and_the_history_stays():
    sent, receipt = compaction_brief(ASKED, SessionView(Settings(), role="compaction"))
    assert [block.text for block in sent.messages[-1].blocks] == ["Sum up.", BRIEF]
    assert is_prefix(Request("anthropic", "m", HISTORY), sent)
    assert receipt.kind == "epochal"
    assert len(receipt.changes) == 1


def test_no_other_request_has_the_brief():
    for view in (SessionView(Settings()), SessionView(Settings(compaction_brief=False), role="compaction")):
        assert compaction_brief(ASKED, view)[0] is ASKED
    empty = Request("anthropic", "m", [])
    assert compaction_brief(empty, SessionView(Settings(), role="compaction"))[0] is empty
    assert Text(BRIEF) not in ASKED.messages[-1].blocks
