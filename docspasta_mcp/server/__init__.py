"""The entry points: MCP, REST, the webhook, the page for people; authentication and answers."""
