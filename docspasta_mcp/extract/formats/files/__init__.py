"""Files as pages: PDF, Word, PowerPoint, EPUB, notebooks, reStructuredText, AsciiDoc. Each module reads one format."""
