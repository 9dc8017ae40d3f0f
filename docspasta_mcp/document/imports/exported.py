"""An exported manual: what it says of itself, and its pages, each checked as it is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from docspasta_mcp.document.export.facts import VERSION, ManualFacts, PageFacts
from docspasta_mcp.errors import InvalidRequest, InvalidUrl, in_plain_words
from docspasta_mcp.model.active_links import without_active_links
from docspasta_mcp.model.characters import drop_controls, has_invisible
from docspasta_mcp.model.code_spans import code_and_prose
from docspasta_mcp.model.content_digest import content_digest
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.urls import origin_of, parse_url

MAX_TEXT = 20_000_000  # characters of a page, as of one that is crawled
_AGAIN = "Export the manual again."
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ImportedPage:
    """A page as it was exported, and when it was fetched, in Unix seconds."""

    facts: PageFacts
    markdown: str
    fetched_at: float


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported manual; its pages are read and checked while they are taken."""

    manual: ManualFacts
    pages: Iterator[ImportedPage]


def refused(where: str, what: str) -> InvalidRequest:
    """Return the error that an export cannot be imported.

    Args:
        where: file and place.
        what: is wrong there, as a sentence's rest.
    """
    return InvalidRequest(f"{where} {what}. {_AGAIN}")


def read_model(model: type[Model], text: str | bytes, where: str) -> Model:
    """Parse JSON of an export as `model`.

    Raises:
        InvalidRequest: it is not JSON, or a value is not one that an export has.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(map(str, problem["loc"]))
        raise refused(where, f"is not of an export: {name or 'it'} {in_plain_words(problem['msg'])[:200]}") from None


def checked_manual(facts: ManualFacts, where: str) -> ManualFacts:
    """Return what an export says of its manual, if this program can read it.

    Raises:
        InvalidRequest: a later version wrote it, or an address is none.
    """
    if facts.version != VERSION:
        raise InvalidRequest(
            f"{where} has version {facts.version} of the form of exports, and this program reads {VERSION}: "
            "use the same version of docspasta-mcp on both sides."
        )
    _check_address(facts.manual, where)
    _check_address(f"{facts.scope.origin}{facts.scope.prefix}", where)
    if origin_of(facts.scope.origin) != facts.scope.origin or not facts.scope.prefix.startswith("/"):
        raise refused(where, "names a scope that is none")
    return facts


class PageChecks:
    """Checks the pages of an export one after another."""

    def __init__(self, manual: ManualFacts, where: str) -> None:
        self._expected = manual.pages
        self._where = where
        self._seen: set[str] = set()

    def checked(self, said: PageFacts, markdown: str, where: str) -> ImportedPage:
        """Return a page.

        Args:
            said: its facts, whatever else the form of export says beside them.
            markdown: its text.
            where: it stands, for errors.

        Raises:
            InvalidRequest: its text is not what was exported, it was there before, or no crawl would store it.
        """
        facts = PageFacts.model_validate(said.model_dump(include=set(PageFacts.model_fields)))
        _check_address(facts.source, where)
        fetched_at = _seconds(facts.fetched, where)
        for text in (facts.title, facts.own_title, facts.language, *facts.captions, markdown):
            if drop_controls(text) != text:
                raise refused(where, "has control characters, which no export has")
        named = (facts.title, facts.own_title, *facts.captions)
        if any(map(has_invisible, named)) or any(
            has_invisible(part) for is_code, part in code_and_prose(markdown) if not is_code
        ):
            raise refused(where, "has characters that nobody sees outside of code, which no export has")
        if without_active_links(markdown) != markdown:
            raise refused(where, "has links that run scripts, which no export has")
        if len(markdown) > MAX_TEXT:
            raise refused(where, f"has a page of more than {MAX_TEXT:,} characters")
        if content_digest(markdown) != facts.hash:
            raise refused(where, f"is not what was exported: the hash of {facts.source:.200} does not fit its text")
        digest = page_hash(facts.source)
        if digest in self._seen:
            raise refused(where, f"has {facts.source:.200} a second time")
        self._seen.add(digest)
        if len(self._seen) > self._expected:
            raise refused(where, f"is of a page more than the {self._expected:,} that there are")
        return ImportedPage(facts, markdown, fetched_at)

    def end(self) -> None:
        """Check that no page is missing.

        Raises:
            InvalidRequest: one is.
        """
        if len(self._seen) != self._expected:
            raise refused(self._where, f"has {len(self._seen):,} of {self._expected:,} pages: the rest is missing")


def _seconds(moment: str, where: str) -> float:
    try:
        return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise refused(where, f"has {moment!r} for a time") from None


def _check_address(url: str, where: str) -> None:
    try:
        if parse_url(url) == url:
            return
    except InvalidUrl:
        pass
    raise refused(where, f"has {url!r:.200} for an address")
