"""crawlee's ParselCrawler with markdownify, its storage in memory. Arguments: start URL, requests at a time."""

import asyncio
import json
import sys
import time

from crawlee import ConcurrencySettings, Glob
from crawlee.crawlers import ParselCrawler
from crawlee.http_clients import ImpitHttpClient
from crawlee.storage_clients import MemoryStorageClient
from markdownify import markdownify


async def main(start, at_once):
    documents, first = {}, None
    crawler = ParselCrawler(
        http_client=ImpitHttpClient(),
        storage_client=MemoryStorageClient(),
        concurrency_settings=ConcurrencySettings(
            min_concurrency=at_once, max_concurrency=at_once, desired_concurrency=at_once
        ),
        configure_logging=False,
    )

    @crawler.router.default_handler
    async def handle(context):
        nonlocal first
        documents[context.request.loaded_url or context.request.url] = markdownify(
            context.selector.get(), heading_style="ATX"
        )
        first = first or time.perf_counter() - begun
        await context.enqueue_links(include=[Glob(f"{start}**")])

    begun = time.perf_counter()
    await crawler.run([start])
    seconds = time.perf_counter() - begun
    print(json.dumps({"urls": sorted(documents), "seconds": seconds, "first_page_s": first}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
