"""Run a command: read the settings, start logging, open what the command asks, and say its errors in one line.

Heavy modules are imported inside the functions, since each command needs others, and MCP over stdio, which hosts wait
for, not even the library of the command line.
"""

import logging
import os
import re
import sys
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn, cast

from docspasta_mcp.errors import CallerError, ConfigError, DocspastaError
from docspasta_mcp.model.folder import PREFIX
from docspasta_mcp.runtime.escapes import escaped
from docspasta_mcp.runtime.tuning import resume_collector
from docspasta_mcp.wording import AT_THE_DOOR, TERMINAL, TOOLS, Wording

if TYPE_CHECKING:
    from docspasta_mcp.queue.operator import OperatorClient
    from docspasta_mcp.settings import Loaded, Settings

_NOT_UTF_8 = re.compile("[\\udc80-\\udcff]")  # a byte of an argument or of a file's name
INTERRUPTED = "Interrupted."


def load_settings() -> "Loaded[Settings]":
    """Read the settings, or end the process with what is wrong with them."""
    from docspasta_mcp.settings import Settings  # noqa: PLC0415

    try:
        return Settings.load(os.environ)
    except ConfigError as error:
        fail(str(error), code=2)


def read_settings(log_level: str | None = None) -> "Settings":
    """Read the settings and start logging; `log_level` holds unless the operator set one."""
    from docspasta_mcp.error_reports import configure_error_reports  # noqa: PLC0415
    from docspasta_mcp.settings import Origin  # noqa: PLC0415
    from docspasta_mcp.telemetry import configure_logging, configure_tracing  # noqa: PLC0415

    loaded = load_settings()
    settings = loaded.settings
    level = log_level if log_level and loaded.origins["log_level"] is Origin.DEFAULT else settings.log_level
    configure_logging(level=level, log_format=settings.log_format)
    for warning in loaded.warnings:
        logging.getLogger(__name__).warning("%s", warning)
    try:
        if settings.otel_endpoint:
            configure_tracing(settings.otel_endpoint)
        if settings.sentry_dsn:
            configure_error_reports(settings.sentry_dsn.get_secret_value())
    except ConfigError as error:
        fail(str(error), code=2)
    return settings


def run(
    work: "Callable[[Settings], Coroutine[Any, Any, Any]]",
    settings: "Settings",
    *,
    wording: Wording = TERMINAL,
    interrupted: Callable[[], str] = str,
) -> Any:
    """Run a command; errors that a person can put right are one line on stderr.

    Args:
        work: the command.
        settings: what it gets.
        wording: of what it says to do next; a server's callers are tools.
        interrupted: says what becomes of what it has begun, if a person stops it.
    """
    import anyio  # noqa: PLC0415

    async def worded(settings: "Settings") -> Any:
        AT_THE_DOOR.set(wording)
        return await work(settings)

    resume_collector()
    unexpected: UnicodeEncodeError | None = None
    try:
        return anyio.run(worded, settings, backend_options={"use_uvloop": bool(find_spec("uvloop"))})
    except* (CallerError, ConfigError) as group:
        message, code = str(_first(group)), 2
    except* BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        message, code = "", 141  # what a shell reports for SIGPIPE
    except* UnicodeEncodeError as group:
        error = cast("UnicodeEncodeError", _first(group))
        message, code = f"{error.object!r:.200} holds a byte that is not UTF-8.", 2
        unexpected = None if _NOT_UTF_8.search(error.object) else error
    except* DocspastaError as group:
        message, code = str(_first(group)), 1
    except* KeyboardInterrupt:
        message, code = f"{INTERRUPTED} {interrupted()}".rstrip(), 130
    # Not raised above: until Python 3.11.3 what `except*` raises comes out in a group, and not as the process's end.
    if unexpected is not None:
        raise unexpected
    if PREFIX in message and wording is TERMINAL:
        from docspasta_mcp.fetch.folders import Folders  # noqa: PLC0415

        message = Folders.of_settings(settings).by_path(message)
    if message:
        fail(message, code=code)
    raise SystemExit(code)


def kept(job_id: str) -> str:
    """Say what becomes of a job that ran when a person stopped the command."""
    from docspasta_mcp.server.stranded import RESUMES  # noqa: PLC0415

    return f"Job {job_id} is kept. {RESUMES}"


def with_jobs(
    work: Callable[[Any], Coroutine[Any, Any, Any]], *, tells_stranded: bool = False
) -> "Callable[[Settings], Coroutine[Any, Any, Any]]":
    """Let `work` ask about the local owner's jobs; otherwise as `with_node`."""
    return with_node(lambda node: work(node.jobs), tells_stranded=tells_stranded)


def with_node(
    work: Callable[[Any], Coroutine[Any, Any, Any]], *, tells_stranded: bool = False
) -> "Callable[[Settings], Coroutine[Any, Any, Any]]":
    """Let `work` ask about jobs and folders; nothing is crawled meanwhile by this process.

    Args:
        work: gets the node.
        tells_stranded: say so if jobs are running and no other process works on them.
    """
    from docspasta_mcp.server.stranded import stranded  # noqa: PLC0415
    from docspasta_mcp.server.wiring import open_node  # noqa: PLC0415

    async def opened(settings: "Settings") -> Any:
        async with open_node(settings) as node:
            found = await work(node)
            if tells_stranded and (told := await stranded(settings, node.store)):
                sys.stderr.write(f"{told}\n")
            return found

    return opened


async def _tell_stranded(settings: "Settings") -> None:
    """Say on stderr if jobs are running and no process works on them."""
    from docspasta_mcp.server.stranded import stranded  # noqa: PLC0415
    from docspasta_mcp.server.wiring import open_node  # noqa: PLC0415

    if settings.is_embedded:
        async with open_node(settings) as node:
            if told := await stranded(settings, node.store):
                sys.stderr.write(f"{told}\n")


def with_store(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> "Callable[[Settings], Coroutine[Any, Any, Any]]":
    """Let `work` ask the store; otherwise as `with_node`."""
    return with_node(lambda node: work(node.store))


def operate(work: "Callable[[OperatorClient], Coroutine[Any, Any, None]]", *, tells_stranded: bool = False) -> None:
    """Let `work` ask the queue, QStash's or our own, as its operator; `tells_stranded` as in `with_jobs`."""
    from docspasta_mcp.queue.operator import open_operator_client  # noqa: PLC0415

    async def opened(settings: "Settings") -> None:
        async with open_operator_client(settings) as operator:
            await work(operator)
        if tells_stranded:
            await _tell_stranded(settings)

    run(opened, read_settings(log_level="WARNING"))


def stdio() -> None:
    """Serve MCP over stdin and stdout, as hosts start it."""
    from docspasta_mcp.server.stdio import serve_stdio  # noqa: PLC0415

    run(serve_stdio, read_settings(), wording=TOOLS)
    sys.stderr.flush()
    os._exit(0)  # a thread may still be blocked reading stdin


def fail(message: str, *, code: int) -> NoReturn:
    """End the process with one line on stderr."""
    sys.stderr.write(f"docspasta-mcp: {escaped(message, keeps_lines=True)}\n")
    raise SystemExit(code)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error
