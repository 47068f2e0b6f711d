"""What was cut, asked back: a query language that gives small exact answers, and the tool that takes it."""

from agentforge.context.recall.answer import answer
from agentforge.context.recall.query import Query, Span, parse_query
from agentforge.context.recall.tool import NAME, RECALL_TOOL

__all__ = ["NAME", "RECALL_TOOL", "Query", "Span", "answer", "parse_query"]
