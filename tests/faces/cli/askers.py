"""Small programs that stand for a client: each is Python, and asks (or does not ask) the provider it is told of."""

import sys
from pathlib import Path

from agentforge.faces.cli.headless import URL, Launch

ASK = f"""
import json, os, sys, urllib.request
def ask(path="/v1/messages", **more):
    body = {{"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{{"role": "user", "content": "hello"}}], **more}}
    head = {{"content-type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01"}}
    asked = urllib.request.Request("{URL}" + path, json.dumps(body).encode(), head)
    urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(asked).read()
TOOLS = [{{"name": "t", "input_schema": {{"type": "object"}}}}]
"""


def asker(folder: Path, does: str, *, seconds: float = 30, **given) -> Launch:
    """How to run a program that does this."""
    env = {"PATH": "/usr/bin:/bin", **given.pop("env", {})}
    return Launch((sys.executable, "-c", ASK + does), env, str(folder), seconds, **given)
