"""A plain crawler: asyncio, httpx, BeautifulSoup, markdownify. Arguments: start URL, requests at a time."""

import asyncio
import json
import sys
import time
from urllib.parse import urldefrag, urljoin

import httpx
from bs4 import BeautifulSoup
from markdownify import MarkdownConverter


async def main(start, at_once):
    begun = time.perf_counter()
    seen, documents, first = {start}, {}, None
    waiting = asyncio.Queue()
    waiting.put_nowait(start)
    async with httpx.AsyncClient() as client:

        async def work():
            nonlocal first
            while True:
                url = await waiting.get()
                try:
                    answer = await client.get(url)
                    if answer.status_code == 200 and "html" in answer.headers.get("content-type", ""):
                        soup = BeautifulSoup(answer.content, "lxml")
                        for anchor in soup.find_all("a", href=True):
                            link = urldefrag(urljoin(url, anchor["href"])).url
                            if link.startswith(start) and link not in seen:
                                seen.add(link)
                                waiting.put_nowait(link)
                        documents[url] = MarkdownConverter(heading_style="ATX").convert_soup(soup)
                        first = first or time.perf_counter() - begun
                finally:
                    waiting.task_done()

        workers = [asyncio.create_task(work()) for _ in range(at_once)]
        await waiting.join()
        for worker in workers:
            worker.cancel()
    seconds = time.perf_counter() - begun
    print(json.dumps({"urls": sorted(documents), "seconds": seconds, "first_page_s": first}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
