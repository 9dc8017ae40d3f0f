"""From bytes to Markdown, links and context. Parsers are loaded in worker processes only."""
