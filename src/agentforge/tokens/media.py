"""What pictures and documents weigh, by the published formulas."""

from __future__ import annotations

import re
from binascii import Error as NotBase64
from binascii import a2b_base64
from math import ceil
from typing import Any, Final, NamedTuple

from agentforge.tokens.families import Family, ImageRule
from agentforge.wire import Media

_HEAD: Final = 64 * 1024
_PAGE: Final = re.compile(rb"/Type\s{0,4}/Page(?![A-Za-z])")
_PAGES: Final = re.compile(
    rb"/Type\s{0,4}/Pages\b[^>]{0,200}?/Count\s{1,4}(\d+)|/Count\s{1,4}(\d+)[^>]{0,200}?/Type\s{0,4}/Pages\b"
)
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Heft(NamedTuple):
    """Tokens of a picture or document, how far off they may be, and the words in it that still are to be weighed."""

    tokens: int
    error: float | None
    text: str = ""


def weigh_media(block: Media, family: Family) -> Heft:
    """What a picture, document or sound weighs; where its size cannot be seen, the most it could, error unknown."""
    source = block.source.value
    if not isinstance(source, dict):
        source = {"url": source}
    if block.media == "image":
        return _image(_size(_bytes(source)), family.image)
    if block.media == "document":
        return _document(source, family)
    return Heft(0, None)


def image_tokens(width: int, height: int, rule: ImageRule) -> int:
    """The tokens of a picture of that size: its patches, after it was shrunk to what the model looks at."""
    shrink = min(1.0, rule.long_edge / max(width, height, 1))
    patches = ceil(width * shrink / rule.patch) * ceil(height * shrink / rule.patch)
    return patches if rule.most is None else min(patches, rule.most)


def _image(size: tuple[int, int] | None, rule: ImageRule | None) -> Heft:
    if rule is None:
        return Heft(0, None)
    if size is None:
        return Heft(image_tokens(rule.long_edge, rule.long_edge, rule), None)
    return Heft(image_tokens(*size, rule), 0.02)


def _document(source: dict[str, Any], family: Family) -> Heft:
    if source.get("type") == "text" and isinstance(source.get("data"), str):
        return Heft(0, 0.0, source["data"])
    if source.get("type") == "content":
        parts = source.get("content")
        if isinstance(parts, str):
            return Heft(0, 0.0, parts)
        words = [p["text"] for p in parts or () if isinstance(p, dict) and isinstance(p.get("text"), str)]
        return Heft(0, 0.0 if len(words) == len(parts or ()) else None, "\n".join(words))
    if family.pdf_page is None:
        return Heft(0, None)
    pages = _pages(_bytes(source, whole=True))
    # The formula's spread between pages of scans and of tables.
    return Heft(pages * family.pdf_page, 0.3) if pages else Heft(family.pdf_page, None)


def _bytes(source: dict[str, Any], *, whole: bool = False) -> bytes:
    """The file in a source (or its head), from base64 or a data URL; nothing when it lies elsewhere."""
    data = source.get("data") or source.get("url") or source.get("image_url") or source.get("file_data")
    if not isinstance(data, str):
        return b""
    if data.startswith("data:"):
        data = data.partition(",")[2]
    elif "data" not in source:
        return b""
    data = data if whole else data[: _HEAD - _HEAD % 4]
    try:
        return a2b_base64(data)
    except (NotBase64, ValueError):
        return b""


def _pages(pdf: bytes) -> int:
    """The pages of a PDF, as far as they can be told without opening its compressed parts; 0: not told."""
    counted = [int(one or other) for one, other in _PAGES.findall(pdf)]
    return max([*counted, len(_PAGE.findall(pdf))])


def _size(head: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, WebP or JPEG, from its head."""
    big, little = _big, _little
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return big(head[16:20]), big(head[20:24])
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        return little(head[6:8]), little(head[8:10])
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP" and len(head) >= 30:
        return _webp(head)
    return _jpeg(head) if head.startswith(b"\xff\xd8") else None


def _webp(head: bytes) -> tuple[int, int] | None:
    match head[12:16]:
        case b"VP8X":
            return _little(head[24:27]) + 1, _little(head[27:30]) + 1
        case b"VP8 ":
            return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF
        case b"VP8L":
            bits = _little(head[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        if head[at + 1] in _FRAME_MARKERS:
            return _big(head[at + 7 : at + 9]), _big(head[at + 5 : at + 7])
        at += 2 + max(_big(head[at + 2 : at + 4]), 2)
    return None


def _big(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _little(octets: bytes) -> int:
    return int.from_bytes(octets, "little")
