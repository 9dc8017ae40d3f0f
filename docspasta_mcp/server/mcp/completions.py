"""Complete arguments of the prompts and of the resources' templates from the library."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from docspasta_mcp.errors import CallerError
from docspasta_mcp.model.folder import called
from docspasta_mcp.model.manual import Manual
from docspasta_mcp.server.mcp.prompts import ANSWER, LEARN
from docspasta_mcp.server.mcp.resources import CONTENTS, PAGE

if TYPE_CHECKING:
    from docspasta_mcp.jobs.service import OwnerJobs

MAX_VALUES = 100  # of one answer, by the protocol
NOTHING = Completion(values=[], total=0, has_more=False)


class Completions:
    """What may follow what has been typed; nothing for prompts and templates that are not ours."""

    def __init__(self, jobs: "Callable[[], OwnerJobs]") -> None:
        self._jobs = jobs

    async def complete(
        self,
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        """Return the values that an argument may have."""
        where = ref.name if isinstance(ref, PromptReference) else ref.uri
        typed = argument.value.strip().casefold()
        match where, argument.name:
            case (name, "url_or_name" | "url") if name in (ANSWER, LEARN):
                return _completion(_names(await self._matching(typed), argument.name))
            case (template, "job_id") if template in (CONTENTS, PAGE):
                return _completion([one.best.job_id for one in await self._matching(typed)])
            case (template, "number") if template == PAGE:
                given = (context.arguments or {}) if context else {}
                return _completion(await self._numbers(given.get("job_id", ""), typed))
            case _:
                return NOTHING

    async def _matching(self, typed: str) -> list[Manual]:
        manuals = await self._jobs().library.manuals()
        return [one for one in manuals if one.best.job_id.startswith(typed) or typed in _about(one)]

    async def _numbers(self, job_id: str, typed: str) -> list[str]:
        try:
            job = await self._jobs().library.job(job_id)
            status = await self._jobs().status(job.id)
        except CallerError:
            return []
        return [number for number in map(str, range(1, status.done + 1)) if number.startswith(typed)]


def _about(manual: Manual) -> str:
    return f"{manual.best.title} {manual.best.site}".casefold()


def _names(manuals: Sequence[Manual], argument: str) -> list[str]:
    if argument == "url":
        return list(dict.fromkeys(called(one.best.site) for one in manuals))
    titles = [one.best.title for one in manuals]
    return [
        one.best.title if titles.count(one.best.title) == 1 and one.best.title else called(one.best.site)
        for one in manuals
    ]


def _completion(values: Sequence[str]) -> Completion:
    return Completion(values=list(values[:MAX_VALUES]), total=len(values), has_more=len(values) > MAX_VALUES)
