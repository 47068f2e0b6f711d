"""Text without its secrets: each gives way to a mark that tells equal ones apart and nothing more.

A secret is what has the shape of a well-known key (`formats.py`), or a value that is no word and stands next to a
telling name: `api_key=`, `"token": ...`, `--password ...`, `Authorization: ...`, `Cookie: ...`. Everything else stays
as it is, hashes, UUIDs and base64 included. What no rule here can know is kept: a password that is a plain word, a
secret with no name beside it, or one inside compressed or otherwise encoded bytes.

A mark reads `[secret:KIND:FINGERPRINT]`. The fingerprint is keyed by the ledger's own salt: the same secret has the
same mark all through one ledger and another mark elsewhere. Who holds a ledger holds its salt and could try out
passwords, so a password's fingerprint is too short (16 bits) to tell a right guess from the many wrong ones it fits.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, AnyStr, Final, Generic, NamedTuple

from agentforge.ledger.formats import present, shape

_MARK: Final = re.compile(rb"\[secret:[a-z0-9-]{1,40}:(?:[0-9a-f]{8}|[0-9a-f]{4})\]")

_PASS: Final = b"_pass"
"""As in DB_PASS, and in tests_pass: a password, if it looks like one."""
_PASSWORDS: Final = (b"password", b"passwd", b"passphrase", b"pwd")
_NAMES: Final = (*_PASSWORDS, _PASS, b"secret", b"token", b"credential", b"credentials", b"_auth", b"key")
_NAMES_WITHOUT_PASS: Final = tuple(name for name in _NAMES if b"pass" not in name)
_KEYS_TO: Final = (b"api", b"access", b"auth", b"account", b"secret", b"private", b"signing", b"encryption", b"master")
"""What a key must be the key to, or it may be any dictionary's."""
_POINTERS: Final = (b"page", b"next", b"continuation")
"""What makes a token a place in a list, and no secret."""

_SEPARATOR: Final = re.compile(
    rb"\\{0,8}[\"'`]?\]?\s{0,9}(?::\s{0,3}(?:str|string|bytes|secretstr)\s{0,3})?(?:=>|:=|[=:>])\s{0,9}"
)
_PAIR: Final = re.compile(
    rb"\\{0,8}[\"'`]\s{0,9},\s{0,9}(?:\\{0,8}[\"']value\\{0,8}[\"']\s{0,3}:\s{0,3})?b?(?=\\{0,8}[\"'`])"
)
"""Between a name and a value that stand side by side in a list, or as the members `name` and `value`."""
_GAP: Final = re.compile(rb"[ \t]{1,9}")
_AFTER_NAME: Final = re.compile(rb"[^a-z0-9_]")
_VALUE: Final = re.compile(
    rb"\"((?:[^\"\\\r\n]|\\[^\r\n])*+)"
    rb"|'((?:[^'\\\r\n]|\\[^\r\n])*+)"
    rb"|`([^`\r\n]*+)"
    rb"|\\+[\"']([^\"'\\\r\n]*+)"
    # At most four pieces, so that a line of names and colons is not scanned to its end from each of them.
    rb"|([^\s\"'`\\,;(){}\[\]<>|&:=]++(?:[:=][^\s\"'`\\,;(){}\[\]<>|&:=]++){0,3}+={0,2})"
)
_BARE: Final = 5
_LONGEST: Final = 4096
"""A longer value is a document, whatever stands before it."""
_CHUNK: Final = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_BROKEN: Final = re.compile(rb"[0-9][A-Za-z]")
_SPACE: Final = re.compile(rb"\s")
_LETTER: Final = re.compile(rb"[A-Za-z]")
_ODD: Final = re.compile(rb"[0-9!#%&*+?@^~$]")
_BEARER: Final = re.compile(rb"bearer[ \t]{1,4}([a-z0-9._~+/-]{16,}+={0,2})")
_BASIC: Final = re.compile(rb"(?:basic[ \t]{1,4}|auth\\{0,8}[\"']\s{0,3}:\s{0,3}\\{0,8}[\"'])([a-z0-9+/]{4,}+={0,2})")
"""In a header, or under "auth", as Docker keeps it."""
_HEADER: Final = rb"(?:" + _SEPARATOR.pattern + rb"|" + _PAIR.pattern + rb")\\{0,8}[\"'`]?"
_AUTHORIZATION: Final = re.compile(
    rb"authorization" + _HEADER + rb"(?:[a-z-]{2,15}[ \t]{1,4})?+([^\s\"'`\\,;(){}\[\]<>]{10,}+)"
)
_COOKIES: Final = re.compile(rb"cookie" + _HEADER + rb"([^\r\n\"'`\\]{8,}+)")
_COOKIE: Final = re.compile(rb"=([^\s;,\[\]]{8,}+)")
_USER: Final = re.compile(
    rb"://([^\s/:@?#\"'`\\,;(){}\[\]<>$%]{16,256}+)(?=(?::(?:\[secret:url-password:[0-9a-f]{4}\])?)?@)"
)
_CONTEXTS: Final = ((b"authorization", b"authorization: "), (b"cookie", b"cookie: "), (b"auth", b'"auth": "'))
"""What stands before the value of such a member in a text."""


