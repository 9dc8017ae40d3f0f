"""Does a question find the passage that answers it? Measured on real manuals; see `evals/README.md`."""
