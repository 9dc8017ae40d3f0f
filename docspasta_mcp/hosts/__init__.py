"""MCP hosts: where each keeps its servers, and in which shape. `install` writes it, the page for people shows it."""
