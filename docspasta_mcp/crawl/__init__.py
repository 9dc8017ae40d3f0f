"""The crawl: find, fetch, read and arrange pages. It never sees a table."""
