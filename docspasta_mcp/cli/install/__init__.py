"""Write this server into the configuration of an MCP host, and take it out again."""
