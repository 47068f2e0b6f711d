"""What people and programs touch: `cli/`, `mcp/`, `hooks/`, `dashboard/`: parse, call one function, render."""
