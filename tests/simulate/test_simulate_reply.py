from agentforge.simulate import Chunk, Turn
from agentforge.simulate.reply import invalid, streamed, whole

EVENTS = [b"a", b"b", b"c", b"d"]


def test_a_whole_reply_is_one_typed_piece():
    reply = whole(200, b"{}", {"x": "y"}, wait=1.5)
    assert reply.chunks == (Chunk(b"{}", 1.5),)
    assert reply.headers == {"content-type": "application/json", "x": "y"}
    assert whole(200, b"", {}).chunks == ()


def test_a_whole_reply_breaks_off_in_its_middle():
    reply = whole(200, b"123456", {}, cut=True)
    assert (reply.body, reply.cut) == (b"123", True)


def test_a_stream_waits_once_and_then_keeps_its_pace():
    reply = streamed(Turn(wait=2.0, pace=0.5), EVENTS, {}, ping=b"p")
    assert [chunk.wait for chunk in reply.chunks] == [2.0, 0.5, 0.5, 0.5]
    assert reply.body == b"abcd"


def test_pings_stand_between_events():
    reply = streamed(Turn(ping_every=2, pace=1.0), EVENTS, {}, ping=b"p")
    assert reply.body == b"abpcd"
    assert [chunk.wait for chunk in reply.chunks] == [0.0, 1.0, 1.0, 1.0, 1.0]


def test_a_cut_stream_ends_after_its_events_and_only_when_it_is_cut():
    turn = Turn(cut_after=2)
    assert streamed(turn, EVENTS, {}, ping=b"p", cut=True).body == b"ab"
    assert streamed(turn, EVENTS, {}, ping=b"p").body == b"abcd"


def test_a_refusal_says_what_it_is():
    refusal = invalid("no", code="because")
    assert (refusal.status, refusal.kind, str(refusal), refusal.code) == (400, "invalid_request_error", "no", "because")
