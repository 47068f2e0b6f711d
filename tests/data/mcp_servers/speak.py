"""JSON-RPC over stdin and stdout, with the standard library only."""

import json
import sys

HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "plain", "version": "1.2.3"},
}


def tool(name, **more):
    return {"name": name, "description": f"Does {name}.", "inputSchema": {"type": "object"}, **more}


def write(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def requests():
    for line in sys.stdin:
        message = json.loads(line)
        if "method" in message:
            yield message


def reply(message, result):
    write({"id": message["id"], "result": result})


def refuse(message, code=-32601, text="Method not found"):
    write({"id": message["id"], "error": {"code": code, "message": text}})


def serve(answers):
    """Answers each method with a result, or with what a function of the request's params makes."""
    for message in requests():
        if "id" not in message:
            continue
        answer = answers.get(message["method"])
        if answer is None:
            refuse(message)
        else:
            reply(message, answer(message.get("params") or {}) if callable(answer) else answer)
