"""Ask the MCP server whatever the Inspector can ask: over stdio and HTTP, in the legacy and the modern era.

    python -m bench.inspector

Crawls the manual of `bench.manual_site`, then lists and calls every tool, lists and reads the resources, lists and gets
the prompts, each by a run of `@modelcontextprotocol/inspector --cli` of its own. `tools/list` is strict: the Inspector
judges whether hosts can read the schemas. Prints a line for each transport and era, and what went wrong; ends with exit
code 1 if anything did. npx takes the Inspector from npm's registry. Its command line has no completions: the
conformance suite asks for those (`bench.conformance`).
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.conformance import run, serving
from bench.manual_site import ManualSite

INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
ERAS = ("legacy", "modern")
Call = tuple[str, ...]


def ask(target: Call, era: str, *call: str) -> dict[str, Any]:
    """Return what the Inspector prints of one call; with `error` if the server or the Inspector did not like it."""
    options = ("--format", "json", "-q", "--protocol-era", era, "--connect-timeout", "60000")
    done = run("npx", "--yes", INSPECTOR, "--cli", *target, *options, "--method", *call)
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    except (ValueError, IndexError):
        answer = {}
    if done.returncode or answer.get("result", {}).get("isError"):
        answer["error"] = (done.stdout + done.stderr)[-1_000:] or f"exit code {done.returncode}"
    return answer


def calls(url: str, job_id: str) -> list[Call]:
    """Return one call of everything that the server offers."""
    tool = ("tools/call", "--tool-name")
    return [
        ("tools/list", "--strict"),
        (*tool, "start_crawl", "--tool-arg", f"url={url}"),
        (*tool, "get_status", "--tool-arg", f"job_id={job_id}"),
        (*tool, "get_result", "--tool-arg", f"job_id={job_id}", "query=label a jar"),
        (*tool, "list_docs"),
        (*tool, "search_docs", "--tool-arg", "query=label a jar"),
        (*tool, "cancel_crawl", "--tool-arg", f"job_id={job_id}"),
        ("resources/list",),
        ("resources/templates/list",),
        ("resources/read", "--uri", "docspasta://docs"),
        ("resources/read", "--uri", f"docspasta://docs/{job_id}"),
        ("resources/read", "--uri", f"docspasta://docs/{job_id}/pages/1"),
        ("prompts/list",),
        ("prompts/get", "--prompt-name", "learn_library", "--prompt-args", f"url={url}"),
        ("prompts/get", "--prompt-name", "answer_from_docs", "--prompt-args", f"url_or_name={url}", "question=What?"),
    ]


def judge(name: str, target: Call, url: str) -> bool:
    """Print how the calls over one transport went in each era; tell whether all went well."""
    started = ask(target, "modern", "tools/call", "--tool-name", "start_crawl", "--tool-arg", f"url={url}")
    if "error" in started:
        print(f"{name}: {started['error']}")
        return False
    job_id = started["result"]["structuredContent"]["job_id"]
    ask(
        target, "modern", "tools/call", "--tool-name", "get_status", "--tool-arg", f"job_id={job_id}", "wait_seconds=25"
    )
    wrong = 0
    for era in ERAS:
        answers = {call: ask(target, era, *call) for call in calls(url, job_id)}
        faults = [f"  {' '.join(call)}: {answer['error']}" for call, answer in answers.items() if "error" in answer]
        print(f"{name}, {era}: {len(answers) - len(faults)} of {len(answers)} calls answered", *faults, sep="\n")
        wrong += len(faults)
    return not wrong


def main() -> None:
    """Judge both transports.

    Raises:
        SystemExit: something went wrong.
    """
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as home, ManualSite() as site:
        settings = {"DOCSPASTA_DATA_DIR": home, "DOCSPASTA_ALLOW_PRIVATE": "127.0.0.1"}
        os.environ |= settings
        url = f"{site.url}/larder/"
        program = shutil.which("docspasta-mcp", path=Path(sys.executable).parent) or "docspasta-mcp"
        given = (word for name, value in settings.items() for word in ("-e", f"{name}={value}"))
        went = [judge("stdio", (program, "stdio", *given), url)]
        with serving(home) as endpoint:
            went.append(judge("HTTP", ("--server-url", endpoint), url))
    if not all(went):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
