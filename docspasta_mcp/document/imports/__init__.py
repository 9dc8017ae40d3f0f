"""An exported manual read back, page by page: what it says is checked, and nothing is taken on trust."""
