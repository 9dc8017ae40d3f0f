"""What is loaded to crawl is left out of collections of garbage, and many objects at once do not start one."""

import gc

from docspasta_mcp.server.wiring import Node


async def test_a_process_that_crawls_has_frozen_what_it_loaded(node: Node) -> None:
    assert node.engine is not None
    assert gc.get_freeze_count() > 100_000
    young, of_the_young, of_the_older = gc.get_threshold()
    assert young * of_the_young * of_the_older > 500_000
