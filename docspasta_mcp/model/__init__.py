"""The nouns that travel from stage to stage."""
