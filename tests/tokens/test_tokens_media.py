import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.tokens import family
from agentforge.tokens.families import ImageRule
from agentforge.tokens.media import image_tokens, weigh_media
from agentforge.wire import Json, Media

NEW, OLD = family("claude-opus-5-5"), family("claude-haiku-4-5")


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\0\0\0"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height)


def jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 8) + b"by me!"
    return b"\xff\xd8" + comment + b"\xff\xc2" + struct.pack(">HBHH", 17, 8, height, width) + b"\x03" + b"\0" * 9


def webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\0\0\0\0WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size + b"\0" * 8


def image(data: bytes) -> Media:
    return Media("image", Json.of({"type": "base64", "media_type": "image/x", "data": base64.b64encode(data).decode()}))


def document(source: object) -> Media:
    return Media("document", Json.of(source))


def pdf(data: bytes) -> Media:
    encoded = base64.b64encode(data).decode()
    return document({"type": "base64", "media_type": "application/pdf", "data": encoded})


@pytest.mark.parametrize("form", [png, gif, jpeg, webp])
def test_a_picture_weighs_its_patches(form) -> None:
    assert weigh_media(image(form(1000, 500)), NEW).tokens == 36 * 18


@pytest.mark.parametrize(
    ("size", "family", "tokens"),
    [((28, 28), NEW, 1), ((29, 1), NEW, 2), ((4032, 2016), NEW, 72 * 36), ((4000, 4000), OLD, 1568), ((1, 1), OLD, 1)],
)
def test_a_big_picture_is_shrunk_first(size, family, tokens) -> None:
    assert weigh_media(image(png(*size)), family).tokens == tokens


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_no_picture_weighs_more_than_the_most(width: int, height: int) -> None:
    rule = ImageRule(28, 1568, 1568)
    assert 1 <= image_tokens(width, height, rule) <= 1568


def test_a_data_url_is_read_in_the_other_dialects() -> None:
    url = "data:image/png;base64," + base64.b64encode(png(280, 280)).decode()
    assert weigh_media(Media("image", Json.of({"url": url})), NEW).tokens == 100
    assert weigh_media(Media("image", Json.of(url)), NEW).tokens == 100


@pytest.mark.parametrize("source", [{"type": "url", "url": "https://example.org/a.png"}, {"type": "file"}, [], None, 3])
def test_a_picture_that_lies_elsewhere_weighs_the_most_it_could_with_an_unknown_error(source) -> None:
    heft = weigh_media(Media("image", Json.of(source)), NEW)
    assert (heft.tokens, heft.error) == (72 * 72, None)


@given(
    st.binary(max_size=60)
    | st.sampled_from([png(3, 3), jpeg(3, 3), webp(3, 3), gif(3, 3)]).flatmap(
        lambda whole: st.integers(0, len(whole)).map(lambda end: whole[:end])
    )
)
def test_a_broken_picture_is_weighed_without_a_crash(data: bytes) -> None:
    assert weigh_media(image(data), NEW).tokens >= 0


def test_base64_that_is_none_is_a_picture_of_unknown_size() -> None:
    assert weigh_media(Media("image", Json.of({"type": "base64", "data": "***not base64"})), NEW).error is None


def test_a_pdf_weighs_by_the_page() -> None:
    one = b"%PDF-1.4\n1 0 obj<</Type /Pages /Count 3>>endobj 2 0 obj<</Type /Page>>endobj"
    assert weigh_media(pdf(one), NEW).tokens == 3 * 2347
    assert weigh_media(pdf(b"%PDF-1.4 <</Type/Page>> <</Type/Page >>"), OLD).tokens == 2 * 2115


def test_a_pdf_whose_pages_are_hidden_has_an_unknown_error() -> None:
    assert weigh_media(pdf(b"%PDF-1.7 compressed"), NEW) == (2347, None, "")


def test_the_words_of_a_text_document_are_handed_on() -> None:
    assert weigh_media(document({"type": "text", "media_type": "text/plain", "data": "words"}), NEW).text == "words"
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    assert weigh_media(document({"type": "content", "content": parts}), NEW).text == "one\ntwo"


def test_what_nobody_published_a_formula_for_has_an_unknown_error() -> None:
    assert weigh_media(image(png(10, 10)), family("gpt-5.5")).error is None
    assert weigh_media(Media("audio", Json.of({})), NEW).error is None
