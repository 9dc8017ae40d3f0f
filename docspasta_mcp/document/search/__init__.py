"""Search in documents: words, passages, their ranking, and answers packed from them. Pure functions, no rows."""
