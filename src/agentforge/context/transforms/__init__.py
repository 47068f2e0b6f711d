"""What is done to a request, in this order: the table of contents of the product."""

from __future__ import annotations

from agentforge.context.transforms.admit_results import ADMIT_RESULTS
from agentforge.context.transforms.cache_markers import CACHE_MARKERS
from agentforge.context.transforms.compaction_brief import COMPACTION_BRIEF
from agentforge.context.transforms.lazy_tools import LAZY_TOOLS
from agentforge.context.transforms.recall_tool import RECALL
from agentforge.context.transforms.repeat_reads import REPEAT_READS
from agentforge.context.transforms.route import ROUTE

TRANSFORMS = (
    ROUTE,
    ADMIT_RESULTS,
    REPEAT_READS,
    LAZY_TOOLS,
    RECALL,
    COMPACTION_BRIEF,
    CACHE_MARKERS,
)

__all__ = [
    "ADMIT_RESULTS",
    "CACHE_MARKERS",
    "COMPACTION_BRIEF",
    "LAZY_TOOLS",
    "RECALL",
    "REPEAT_READS",
    "ROUTE",
    "TRANSFORMS",
]
