"""What to do about a set-up: rules in an ordered list, each from what was read and weighed to findings."""

from agentforge.audit.findings.evidence import Evidence, Observed, Unmentioned
from agentforge.audit.findings.rules import RULES, find
from agentforge.audit.findings.size import TOO_LONG

__all__ = ["RULES", "TOO_LONG", "Evidence", "Observed", "Unmentioned", "find"]
