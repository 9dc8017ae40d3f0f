"""What a caller may ask of a crawl: start it, its status, its result, its end."""
