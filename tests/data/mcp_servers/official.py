"""A server made with the official package."""

from mcp.server import MCPServer

server = MCPServer("official", version="7", instructions="add, then rest")


@server.tool()
def add(a: int, b: int = 2) -> int:
    """Adds two numbers."""
    return a + b


@server.prompt()
def greet(who: str) -> str:
    """Greets."""
    return who


@server.resource("note://{name}")
def note(name: str) -> str:
    """A note."""
    return name


if __name__ == "__main__":
    server.run()
