"""What a caller asks for, checked before anything is stored: the URL, the limits, the globs."""

import contextlib
import ipaddress
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from docspasta_mcp.discovery.infer_scope import directory_scope
from docspasta_mcp.errors import AddressBlocked, InvalidRequest, InvalidSeedUrl, InvalidUrl, in_plain_words
from docspasta_mcp.fetch.address_guard import AddressGuard
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.model.crawl_choices import MAX_NAME, CrawlChoices
from docspasta_mcp.model.file_formats import FilesMode
from docspasta_mcp.model.folder import PREFIX, folder_host, folder_name, meant
from docspasta_mcp.model.job import MAX_GLOBS, MAX_HOSTS, JobOptions
from docspasta_mcp.model.owner import LOCAL_OWNER
from docspasta_mcp.model.rendering import RenderMode
from docspasta_mcp.model.scope import Scope, ScopeMode
from docspasta_mcp.settings import Settings
from docspasta_mcp.urls import DEFAULT_PORTS, authority_of, host_of, parse_url, path_of
from docspasta_mcp.wording import words

_ODD_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+-]*:/?(?!/)(?![0-9]{1,5}(?:[/?#]|$))")  # not a host and its port
UNTIL = " (provisional, until the site itself tells the extent of its manual)"


def parsed_seed(url: str) -> str:
    """Return the URL to start from; https:// may be left out.

    Raises:
        InvalidSeedUrl: a URL of this kind is not fetched.
    """
    text = url.strip(" ")
    if text.startswith(PREFIX) and (text := meant(text)).startswith(PREFIX):
        name = text.removeprefix(PREFIX)
        raise InvalidSeedUrl(f"{name!r:.60} cannot name a folder: DOCSPASTA_FOLDERS lists those there are.")
    if text.startswith("file:") or (text.startswith(("/", "./", "../", "~")) and not text.startswith("//")):
        raise InvalidSeedUrl(
            f"{text!r:.200} is on this machine: `docspasta-mcp crawl FOLDER` crawls it, `docspasta-mcp convert` reads "
            "saved pages, and a folder that DOCSPASTA_FOLDERS names is crawled as folder:NAME."
        )
    if (scheme := _ODD_SCHEME.match(text)) is not None:
        raise InvalidSeedUrl(
            f"{text!r:.200} begins with {scheme[0]!r}: the address of a documentation page begins with https:// or "
            "http://, as in https://docs.example.com/."
        )
    if text and "://" not in text:
        text = f"https://{text}"
    try:
        return parse_url(text)
    except InvalidUrl as error:
        raise InvalidSeedUrl(
            f"{error} Give the address of a documentation page, as in https://docs.example.com/."
        ) from error


def folder_options(seed: str, options: JobOptions, folders: Folders, settings: Settings, *, owner: str) -> JobOptions:
    """Return the options of a crawl of a folder: they alone let the job read its files.

    Who works at this machine may crawl what was opened at its terminal too.

    Raises:
        InvalidSeedUrl: no folder of that name may be crawled by this owner.
    """
    name = folder_name(seed)
    is_open = owner == LOCAL_OWNER and settings.is_embedded and folders.is_opened(name)
    if name not in folders.names and not is_open:
        listed = f"names {', '.join(PREFIX + one for one in folders.names)}" if folders.names else "names none"
        raise InvalidSeedUrl(
            f"No folder {name!r} may be crawled: DOCSPASTA_FOLDERS, which the operator sets, {listed}."
        )
    return options.model_copy(update={"allow_private": (*options.allow_private, folder_host(name))})


def check_folder(seed: str, folders: Folders, *, owner: str) -> None:
    """Refuse a folder that the operator named and that is not there; who works at this machine is told its path.

    Raises:
        InvalidSeedUrl: nothing is at its path.
    """
    if (path := folders.missing(name := folder_name(seed))) is not None:
        place = f"{path} is" if owner == LOCAL_OWNER else "what it names is"
        raise InvalidSeedUrl(
            f"No folder {PREFIX}{name} can be crawled: {place} not there, or may not be read. DOCSPASTA_FOLDERS, or "
            "`[folders]` in docspasta.toml, gives the name; `docspasta-mcp config` tells which."
        )


def may_speak_http(url: str, seed: str, options: JobOptions) -> bool:
    """Tell whether a URL came without a scheme, and its host is the operator's own, or its port not https'."""
    is_opened = bool({host_of(seed), authority_of(seed)} & set(options.allow_private))
    return "://" not in url and (is_opened or urlsplit(seed).port is not None)


def check_seed(seed: str, options: JobOptions) -> None:
    """Refuse at once what no crawl could read.

    Raises:
        InvalidSeedUrl: the URL, or one of the further hosts, names an address of a private network.
        InvalidRequest: `exclude` leaves it out.
    """
    for url in (*(() if folder_name(seed) else (seed,)), *(f"https://{host}" for host in options.include_hosts)):
        _check_address(url, options)
    if directory_scope(seed, options).refusal(seed) == "excluded":
        raise InvalidRequest(f"exclude leaves out {seed} itself: give other patterns, or start at another page.")


def _check_address(url: str, options: JobOptions) -> None:
    guard = AddressGuard(options.allow_private)
    host, port = host_of(url), urlsplit(url).port or DEFAULT_PORTS[urlsplit(url).scheme]
    try:
        guard.check_name(host, port)
        with contextlib.suppress(ValueError):  # a name: what it stands for is seen where the socket is opened
            guard.check(host, port, [ipaddress.ip_address(host)])
    except AddressBlocked as error:
        if guard.is_never_dialled(host):
            raise InvalidSeedUrl(f"{error} No setting of this server opens it.") from error
        allow = words().allow.format(place=authority_of(url) if urlsplit(url).port else f"{authority_of(url)}:{port}")
        raise InvalidSeedUrl(f"{error} {allow}") from error


def crawl_options(settings: Settings, choices: CrawlChoices) -> JobOptions:
    """Return a crawl's options: the caller's choice, else the operator's default.

    Raises:
        InvalidRequest: one is out of its range.
    """
    given: dict[str, Any] = {name: value for name, value in choices.items() if value is not None}
    if given.get("max_pages", 1) > settings.max_pages_cap:
        raise InvalidRequest(f"max_pages is {given['max_pages']}; give 1 to {settings.max_pages_cap}.")
    for name in ("include", "exclude"):
        for glob in given.get(name, ()):
            _check_glob(name, glob)
    defaults = {name: getattr(settings, name) for name in ("max_pages", "max_depth", "quality_threshold")}
    made = {
        "include_hosts": tuple(map(_host, given.get("include_hosts", ()))),
        "version": given.get("version", "").strip(),
        "render": RenderMode.AUTO,  # until the site is known: see `render_choice`
        "notify_url": _notify_url(settings, given.get("notify_url", "")),
        "name": given.get("name", "")[:MAX_NAME],
    }
    by_operator = {"allow_private": settings.allow_private, "files": FilesMode(settings.files)}
    try:
        return JobOptions.model_validate(defaults | given | made | by_operator)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        if problem["type"] == "too_long":
            most = MAX_HOSTS if problem["loc"][0] == "include_hosts" else MAX_GLOBS
            raise InvalidRequest(
                f"{problem['loc'][0]} has {len(problem['input'])} entries; give at most {most}."
            ) from None
        raise InvalidRequest(
            f"{problem['loc'][0]} is {problem['input']!r:.100}; it {in_plain_words(problem['msg'])}."
        ) from None


def _host(text: str) -> str:
    """Return a further host with its port, if it has one, and the path below which its pages are.

    Raises:
        InvalidRequest: the text is not a host.
    """
    try:
        url = parse_url(text if "://" in text else f"https://{text}")
    except InvalidUrl as error:
        raise InvalidRequest(f"include_hosts has {text!r:.200}; give hosts, as in api.example.com.") from error
    path = path_of(url)
    return f"{authority_of(url)}{path if path.endswith('/') else f'{path}/'}"


def _notify_url(settings: Settings, url: str) -> str:
    """Return the URL that is told of a crawl's end, if the operator lets its host be told.

    Raises:
        InvalidRequest: it is not a URL, or its host is not one of DOCSPASTA_NOTIFY_HOSTS.
    """
    if not url:
        return ""
    try:
        parsed = parse_url(url)
    except InvalidUrl as error:
        raise InvalidRequest(f"notify_url: {error}") from None
    if not {host_of(parsed), authority_of(parsed)} & set(settings.notify_hosts):
        allowed = ", ".join(settings.notify_hosts) or "none"
        raise InvalidRequest(
            f"notify_url names the host {host_of(parsed)!r:.100}; the operator's DOCSPASTA_NOTIFY_HOSTS has {allowed}."
        )
    return parsed


def provisional_scope(seed: str, options: JobOptions) -> Scope:
    """Return what is known of the scope before the site has been looked at."""
    scope = directory_scope(seed, options)
    if options.scope is not ScopeMode.AUTO:
        return scope
    return replace(scope, reason=scope.reason + UNTIL)


def _check_glob(name: str, glob: str) -> None:
    if "://" in glob:
        path = glob.partition("://")[2].partition("/")[2]
        raise InvalidRequest(f"{name} is matched against paths, not URLs: give '/{path}' instead of {glob!r:.200}.")
    opened = glob.find("[")
    if opened >= 0 and "]" not in glob[opened + 2 :]:
        raise InvalidRequest(f"{name} has {glob!r:.200}, whose [ is not closed: write [[] for the character itself.")
