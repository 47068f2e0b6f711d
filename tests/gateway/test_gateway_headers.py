from hypothesis import given
from hypothesis import strategies as st

from agentforge.gateway.headers import is_packed, to_client, to_upstream, value_of

NAMES = st.from_regex(r"x-[a-z0-9-]{1,12}", fullmatch=True).map(str.encode)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=20)


@given(st.lists(st.tuples(NAMES.filter(lambda name: name != b"x-agentforge-token"), VALUES.map(str.encode))))
def test_headers_nobody_knows_pass_both_ways_in_their_order(headers):
    assert [(name.encode(), value.encode()) for name, value in to_upstream(headers, plain=False)] == headers
    assert to_client(headers) == headers


def test_headers_of_one_connection_stay_on_it():
    hop = [(b"connection", b"keep-alive, X-Mine"), (b"keep-alive", b"5"), (b"x-mine", b"1"), (b"te", b"trailers")]
    hop += [
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"trailer", b"x"),
        (b"proxy-authorization", b"t"),
    ]
    kept = (b"authorization", b"Bearer k")
    ours = [(b"host", b"h"), (b"content-length", b"1"), (b"expect", b"100-continue"), (b"x-agentforge-token", b"t")]
    assert to_upstream([*hop, *ours, kept], plain=False) == [("authorization", "Bearer k")]
    assert to_client([*((name.title(), value) for name, value in hop), (b"Request-Id", b"r")]) == [
        (b"request-id", b"r")
    ]


def test_where_an_answer_is_read_no_compression_is_asked_for():
    asked = [(b"accept-encoding", b"gzip"), (b"accept-encoding", b"br")]
    assert to_upstream(asked, plain=True) == [("accept-encoding", "identity")]
    assert to_upstream(asked, plain=False) == [("accept-encoding", "gzip"), ("accept-encoding", "br")]


def test_an_answer_that_changes_has_another_length():
    assert to_client([(b"content-length", b"5")], sized=False) == []


def test_bytes_that_are_no_text_still_pass():
    assert to_upstream([(b"x-odd", b"\xe9")], plain=False) == [("x-odd", "\u00e9")]


def test_a_body_may_be_packed():
    assert is_packed([(b"content-encoding", b"ZSTD")])
    assert not is_packed([(b"content-encoding", b"identity")])
    assert not is_packed([])


def test_a_value_is_read_bare_and_in_small_letters():
    assert value_of([(b"a", b" B "), (b"a", b"c")], b"a") == b"b"
    assert value_of([], b"a") == b""
