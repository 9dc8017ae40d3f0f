"""What a person types at a terminal, and what is printed."""
