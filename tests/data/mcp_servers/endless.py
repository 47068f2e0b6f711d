"""Has always another page: with a new cursor, or with the one it gave before."""

import sys

from speak import HELLO, serve, tool

again = sys.argv[1] == "again"


def page(asked):
    number = int(asked.get("cursor", "0"))
    return {"tools": [tool(f"t{number}")], "nextCursor": "0" if again and number else str(number + 1)}


serve({"initialize": HELLO, "tools/list": page})
