"""From pages to one document, and the parts of it that answer."""
