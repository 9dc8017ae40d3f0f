"""The operations on crawls that callers have: start, status, result, cancel, delete."""
