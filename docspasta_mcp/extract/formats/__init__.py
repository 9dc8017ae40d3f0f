"""Documentation that is not HTML: each format turns parsed sources into pages of Markdown."""
