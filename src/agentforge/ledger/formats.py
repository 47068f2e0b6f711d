r"""The shapes of well-known keys, one table; a new one is one line.

Three rules make the table safe to run over anything, and redaction idempotent and linear in time:

* a key starts where no letter or digit stands before it (or where an escape such as `\n` or `%3D` ends);
* a key takes all that can belong to it, and no letter or digit follows;
* no shape has a square bracket in it, so none can match a mark or reach across one.

So what is cut neither uncovers nor hides another key, and no stretch of text is scanned twice for the same shape.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple


class Format(NamedTuple):
    """One kind of key: a text that is always in it, and the pattern of the whole, where group `s` is the secret."""

    kind: str
    hint: bytes
    pattern: bytes
    dense: bool = False
    """It is one run of at least 20 letters, digits, dots, hyphens and underscores, as few words of any text are."""


def present(text: bytes) -> list[Format]:
    """The formats whose hint is in the text, in the table's order: all that need a closer look."""
    runs = _long_runs(text)
    formats = FORMATS if runs else _LOOSE
    return [format for format in formats if format.hint in (runs if format.dense else text)]


def _long_runs(text: bytes) -> bytes:
    """The runs that a dense format could be in, with blanks between them."""
    inside = text.translate(_RUNS)
    runs = []
    start = inside.find(_LONG)
    while start >= 0:
        end = inside.find(b" ", start)
        end = len(text) if end < 0 else end
        runs.append(text[start:end])
        start = inside.find(_LONG, end)
    return b" ".join(runs)


_RUNS: Final = bytes(120 if chr(c) in "-._" or (c < 128 and chr(c).isalnum()) else 32 for c in range(256))
_LONG: Final = b"x" * 20


def shape(format: Format) -> re.Pattern[bytes]:
    """The compiled pattern; compiled when first needed, because most never are."""
    return _compile(format.pattern)


@cache
def _compile(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


def _keys(kind: str, prefixes: str, rest: bytes) -> tuple[Format, ...]:
    """A format for each prefix. The literal stands first in the pattern: that lets the engine skip to it."""
    return tuple(
        Format(
            kind,
            prefix,
            re.escape(prefix)
            + rb"(?:(?<![A-Za-z0-9].{%d})|(?<=\\[nrtbf].{%d})|(?<=%%[0-9A-Fa-f]{2}.{%d})|(?<=\\u[0-9A-Fa-f]{4}.{%d}))"
            % ((len(prefix),) * 4)
            + rest
            + rb"(?![A-Za-z0-9])",
            dense=True,
        )
        for prefix in map(str.encode, prefixes.split())
    )


_KEY_LINE: Final = rb"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_INSIDE: Final = rb"(?:[^-\[]|-(?!----))"

FORMATS: Final = (
    Format(
        "private-key",
        b"PRIVATE KEY",
        rb"-----BEGIN "
        + _KEY_LINE
        # A key has a long run of base64, talk of keys has none. A key that was cut off ends with its last run.
        + rb"(?:(?=" + _INSIDE + rb"*?[A-Za-z0-9+/]{24})" + _INSIDE + rb"*+-----END "
        + _KEY_LINE
        + rb"|(?:(?:\\+[nr]|[\s\"',>+]){1,20}[A-Za-z0-9+/=]{24,}+)+)",
    ),
    *_keys("anthropic-key", "sk-ant-", rb"[A-Za-z0-9_-]{16,}+"),
    *_keys("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None- sk-or-v1-", rb"[A-Za-z0-9_-]{16,}+"),
    # Inside a base64url text these come up by chance.
    *_keys("openai-key", "sk-", rb"(?<![+/_-]sk-)[A-Za-z0-9]{20,}+[A-Za-z0-9_-]*+"),
    *_keys("github-token", "ghp_ gho_ ghs_ ghu_ ghr_", rb"[A-Za-z0-9]{30,}+"),
    *_keys("github-token", "github_pat_", rb"[A-Za-z0-9_]{30,}+"),
    *_keys(
        "gitlab-token",
        "glpat- gldt- glrt- glptt- gloas- glcbt- glft- glimt- glagent- glsoat-",
        rb"[A-Za-z0-9_-]{20,}+",
    ),
    *_keys("aws-key-id", "AKIA ASIA ABIA ACCA", rb"[A-Z0-9]{16}"),
    *_keys("google-key", "AIza", rb"(?<![+/_-]AIza)[A-Za-z0-9_-]{35,}+"),
    *_keys("google-oauth", "ya29. GOCSPX-", rb"[A-Za-z0-9_-]{20,}+"),
    *_keys("slack-token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xapp-", rb"[A-Za-z0-9-]{15,}+"),
    Format("slack-webhook", b"hooks.slack", rb"hooks\.slack\.com/services/(?P<s>[A-Za-z0-9/]{20,}+)"),
    *_keys("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", rb"[A-Za-z0-9]{16,}+"),
    *_keys("stripe-key", "whsec_", rb"[A-Za-z0-9]{24,}+"),
    *_keys("npm-token", "npm_", rb"[A-Za-z0-9]{30,}+"),
    *_keys("pypi-token", "pypi-", rb"[A-Za-z0-9_-]{50,}+"),
    *_keys("huggingface-token", "hf_", rb"[A-Za-z0-9]{30,}+"),
    *_keys("groq-key", "gsk_", rb"[A-Za-z0-9]{40,}+"),
    *_keys("xai-key", "xai-", rb"[A-Za-z0-9]{60,}+"),
    *_keys("perplexity-key", "pplx-", rb"[A-Za-z0-9]{40,}+"),
    *_keys("replicate-token", "r8_", rb"[A-Za-z0-9]{36,}+"),
    *_keys("sendgrid-key", "SG.", rb"[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+"),
    *_keys("twilio-key", "SK", rb"[0-9a-f]{32}"),
    *_keys("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", rb"[0-9a-f]{64}"),
    *_keys("databricks-token", "dapi", rb"[0-9a-f]{32}(?:-[0-9])?"),
    *_keys("shopify-token", "shpat_ shpca_ shppa_ shpss_", rb"[0-9A-Fa-f]{32}"),
    *_keys("vault-token", "hvs. hvb. hvr.", rb"[A-Za-z0-9_-]{24,}+"),
    *_keys("docker-token", "dckr_pat_ dckr_oat_", rb"[A-Za-z0-9_-]{20,}+"),
    *_keys("linear-key", "lin_api_ lin_oauth_", rb"[A-Za-z0-9]{32,}+"),
    *_keys("age-key", "AGE-SECRET-KEY-1", rb"[0-9A-Z]{50,}+"),
    *_keys("jwt", "eyJ", rb"[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+"),
    Format("telegram-token", b":AA", rb":(?P<s>AA(?<=[0-9]{8}:AA)[A-Za-z0-9_-]{33,}+)"),
    Format(
        "url-password", b"://", rb"://[^\s/:@\"'\\\[\]<>]{0,100}:(?!(?:pass|password|passwd|pw|pwd|secret|token)@)"
        rb"(?P<s>[^\s/\"'\\\[\]<>${}]{1,256})@",
    ),
    Format(
        "netrc-password",
        b"login",
        rb"login[ \t]{1,9}[^\s\[\]]{1,100}+\s{1,9}password[ \t]{1,9}(?P<s>[^\s\"'\\\[\]]{4,}+)",
    ),
)  # fmt: skip
_LOOSE: Final = tuple(format for format in FORMATS if not format.dense)
