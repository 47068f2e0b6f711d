"""Who may use a gateway: this machine's programs, or whoever shows its token."""

from __future__ import annotations

import hmac
import re
from typing import Final

from agentforge.gateway.config import Config
from agentforge.gateway.headers import PROXY_TOKEN, TOKEN, Headers
from agentforge.gateway.refusals import Refusal

_HOST: Final = re.compile(rb"(?:127(?:\.[0-9]{1,3}){3}|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_ORIGIN: Final = re.compile(rb"https?://" + _HOST.pattern, re.IGNORECASE)
_BEARER: Final = re.compile(rb"bearer +(.+)", re.IGNORECASE)


def check(config: Config, headers: Headers) -> None:
    """Raises `Refusal` for a page in a browser, for another name than this machine's, and without the token."""
    hosts = [value.strip() for name, value in headers if name == b"host"]
    origins = [value.strip() for name, value in headers if name == b"origin"]
    if not all(map(_ORIGIN.fullmatch, origins)):
        raise Refusal(403, "no page of another origin may use it: ask from a program", retry=False)
    # A page can give its own name the address of this machine; only the name it is asked under tells.
    if config.is_private and not (len(hosts) == 1 and _HOST.fullmatch(hosts[0])):
        raise Refusal(
            403,
            "it answers this machine only: ask it as 127.0.0.1, localhost or [::1], "
            "or start it with --host and a token for others",
            retry=False,
        )
    if config.token is not None and not _shows(config.token.encode(), headers):
        raise Refusal(401, f"send its token in the header {TOKEN.decode()}", retry=False)


def _shows(token: bytes, headers: Headers) -> bool:
    """Whether the token is there: in a header of its own, or in that for proxies."""
    shown = [value.strip() for name, value in headers if name == TOKEN]
    bearers = [_BEARER.fullmatch(value.strip()) for name, value in headers if name == PROXY_TOKEN]
    shown += [found[1] for found in bearers if found]
    return any(hmac.compare_digest(one, token) for one in shown)
