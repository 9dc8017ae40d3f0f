"""trafilatura's focused crawler, then its parallel downloads and fast extraction, as its documentation has them.

Arguments: start URL, requests at a time. The crawler only finds pages, one after another; its pause is set to nothing.
It takes no address of loopback for a site, so a name stands for it.
"""

import json
import socket
import sys
import time

from trafilatura import extract
from trafilatura.downloads import add_to_compressed_dict, buffered_downloads, load_download_buffer
from trafilatura.settings import DEFAULT_CONFIG
from trafilatura.spider import focused_crawler

LOOPBACK, NAME = "127.0.0.1", "manual.example.org"
START, AT_ONCE = sys.argv[1].replace(LOOPBACK, NAME), int(sys.argv[2])
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve(LOOPBACK if host == NAME else host, *rest, **more)
DEFAULT_CONFIG["DEFAULT"].update({"SLEEP_TIME": "0", "SSRF_PROTECTION": "off"})
documents, first = {}, None
begun = time.perf_counter()
waiting, known = focused_crawler(START, max_seen_urls=10_000)
store = add_to_compressed_dict(sorted({START, *waiting, *known}))
while not store.done:
    urls, store = load_download_buffer(store, sleep_time=0)
    for url, page in buffered_downloads(urls, AT_ONCE):
        if page and (text := extract(page, url=url, output_format="markdown", include_links=True, fast=True)):
            documents[url.replace(NAME, LOOPBACK).partition("#")[0]] = text
            first = first or time.perf_counter() - begun
seconds = time.perf_counter() - begun
print(json.dumps({"urls": sorted(documents), "seconds": seconds, "first_page_s": first}))
