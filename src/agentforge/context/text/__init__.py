"""A text in pieces: lines, members of JSON, rows of values, and what they are called when one asks for them."""

from agentforge.context.text.documents import BEGINNING, Member, Members, Node, document, members
from agentforge.context.text.pieces import (
    Lines,
    Pieces,
    count,
    first_number,
    is_numbered,
    line_count,
    piece,
    piece_at,
    without_numbers,
)
from agentforge.context.text.plain import counted, places, shortened, without_colours, without_digits
from agentforge.context.text.rows import MISSING, is_rule, separator_of, split, value_of, values_of

__all__ = [
    "BEGINNING",
    "MISSING",
    "Lines",
    "Member",
    "Members",
    "Node",
    "Pieces",
    "count",
    "counted",
    "document",
    "first_number",
    "is_numbered",
    "is_rule",
    "line_count",
    "members",
    "piece",
    "piece_at",
    "places",
    "separator_of",
    "shortened",
    "split",
    "value_of",
    "values_of",
    "without_colours",
    "without_digits",
    "without_numbers",
]
