"""Dies at the method it is given, after a word on stderr that holds its key."""

import os
import sys

from speak import HELLO, reply, requests

for message in requests():
    if message["method"] == sys.argv[1]:
        sys.stderr.write(f"\x1b[31mfatal\x1b[0m: the key {os.environ.get('THE_KEY')} is not valid\n")
        sys.stderr.flush()
        os._exit(3)
    if "id" in message:
        reply(message, HELLO)
