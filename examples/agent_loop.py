"""What an agent does with the tools, with the official MCP client over stdio and without a model.

    python examples/agent_loop.py URL QUESTION

It starts a crawl, waits, and reads the sections that answer the question within a budget of tokens. In an agent, a
model chooses these calls; the text is what it would be given.
"""

import os
import sys
from typing import Any

import anyio
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import TextContent

BUDGET = 4_000  # tokens of the model's context for this answer
SERVER = StdioServerParameters(command=sys.executable, args=["-m", "docspasta_mcp"], env=dict(os.environ))


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    """Call a tool and return its text and its fields; an error of the tool says what to do, so it ends the program."""
    result = await client.call_tool(tool, arguments)
    text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
    if result.is_error:
        sys.exit(text)
    return text, result.structured_content or {}


async def main(url: str, question: str) -> None:
    """Crawl the manual and print what answers the question."""
    async with Client(stdio_client(SERVER)) as client:
        _, job = await ask(client, "start_crawl", url=url, max_pages=200)
        _, status = await ask(client, "get_status", job_id=job["job_id"], wait_seconds=20)
        while status["state"] == "running":
            print(f"{status['done']} pages read, {status['pending']} to go", file=sys.stderr)
            _, status = await ask(client, "get_status", job_id=job["job_id"], wait_seconds=20)
        if not status["done"]:
            sys.exit(f"{status['state']}: {status['reason']}")
        text, _ = await ask(client, "get_result", job_id=job["job_id"], query=question, max_tokens=BUDGET)
        print(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    anyio.run(main, sys.argv[1], sys.argv[2])
