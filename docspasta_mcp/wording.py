"""What a caller does next, in the words of the door that it came by: a tool's call, or a command to type.

Sentences that name a call stand here, for tools, for terminals, for the REST API and for the page. A door says with
`AT_THE_DOOR` which of them its callers get; whoever does not say so serves tools.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one door. `{job}`, `{url}`, `{at}` stand for what is filled in, `{escaped}` for it in a URL."""

    wait: str
    ask: str
    read_page: str
    read_on: str
    crawl: str
    crawl_again: str
    crawl_another: str
    other_globs: str
    search_some: str
    searches_all: str
    more_docs: str
    see_docs: str
    add_first: str
    see_map: str
    job_names: str
    page_names: str
    list_cursor: str
    search_cursor: str
    query_cursor: str
    place_cursor: str
    see_schedules: str
    allow: str


TOOLS = Wording(
    wait='Call get_status(job_id="{job}", wait_seconds=20) until state is no longer "running".',
    ask='Call get_result(job_id="{job}", query="…") with your question for the passages that answer it; '
    'format="map" lists all pages with their tokens.',
    read_page='Call get_result(job_id="{job}", pages=["{url}"]) for the page that you named.',
    read_on='get_result(job_id="{job}", at="{at}")',
    crawl="Call start_crawl(url) with any page of a manual.",
    crawl_again="call start_crawl again",
    crawl_another="call start_crawl with another address of this manual",
    other_globs="Call start_crawl again with other patterns or without include.",
    search_some='Call search_docs(query="…") to search them all, docs=["{job}"] for some of them.',
    searches_all="search_docs asks them all.",
    more_docs="next_cursor leads to more.",
    see_docs="call list_docs to see what there is",
    add_first="call list_docs without query, or start_crawl(url) to add one",
    see_map="read the map",
    job_names="A crawl's start tells its job_id; list_docs lists what there is.",
    page_names="format map lists them",
    list_cursor="is not a cursor of list_docs. Use its next_cursor, or none to begin anew.",
    search_cursor="is not a cursor of search_docs. Use the next_cursor of the answer before, with the same query and "
    "docs, or none to begin anew.",
    query_cursor="is not a cursor of a query about this job. Use the next_cursor of the answer before, with the same "
    "query, or none to begin anew.",
    place_cursor="is not a cursor of this job. Use the next_cursor of the answer before, or none to begin anew.",
    see_schedules="GET /api/v4/schedules lists what exists.",
    allow="The operator of this server can allow it with DOCSPASTA_ALLOW_PRIVATE={place}.",
)

TERMINAL = Wording(
    wait="`docspasta-mcp status {job}` tells how far it is.",
    ask='`docspasta-mcp result {job} --query "…"` prints the passages that answer your question; `--format map` lists '
    "all pages with their tokens.",
    read_page="`docspasta-mcp result {job} --page {url}` prints the page that you named.",
    read_on="docspasta-mcp result {job} --at '{at}'",
    crawl="`docspasta-mcp crawl URL` with any page of a manual adds it.",
    crawl_again="crawl it again",
    crawl_another="crawl another address of this manual",
    other_globs="Crawl it again with other patterns or without --include.",
    search_some='`docspasta-mcp search "…"` searches them all, with `--doc {job}` some of them.',
    searches_all="`docspasta-mcp search` asks them all.",
    more_docs="There are more.",
    see_docs="see with `docspasta-mcp docs` what there is",
    add_first="`docspasta-mcp docs` lists all, `docspasta-mcp crawl URL` adds one",
    see_map="read the map",
    job_names="A crawl's first line tells its job; `docspasta-mcp docs` and `docspasta-mcp jobs` list what there is.",
    page_names="--format map lists them",
    list_cursor="is not a cursor of this list.",
    search_cursor="is not a cursor of a search. Give the one that the answer before ended with, with the same question "
    "and --doc, or none to begin anew.",
    query_cursor="is not a cursor of a query about this job. Give the one that the answer before ended with, with the "
    "same --query, or none to begin anew.",
    place_cursor="is not a cursor of this job's document. Give the one that the answer before ended with, with its "
    "--query if it had one, or none to begin anew.",
    see_schedules="`docspasta-mcp schedule list` shows what exists.",
    allow="To allow it: DOCSPASTA_ALLOW_PRIVATE={place} docspasta-mcp crawl …",
)

