"""OpenAPI 2, 3.0 and 3.1: a specification becomes an overview, a page a tag, and pages of schemas.

`parse` reads JSON or YAML within bounds, `pages` lays the pages out; the files between have one concept each.
"""
