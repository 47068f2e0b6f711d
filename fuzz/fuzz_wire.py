"""Feeds bytes that grow by coverage to the wire's readers: `python fuzz/fuzz_wire.py [SECONDS]`.

Needs atheris (`pip install atheris`), and starts from the samples of the tests. Whatever the bytes: only `WireError`
comes out, what was read goes out as the very bytes that came in, and nothing is lost when the origin is forgotten.
Exits 0 when the time is over, and otherwise leaves the input that broke a law in `fuzz/found/`.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed (python -m pip install atheris)")

with atheris.instrument_imports(include=["agentforge.wire"]):
    from agentforge.wire import (
        DIALECTS,
        Assembler,
        SseDecoder,
        canonical,
        chain_of,
        check_bytes,
        decode_message,
        decode_request,
        decode_response,
        encode_event,
        encode_message,
        encode_request,
        encode_response,
        event_reader,
        without_origin,
    )
    from agentforge.wire.errors import NotJson, WireError

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "tests" / "data" / "wire"


def one_input(body: bytes) -> None:
    """Every law on one input."""
    for dialect in DIALECTS:
        try:
            request = decode_request(dialect, body)
        except WireError:
            pass
        else:
            kept(body, encode_request(request), lambda one=request: encode_request(without_origin(one)))
            words_only(lambda one=request: chain_of(one))
        try:
            response = decode_response(dialect, body)
        except WireError:
            pass
        else:
            kept(body, encode_response(response), lambda one=response: encode_response(without_origin(one)))
        try:
            message = decode_message(dialect, body)
        except WireError:
            pass
        else:
            kept(
                body,
                encode_message(dialect, message),
                lambda d=dialect, m=message: encode_message(d, without_origin(m)),
            )
        words_only(lambda one=dialect: streamed(one, body))
    for name in ("x.json", "x.jsonl"):
        report = check_bytes(body, name)
        assert not any("would" in line for line in report.differences), report.differences


def kept(body: bytes, untouched: bytes, rewritten) -> None:
    """Nothing changed, and nothing is lost; numbers past any range have no canonical form to compare."""
    assert untouched == body
    form = words_only(lambda: canonical(body))
    if isinstance(form, NotJson):
        assert "out of range" in form.what, form
    else:
        assert canonical(rewritten()) == form


def words_only(work):
    """What the work gives, or the `WireError` it raises; no other error passes."""
    try:
        return work()
    except WireError as error:
        return error


def streamed(dialect, body: bytes) -> None:
    """The bytes as a stream, and as the data of one event; whatever can be read is put together."""
    for stream in (body, b"data: " + body.replace(b"\n", b" ") + b"\n\n"):
        decoder, reader, whole = SseDecoder(), event_reader(dialect), Assembler(dialect)
        events = [*decoder.feed(stream), *decoder.end()]
        assert b"".join(map(encode_event, events)) == stream
        for event in events:
            for part in reader.read(event).parts:
                whole.add(part)
        whole.response()


def main(seconds: str = "60") -> None:
    """Fuzz for so long."""
    with tempfile.TemporaryDirectory() as folder:
        grown, words = Path(folder) / "corpus", Path(folder) / "words"
        grown.mkdir()
        for sample in SAMPLES.iterdir():
            for number, line in enumerate({sample.read_bytes(), *sample.read_bytes().splitlines()}):
                (grown / f"{sample.name}-{number}").write_bytes(line.removeprefix(b"data: ").strip())
        found = re.findall(rb'"\w+"', b"".join(sample.read_bytes() for sample in SAMPLES.iterdir()))
        words.write_text("".join(f'"\\"{word[1:-1].decode()}\\""\n' for word in sorted(set(found))), encoding="utf-8")
        broken = HERE / "found"
        broken.mkdir(exist_ok=True)
        settings = ["-max_len=4096", f"-dict={words}", f"-artifact_prefix={broken}/", f"-max_total_time={seconds}"]
        atheris.Setup([sys.argv[0], *settings, str(grown)], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
