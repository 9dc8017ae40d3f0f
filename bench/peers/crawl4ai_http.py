"""crawl4ai with its HTTP strategy, breadth first. Arguments: start URL, requests at a time."""

import asyncio
import json
import sys
import time

from crawl4ai import (
    AsyncWebCrawler,
    BFSDeepCrawlStrategy,
    CacheMode,
    CrawlerRunConfig,
    HTTPCrawlerConfig,
    SemaphoreDispatcher,
)
from crawl4ai.async_crawler_strategy import AsyncHTTPCrawlerStrategy


async def main(start, at_once):
    strategy = AsyncHTTPCrawlerStrategy(browser_config=HTTPCrawlerConfig())
    config = CrawlerRunConfig(
        deep_crawl_strategy=BFSDeepCrawlStrategy(max_depth=20, max_pages=20_000, include_external=False),
        cache_mode=CacheMode.BYPASS,
        semaphore_count=at_once,
        stream=True,
        verbose=False,
    )
    documents, first = {}, None
    async with AsyncWebCrawler(crawler_strategy=strategy, verbose=False) as crawler:
        begun = time.perf_counter()
        async for result in await crawler.arun(start, config=config):
            if result.success and result.markdown:
                documents[result.url] = str(result.markdown)
                first = first or time.perf_counter() - begun
        seconds = time.perf_counter() - begun
    print(json.dumps({"urls": sorted(documents), "seconds": seconds, "first_page_s": first}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
