import pytest

from agentforge.context import SessionView, Settings
from agentforge.context.transforms.route import route
from agentforge.wire import decode_request, encode_request

BODY = b'{"model": "claude-opus-5-5",  "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}'
REQUEST = decode_request("anthropic", BODY)


@pytest.mark.parametrize("role", ["main", "compaction", "count"])
def test_the_plans_model_is_asked_and_nothing_else_changes(role):
    sent, receipt = route(REQUEST, SessionView(Settings(model="claude-haiku-5-5"), role=role))
    assert encode_request(sent) == BODY.replace(b"claude-opus-5-5", b"claude-haiku-5-5")
    assert [(change.before, change.after) for change in receipt.changes] == [("claude-opus-5-5", "claude-haiku-5-5")]


@pytest.mark.parametrize(("model", "role"), [(None, "main"), ("claude-opus-5-5", "main"), ("other", "title")])
def test_without_another_model_in_the_plan_the_client_has_its_own(model, role):
    assert route(REQUEST, SessionView(Settings(model=model), role=role)) == (
        REQUEST,
        route(REQUEST, SessionView(Settings()))[1],
    )