@dataclass(frozen=True, slots=True)
class Redacted(Generic[AnyStr]):
    """A text as it may be stored, and the marks that were put in."""

    text: AnyStr
    found: tuple[str, ...] = ()


class _Span(NamedTuple):
    start: int
    end: int
    kind: str


def redact(text: AnyStr, salt: bytes) -> Redacted[AnyStr]:
    """The same text or bytes, with each secret replaced by its mark; the same object when there is none."""
    if isinstance(text, str):
        done = _redact(text.encode("utf-8", "surrogatepass"), salt)
        return Redacted(done.text.decode("utf-8", "surrogatepass") if done.found else text, done.found)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _redact_utf16(text, salt)
    return _redact(text, salt)


def redact_value(value: Any, salt: bytes, name: str = "") -> Any:
    """The same plain JSON value without its secrets; what stands under a key named password is one, however plain."""
    if isinstance(value, str):
        return _redact_member(value, salt, name)
    if isinstance(value, dict):
        done = {
            redact(key, salt).text if isinstance(key, str) else key: redact_value(item, salt, str(key))
            for key, item in value.items()
        }
        match value:
            case {"name": str() as said, "value": str() as text}:
                done["value"] = _redact_member(text, salt, said, beside=True)
        return done
    if isinstance(value, list | tuple):
        match value:
            case [str() as said, str() as text]:
                return [redact_value(said, salt, name), _redact_member(text, salt, said, beside=True)]
        return [redact_value(item, salt, name) for item in value]
    return value


def may_hold_secrets(text: bytes) -> bool:
    """Whether a JSON text deserves the slow look at each of its values; a quick no for most."""
    low = text.lower()
    return (
        any(_AFTER_NAME.match(low, name.end) for name in _names(low))
        or b"bearer" in low
        or b"basic" in low
        or b"cookie" in low
        or b"auth" in low
        or _USER.search(low) is not None
        or any(not format.dense or shape(format).search(text) for format in present(text))
    )


def _redact_member(text: str, salt: bytes, name: str, *, beside: bool = False) -> str:
    """The text without its secrets, given its name; a name that only stands beside it may be just another word."""
    whole = text.encode("utf-8", "surrogatepass")
    low = name.lower().encode("utf-8", "surrogatepass")
    last = [word for word in _names(low) if word.end == len(low)] if name else []
    if last and not _MARK.search(whole):
        password = last[0].kind == "password" and not beside
        plain = password and not low.endswith(_PASS)
        if (plain and whole and not _SPACE.search(whole)) or _is_secret(whole, password=password):
            return _mark(last[0].kind, whole, salt).decode()
    before = next((before for end, before in _CONTEXTS if low.endswith(end)), b"")
    if before:
        return _redact(before + whole, salt).text[len(before) :].decode("utf-8", "surrogatepass")
    return redact(text, salt).text


def _redact_utf16(text: bytes, salt: bytes) -> Redacted[bytes]:
    try:
        words = text.decode("utf-16")
    except UnicodeDecodeError:
        return _redact(text, salt)
    done = _redact(words.encode(), salt)
    order = "utf-16-le" if text.startswith(b"\xff\xfe") else "utf-16-be"
    return Redacted(text[:2] + done.text.decode().encode(order), done.found) if done.found else Redacted(text)


def _redact(text: bytes, salt: bytes) -> Redacted[bytes]:
    found: list[bytes] = []
    for format in present(text):
        pattern = shape(format)
        spans = [_Span(*match.span(pattern.groups), format.kind) for match in pattern.finditer(text)]
        text = _cut(text, spans, salt, found)
    low = text.lower()
    for hints, search in _SEARCHES:
        if any(hint in low for hint in hints):
            text = _cut(text, search(text, text.lower()), salt, found)
    return Redacted(text, tuple(mark.decode() for mark in found))


def _cut(text: bytes, spans: Iterable[_Span], salt: bytes, found: list[bytes]) -> bytes:
    """The text with a mark in place of each span; the marks are added to `found`."""
    out: list[bytes] = []
    done = 0
    for start, end, kind in spans:
        mark = _mark(kind, text[start:end], salt)
        found.append(mark)
        out += text[done:start], mark
        done = end
    return b"".join((*out, text[done:])) if out else text


def _mark(kind: str, secret: bytes, salt: bytes) -> bytes:
    digits = 4 if "password" in kind else 8
    return f"[secret:{kind}:{hmac.digest(salt, secret, 'sha256').hex()[:digits]}]".encode()


