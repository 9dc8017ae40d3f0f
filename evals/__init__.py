"""Measure extraction and discovery on sites built from sources, with the sources as truth. See README.md."""
