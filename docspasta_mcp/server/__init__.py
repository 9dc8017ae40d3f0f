"""The doors: MCP, REST, the webhook; who may come in and what they get."""
