"""Runs docspasta-mcp without its index, see `__main__`."""