def _bearers(text: bytes, low: bytes) -> Iterator[_Span]:
    for match in _BEARER.finditer(low):
        if not _is_wordy(text[slice(*match.span(1))]):
            yield _Span(*match.span(1), "bearer")


def _basics(text: bytes, low: bytes) -> Iterator[_Span]:
    for match in _BASIC.finditer(low):
        try:
            plain = base64.b64decode(text[slice(*match.span(1))], validate=True)
        except binascii.Error:
            continue
        if b":" in plain and plain.isascii():
            yield _Span(*match.span(1), "basic-password")


def _authorizations(text: bytes, low: bytes) -> Iterator[_Span]:
    for match in _AUTHORIZATION.finditer(low):
        yield from _made_by_machine(text, match.span(1), "named")


def _cookies(text: bytes, low: bytes) -> Iterator[_Span]:
    for header in _COOKIES.finditer(low):
        for match in _COOKIE.finditer(low, *header.span(1)):
            yield from _made_by_machine(text, match.span(1), "session")


def _users(text: bytes, low: bytes) -> Iterator[_Span]:
    for match in _USER.finditer(low):
        yield from _made_by_machine(text, match.span(1), "named")


def _made_by_machine(text: bytes, place: tuple[int, int], kind: str) -> Iterator[_Span]:
    start, end = place
    # What goes on with a bracket is code, or cut already.
    if text[end : end + 1] not in (b"(", b"[") and _is_secret(text[start:end], password=False):
        yield _Span(start, end, kind)


def _named(text: bytes, low: bytes) -> Iterator[_Span]:
    """The values next to telling names. A value that is no secret is left to the names inside it."""
    done = 0
    for name in _names(low):
        if name.start < done:
            continue
        mark = _MARK.match(text, name.start - 1) if name.start else None
        if mark is not None:
            done = mark.end()
            continue
        beside = _PAIR.match(low, name.end)
        gap = beside or _SEPARATOR.match(low, name.end)
        if gap is None and low[name.start - 1 : name.start] == b"-":  # an option: --token VALUE
            gap = _GAP.match(low, name.end)
        value = _VALUE.match(text, gap.end()) if gap else None
        if value is None or value.lastindex is None:
            continue
        start, end = value.span(value.lastindex)
        after = text[end : end + 1]
        if value.lastindex == _BARE and after in (b"(", b"["):
            continue  # a call or a subscript: code
        if gap and gap.group().endswith(b">") and not gap.group().endswith(b"=>") and after != b"<":
            continue  # a comparison or a placeholder, and no <token>...</token>
        if _is_secret(text[start:end], password=name.kind == "password" and not beside):
            yield _Span(start, end, name.kind)
            done = end


def _names(low: bytes) -> list[_Span]:
    """The telling names in a text of small letters, in order."""
    names: list[_Span] = []
    words = _NAMES if b"pass" in low else _NAMES_WITHOUT_PASS
    for word in words:
        start = low.find(word)
        while start >= 0:
            end = start + len(word)
            before = low[max(start - 16, 0) : start].rstrip(b"_- ")
            if before.endswith(_KEYS_TO) if word == b"key" else not before.endswith(_POINTERS):
                names.append(_Span(start, end, "password" if word in (*_PASSWORDS, _PASS) else "named"))
            start = low.find(word, end)
    return sorted(names)


def _is_secret(value: bytes, *, password: bool) -> bool:
    """Whether a value next to a telling name looks made by a machine, or like a password with care in it."""
    if not 6 <= len(value) <= _LONGEST or _SPACE.search(value) or _MARK.search(value):
        return False
    if password and _ODD.search(value) and _LETTER.search(value):
        return not value.startswith((b"$", b"%", b"{"))
    mixed = len(set(value)) >= 5 and _LETTER.search(value)
    return bool(mixed) and sum(map(len, _CHUNK.findall(value))) >= 10 and not _is_wordy(value)


def _is_wordy(value: bytes) -> bool:
    """Whether it is made of words, as identifiers are: three letters in a row nearly everywhere, digits at their ends.

    Of random values of 20 to 40 characters less than 1 in 100 pass as words in base62, and none in hexadecimal.
    """
    chunks = _CHUNK.findall(value)
    total = sum(map(len, chunks))
    words = sum(len(chunk) for chunk in chunks if len(chunk) >= 3 and not chunk.isdigit())
    return words >= 0.75 * total and len(_BROKEN.findall(value)) < 2


_SEARCHES: Final = (
    ((b"bearer",), _bearers),
    ((b"basic", b"auth"), _basics),
    ((b"authorization",), _authorizations),
    ((b"cookie",), _cookies),
    ((b"://",), _users),
    ((b"",), _named),
)
