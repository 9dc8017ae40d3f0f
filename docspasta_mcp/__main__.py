"""Let `python -m docspasta_mcp` do what the installed command does."""

from docspasta_mcp.cli import main

if __name__ == "__main__":
    main()
