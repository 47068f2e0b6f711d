"""Set-ups to audit."""

from typing import Any

from agentforge.audit import Report, audit_setup
from agentforge.knowledge import Item, Server, Setup, Source, read_setup
from agentforge.knowledge.mcp import Probed, ProbedTool
from agentforge.wire import Json
from knowledge.laid import lay

PLACE = Source("claude-code", "project", "/p/.mcp.json", 3)


def server(name: str = "post", **given: Any) -> Server:
    """A server that is configured in a project."""
    return Server(name, "stdio", given.pop("source", PLACE), ("post-server",), **given)


def row(name: str = "post", *tools: str, instructions: str = "", long: int = 1, **given: Any) -> Probed:
    """A server that answered."""
    schema = Json.of({"type": "object", "properties": {"address": {"type": "string"}}})
    made = tuple(ProbedTool(tool, "Finds a parcel. " * long, schema) for tool in tools)
    return Probed(server(name, **given), "ok", made, instructions=instructions)


def audit_items(*items: Item, client: str = "claude-code", **given: Any) -> Report:
    """The audit of these items."""
    settings = given.pop("settings", {})
    servers = tuple(one.server for one in given.get("probed", ()))
    return audit_setup(Setup(client, items, servers, settings), env=given.pop("env", {}), **given)


def audit_files(folder, files: dict, client: str = "claude-code", **given: Any) -> Report:
    """The audit of a project with these files, for a user who has none."""
    root = lay(folder / "project", files)
    return audit_setup(read_setup(client, root, folder / "home", {}), env={}, **given)
