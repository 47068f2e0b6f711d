import json

import pytest

from agentforge.gateway.config import Config
from agentforge.gateway.guard import check
from agentforge.gateway.refusals import Refusal
from gateway.faulty import KEY, ask, gateway, upstream, whole

TOKEN = "a-token-of-some-length"
HERE = (b"host", b"127.0.0.1:8787")


def status(headers, **config):
    try:
        check(Config(**config), tuple(headers))
    except Refusal as refusal:
        return refusal.status
    return None


@pytest.mark.parametrize("host", ["127.0.0.1:8787", "localhost", "LOCALHOST:1", "[::1]:8787", "127.8.9.1"])
def test_this_machine_may_be_asked_by_its_own_names(host):
    assert status([(b"host", host.encode())]) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost:80:80", "0.0.0.0", "", "10.0.0.1", "127.0.0.1@evil"]
)
def test_no_other_name_may(host):
    assert status([(b"host", host.encode())]) == 403


def test_one_host_must_be_named():
    assert status([]) == 403
    assert status([HERE, HERE]) == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "app://x", ""])
def test_no_page_of_another_origin_may_ask(origin):
    assert status([HERE, (b"origin", origin.encode())]) == 403
    token = (b"x-agentforge-token", TOKEN.encode())
    assert status([HERE, token, (b"origin", origin.encode())], host="0.0.0.0", token=TOKEN) == 403


def test_a_page_of_this_machine_may():
    assert status([HERE, (b"origin", b"http://localhost:3000")]) is None


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ((b"x-agentforge-token", TOKEN.encode()), None),
        ((b"proxy-authorization", b"Bearer " + TOKEN.encode()), None),
        ((b"proxy-authorization", b"Basic " + TOKEN.encode()), 401),
        ((b"x-agentforge-token", b"a-token-of-some-lengtH"), 401),
        ((b"x-agentforge-token", b""), 401),
        ((b"x-agentforge-token", b"\xff\xfe"), 401),
        ((b"authorization", b"Bearer " + TOKEN.encode()), 401),
    ],
)
def test_a_token_is_demanded_where_there_is_one(header, wanted):
    anywhere = (b"host", b"gateway.example")
    assert status([anywhere, header], host="0.0.0.0", token=TOKEN) == wanted
    assert status([HERE, header], token=TOKEN) == wanted


def test_the_token_stays_here_and_the_providers_key_goes_on():
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url, token=TOKEN) as through:
        assert ask(through.url).status == 401
        shown = {"x-agentforge-token": TOKEN, "proxy-authorization": f"Bearer {TOKEN}"}
        assert ask(through.url, headers={**KEY, "authorization": "Bearer theirs", **shown}).status == 200
        assert TOKEN not in repr(hand.got)
        assert (hand.got[0].all("x-api-key"), hand.got[0].all("authorization")) == (["sk-test"], ["Bearer theirs"])
        assert TOKEN not in repr(through.events(at_least=2))


@pytest.mark.parametrize(
    ("path", "form"),
    [("/v1/messages", {"type", "error"}), ("/v1/responses", {"error"}), ("/api/hello", {"type", "error"})],
)
def test_a_stranger_is_refused_in_the_form_of_the_api_and_the_ledger_knows(path, form):
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url) as through:
        got = ask(through.url, path=path, headers={"host": "evil.example"})
        event = through.event()
    assert (got.status, set(json.loads(got.body))) == (403, form)
    assert (event["outcome"], event["status"]) == ("refused", 403)
    assert "127.0.0.1, localhost or [::1]" in event["why"][0]
    assert not hand.got
