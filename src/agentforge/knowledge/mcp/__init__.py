"""What MCP servers offer: each one started, asked by the official client, and stopped."""

from agentforge.knowledge.mcp.items import items_of, tool_name
from agentforge.knowledge.mcp.probe import probe, probe_all, recalled
from agentforge.knowledge.mcp.probed import Probed, ProbedPrompt, ProbedResource, ProbedTool, Status

__all__ = [
    "Probed",
    "ProbedPrompt",
    "ProbedResource",
    "ProbedTool",
    "Status",
    "items_of",
    "probe",
    "probe_all",
    "recalled",
    "tool_name",
]
