"""Let `python -m docspasta_mcp` do what the installed command does."""

if __name__ == "__main__":  # worker processes load this file too, and need no command line
    from docspasta_mcp.cli import main

    main()
