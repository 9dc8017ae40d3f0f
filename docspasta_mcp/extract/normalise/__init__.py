"""Reduce a page's main content to plain semantic HTML, one concept a module."""
