"""Scrapy with markdownify in its callback. Arguments: start URL, requests at a time."""

import json
import sys
import time

import scrapy
from markdownify import markdownify
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor

START, AT_ONCE = sys.argv[1], int(sys.argv[2])
documents = {}
first = None
begun = time.perf_counter()


class Manual(scrapy.Spider):
    """Follows every link below the start URL."""

    name = "manual"
    start_urls = [START]
    links = LinkExtractor(allow=START)

    def parse(self, response):
        global first
        if "html" not in response.headers.get("Content-Type", b"").decode():
            return
        documents[response.url] = markdownify(response.text, heading_style="ATX")
        first = first or time.perf_counter() - begun
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url, self.parse)


settings = {
    "LOG_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": AT_ONCE,
    "DOWNLOAD_DELAY": 0,
    "TELNETCONSOLE_ENABLED": False,
}
process = CrawlerProcess(settings)
process.crawl(Manual)
process.start()
seconds = time.perf_counter() - begun
print(json.dumps({"urls": sorted(documents), "seconds": seconds, "first_page_s": first}))
