import asyncio
import datetime
import socket
import ssl

import pytest

from gateway.faulty import ask, chunked, gateway, upstream, whole

OPENAI = {"authorization": "Bearer k"}


def refused(through, **how):
    """The refusal's message and type, in the form of both APIs."""
    claude, openai = ask(through.url, **how), ask(through.url, path="/v1/chat/completions", headers=OPENAI, **how)
    assert claude.status == openai.status
    assert claude.plain["type"] == "error"
    assert claude.plain["error"]["message"] == openai.plain["error"]["message"]
    assert set(openai.plain["error"]) == {"message", "type", "param", "code"}
    assert claude.all("x-should-retry") == openai.all("x-should-retry")
    retry = claude.all("x-should-retry")
    for event in through.events(at_least=2):
        assert (event.data["outcome"], event.data["status"]) == ("refused", claude.status)
        assert event.data["why"] == [claude.plain["error"]["message"].removeprefix("agentforge gateway: ")]
    return claude.status, claude.plain["error"]["message"], retry[0] if retry else None


def test_an_upstream_that_is_down_is_named_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with gateway(url) as through:
            status, message, retry = refused(through)
    assert (status, retry) == (502, None)
    assert f"cannot connect to {url}" in message
    assert "another --anthropic or --openai URL" in message


def test_a_name_that_nobody_knows():
    with gateway("http://no-such-host.invalid") as through:
        status, message, _ = refused(through)
    assert (status, "no address is known for http://no-such-host.invalid" in message) == (502, True)


def test_a_certificate_that_nobody_vouches_for_is_not_tried_again(tmp_path):
    with upstream(whole(200, b"{}"), tls=_self_signed(tmp_path)) as hand, gateway(hand.url) as through:
        status, message, retry = refused(through)
    assert (status, retry) == (502, "false")
    assert "is not trusted (self" in message
    assert "SSL_CERT_FILE" in message
    assert not hand.got


def test_tls_with_who_speaks_none():
    with upstream(whole(200, b"{}")) as hand, gateway(hand.url.replace("http:", "https:")) as through:
        status, message, retry = refused(through)
    assert (status, retry) == (502, "false")
    assert "no TLS with" in message


def test_an_upstream_that_says_nothing():
    async def answer(hand, got, writer):
        await asyncio.sleep(60)

    with upstream(answer) as hand, gateway(hand.url, silence_seconds=0.2) as through:
        status, message, _ = refused(through)
    assert (status, "sent nothing for 0.2 s" in message) == (504, True)


def test_an_upstream_that_falls_silent_in_the_middle_is_given_up():
    async def answer(hand, got, writer):
        writer.write(chunked(b"event: ping\n\n", end=False))
        await asyncio.sleep(60)

    with upstream(answer) as hand, gateway(hand.url, silence_seconds=0.2) as through:
        assert ask(through.url).broken
        assert through.event()["outcome"] == "cut"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "does not answer in HTTP"),
        (b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n", "with the status 999"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", "does not answer in HTTP"),
        (b"", "closed the connection before it answered"),
    ],
)
def test_what_is_no_answer(raw, said):
    async def answer(hand, got, writer):
        writer.write(raw)
        await writer.drain()
        writer.close()

    with upstream(answer) as hand, gateway(hand.url) as through:
        status, message, _ = refused(through)
    assert (status, said in message) == (502, True), message


def test_huge_headers_that_a_provider_might_send_pass():
    with (
        upstream(whole(200, b"{}", **{f"x-{n}": "y" * 30_000 for n in range(3)})) as hand,
        gateway(hand.url) as through,
    ):
        got = ask(through.url)
    assert [len(got.all(f"x-{n}")[0]) for n in range(3)] == [30_000] * 3


def test_an_answer_without_a_length_ends_where_its_connection_does():
    async def answer(hand, got, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nall of it")
        await writer.drain()
        writer.close()

    with upstream(answer) as hand, gateway(hand.url) as through:
        got = ask(through.url)
    assert (got.body, got.broken) == (b"all of it", False)


def test_a_proxy_is_used_when_it_is_named():
    with (
        upstream(whole(200, b'{"by": "proxy"}')) as proxy,
        gateway("http://provider.invalid", proxy=proxy.url) as through,
    ):
        assert ask(through.url).plain == {"by": "proxy"}
        assert proxy.got[0].target == "http://provider.invalid/v1/messages"


def _self_signed(folder):
    x509 = pytest.importorskip("cryptography.x509", reason="pip install cryptography")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "both.pem"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return context
