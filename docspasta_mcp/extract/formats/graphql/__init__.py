"""GraphQL's schema language: a schema becomes an overview, and pages of its operations and of its types by kind."""
