"""Small sites of the kinds that readers reported crawled wrongly, and what a crawl of each must give."""
