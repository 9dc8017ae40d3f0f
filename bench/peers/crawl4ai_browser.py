"""crawl4ai with its browser strategy, breadth first. Arguments: start URL, pages at a time, Chromium, wait_until."""

import asyncio
import json
import sys
import time

from crawl4ai import AsyncWebCrawler, BFSDeepCrawlStrategy, BrowserConfig, CacheMode, CrawlerRunConfig
from playwright.async_api import BrowserType

launch = BrowserType.launch


async def main(start, at_once, chromium, wait_until):
    # crawl4ai has no option for the browser's program: the same one is given to Playwright's launch
    BrowserType.launch = lambda self, **options: launch(self, **{**options, "executable_path": chromium})
    config = CrawlerRunConfig(
        deep_crawl_strategy=BFSDeepCrawlStrategy(max_depth=20, max_pages=20_000, include_external=False),
        cache_mode=CacheMode.BYPASS,
        semaphore_count=at_once,
        wait_until=wait_until,
        stream=True,
        verbose=False,
    )
    documents, first = {}, None
    begun = time.perf_counter()  # the browser's start counts, as it does for docspasta-mcp
    async with AsyncWebCrawler(config=BrowserConfig(headless=True, text_mode=True, verbose=False)) as crawler:
        async for result in await crawler.arun(start, config=config):
            if result.success and result.markdown:
                documents[result.url] = str(result.markdown)
                first = first or time.perf_counter() - begun
        seconds = time.perf_counter() - begun
    print(json.dumps({"documents": documents, "seconds": seconds, "first_page_s": first}))


asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]))
