"""From a URL to the pages there are: scope, robots.txt, sitemaps, navigation, links."""
