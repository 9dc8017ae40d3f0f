"""AsyncAPI 2 and 3: a specification becomes an overview, a page a tag or one of all channels, and pages of schemas."""
