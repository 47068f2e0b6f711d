"""Answers one method with an error, or with the JSON it is given."""

import json
import sys

from speak import HELLO, refuse, reply, requests, tool

odd, *answer = sys.argv[1:]
offers = {"tools": {}, "prompts": {}, "resources": {}}
ANSWERS = {
    "initialize": {**HELLO, "capabilities": offers},
    "tools/list": {"tools": [tool("one")]},
    "prompts/list": {"prompts": []},
    "resources/list": {"resources": []},
}
for message in requests():
    if "id" not in message:
        continue
    if message["method"] == odd and not answer:
        refuse(message, -32000, "not today")
    elif message["method"] == odd:
        reply(message, json.loads(answer[0]))
    elif message["method"] in ANSWERS:
        reply(message, ANSWERS[message["method"]])
    else:
        refuse(message)
