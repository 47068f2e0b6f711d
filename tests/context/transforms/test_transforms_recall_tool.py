from dataclasses import replace

from agentforge.context import SessionView, Settings
from agentforge.context.recall import RECALL_TOOL
from agentforge.context.transforms.recall_tool import recall_tool
from agentforge.wire import Request, Tool

ASKED = Request("anthropic", "m", [], tools=(Tool("Read"), Tool("Bash")))


def test_the_tool_stands_after_all_others_in_every_request_of_the_session():
    sent, receipt = recall_tool(ASKED, SessionView(Settings()))
    assert [tool.name for tool in sent.tools] == ["Read", "Bash", "recall"]
    assert receipt.kind == "causal"
    assert recall_tool(sent, SessionView(Settings()))[0] is sent


def test_without_tools_with_one_of_that_name_or_by_another_way_there_is_none():
    view = SessionView(Settings())
    for request in (replace(ASKED, tools=None), replace(ASKED, tools=()), replace(ASKED, tools=(RECALL_TOOL,))):
        assert recall_tool(request, view)[0] is request
    for way in ("shell", "none"):
        assert recall_tool(ASKED, SessionView(Settings(recall=way)))[0] is ASKED