REST = Wording(
    wait='GET /api/v4/jobs/{job} until state is no longer "running".',
    ask="GET /api/v4/jobs/{job}/result?query=… with your question has the passages that answer it; ?format=map lists "
    "all pages with their tokens.",
    read_page="GET /api/v4/jobs/{job}/result?page={escaped} answers with the page that you named.",
    read_on="GET /api/v4/jobs/{job}/result?at={escaped}",
    crawl="POST /api/v4/crawl with any page of a manual as its url.",
    crawl_again="POST /api/v4/crawl again",
    crawl_another="POST /api/v4/crawl with another address of this manual",
    other_globs="POST /api/v4/crawl again with other patterns or without include.",
    search_some="GET /api/v4/search?query=… searches them all, with &docs={job} some of them.",
    searches_all="GET /api/v4/search asks them all.",
    more_docs="next_cursor leads to more.",
    see_docs="see with GET /api/v4/docs what there is",
    add_first="GET /api/v4/docs without query lists all, POST /api/v4/crawl adds one",
    see_map="read the map",
    job_names="The answer to POST /api/v4/crawl has its job_id; GET /api/v4/docs and /api/v4/jobs list what there is.",
    page_names="format=map lists them",
    list_cursor="is not a cursor of GET /api/v4/docs. Use its next_cursor, or none to begin anew.",
    search_cursor="is not a cursor of GET /api/v4/search. Use the next_cursor of the answer before, with the same "
    "query and docs, or none to begin anew.",
    query_cursor="is not a cursor of a query about this job. Use the one in the header Link of the answer before, with "
    "the same query, or none to begin anew.",
    place_cursor="is not a cursor of this job's document. Use the one in the header Link of the answer before, with "
    "its query if it had one, or none to begin anew.",
    see_schedules="GET /api/v4/schedules lists what exists.",
    allow="The operator of this server can allow it with DOCSPASTA_ALLOW_PRIVATE={place}.",
)

PAGE = Wording(
    wait="It is running: its pages come in.",
    ask="Ask it a question, or read it page by page.",
    read_page="The page that you named, {url}, is in its contents.",
    read_on="page {at} of {job}",
    crawl="Enter any page of a manual.",
    crawl_again="crawl it again",
    crawl_another="crawl another address of this manual",
    other_globs="Crawl it again with other patterns, or with none.",
    search_some="Ask all manuals, or this one.",
    searches_all="A question to all manuals finds them.",
    more_docs="There are more.",
    see_docs="look through the library",
    add_first="enter any page of one to add it",
    see_map="look through the contents",
    job_names="The library has a card for each manual.",
    page_names="its contents list them",
    list_cursor="is not a page of the library.",
    search_cursor="does not lead on here. Ask anew.",
    query_cursor="does not lead on here. Ask anew.",
    place_cursor="does not lead on here. Begin anew.",
    see_schedules="The list of schedules shows what exists.",
    allow="The operator of this server can allow it with DOCSPASTA_ALLOW_PRIVATE={place}.",
)

AT_THE_DOOR: ContextVar[Wording] = ContextVar("wording", default=TOOLS)


def words() -> Wording:
    """Return the sentences for whoever asks now."""
    return AT_THE_DOOR.get()


def read_on(job: str, at: str) -> str:
    """Return how to read on from a page's heading."""
    return words().read_on.format(job=job, at=at, escaped=quote(at, safe=""))


def read_page(job: str, url: str) -> str:
    """Return how to read the page that was named."""
    return words().read_page.format(job=job, url=url, escaped=quote(url, safe=""))


def sentence(phrase: str) -> str:
    """Return a phrase with a capital at its beginning and a full stop at its end."""
    return f"{phrase[:1].upper()}{phrase[1:]}."
