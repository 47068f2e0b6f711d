import json

import pytest

from agentforge.gateway.refusals import Refusal, said


@pytest.mark.parametrize(
    ("status", "kind", "openai"),
    [
        (400, "invalid_request_error", "invalid_request_error"),
        (401, "authentication_error", "invalid_request_error"),
        (413, "request_too_large", "invalid_request_error"),
        (502, "api_error", "server_error"),
        (504, "timeout_error", "server_error"),
    ],
)
def test_a_refusal_has_the_form_of_the_api_that_was_asked(status, kind, openai):
    claude = said(Refusal(status, "no"), "anthropic")
    message = "agentforge gateway: no"
    assert claude.status == status
    assert json.loads(claude.body) == {"type": "error", "error": {"type": kind, "message": message}}
    for dialect in ("openai-chat", "openai-responses"):
        error = json.loads(said(Refusal(status, "no"), dialect).body)["error"]
        assert (error["type"], error["message"]) == (openai, message)


def test_it_says_whether_to_try_again_only_where_it_knows():
    assert b"x-should-retry" not in dict(said(Refusal(502, "no"), "anthropic").headers)
    assert dict(said(Refusal(502, "no", retry=False), "anthropic").headers)[b"x-should-retry"] == b"false"
    assert dict(said(Refusal(502, "no", retry=True), "anthropic").headers)[b"x-should-retry"] == b"true"


def test_who_wanted_another_protocol_is_told_which_there_is():
    assert dict(said(Refusal(426, "no"), "openai-responses").headers)[b"upgrade"] == b"HTTP/1.1"
