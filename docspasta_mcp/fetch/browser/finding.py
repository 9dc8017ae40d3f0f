"""Find the browser that renders pages: the one that is set, else a Chromium, Chrome or Edge that is installed."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
    "chromium-headless-shell",
)
_MAC = ("Google Chrome", "Chromium", "Microsoft Edge")
_WINDOWS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")
_PLAYWRIGHTS = (  # where `playwright install chromium` puts it, by system
    ".cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "AppData/Local/ms-playwright/chromium-*/chrome-win*/chrome.exe",
)


@dataclass(frozen=True, slots=True)
class BrowserSearch:
    """What was found: the browser's program, or what is missing and the way to get it."""

    program: Path | None
    missing: str = ""
    way_out: str = ""


def find_browser(chosen: Path | None = None) -> BrowserSearch:
    """Look for a browser; `chosen` is the one that DOCSPASTA_BROWSER names."""
    if chosen is not None:
        if chosen.is_file():
            return BrowserSearch(chosen)
        return BrowserSearch(None, "DOCSPASTA_BROWSER names no file", "Name the browser's program, or unset it.")
    program = next(_installed(), None)
    if program is not None:
        return BrowserSearch(program)
    way_out = "Install Chromium, Chrome or Edge (as in apt-get install chromium), or set DOCSPASTA_BROWSER."
    return BrowserSearch(None, "no browser is installed", way_out)


def _installed() -> Iterator[Path]:
    for name in _NAMES:
        if found := shutil.which(name):
            yield Path(found)
    if sys.platform == "darwin":
        places = [Path("/Applications") / f"{name}.app/Contents/MacOS/{name}" for name in _MAC]
    elif sys.platform == "win32":
        roots = filter(None, map(os.environ.get, ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")))
        places = [Path(root) / below for root in roots for below in _WINDOWS]
    else:
        places = list[Path]()
    yield from (place for place in places if place.is_file())
    for pattern in _PLAYWRIGHTS:
        yield from sorted(Path.home().glob(pattern), reverse=True)
