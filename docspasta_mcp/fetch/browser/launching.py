"""How the browser is started: with its sandbox, with no network of its own, and with none of our environment.

As root it is started through `unprivileged`, since Chromium has no sandbox for root.
"""

import os
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

LAUNCH_S = 30.0
MAX_SCRIPT_MB = 512  # memory of a page's scripts
NOBODY = (65534, 65534)
_KEPT = ("PATH", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH", "FONTCONFIG_PATH")
# Playwright's own list, which ours replaces, and what costs a page two further processes: the browser's own surface
# made of web pages, and a renderer that is started in advance.
_DISABLED_FEATURES = (
    "AcceptCHFrame,AimEnabled,AutoExpandDetailsElement,AvoidCorsURLLoaderRestartOnRedirect,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,DialMediaRouteProvider,GlobalMediaControls,"
    "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,NetworkTimeServiceQuerying,"
    "OptimizationHints,PaintHolding,PreconnectToSearch,ThirdPartyStoragePartitioning,Translate,"
    "InitialWebUI,PreloadTopChromeWebUI,SpareRendererForSitePerProcess,WebUIOmniboxAimPopup,WebUIOmniboxPopup,"
    "WebUIReloadButton,WebUIToolbar"
)
_FLAGS = (
    f"--disable-features={_DISABLED_FEATURES}",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # names are looked up by the proxy alone
    # A page and its frames share a process, which is one less for each page; `isolated` origins share it with none.
    "--disable-site-isolation-trials",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-domain-reliability",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--no-pings",
    "--deny-permission-prompts",
    "--disable-notifications",
    "--disable-file-system",
    "--disable-speech-api",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--disable-3d-apis",
    "--disable-remote-fonts",
    "--blink-settings=imagesEnabled=false",
    "--lang=en-US",
    "--force-prefers-reduced-motion",
    "--autoplay-policy=user-gesture-required",
    f"--js-flags=--max-old-space-size={MAX_SCRIPT_MB}",
)
_FILES = ("https://[*.]folder.invalid",)  # folders of this machine, as sites
_UNWANTED_DEFAULTS = [
    "--disable-popup-blocking",
    "--disable-ipc-flooding-protection",
    "--enable-unsafe-swiftshader",
]  # of Playwright's


@dataclass(frozen=True, slots=True)
class BrowserSettings:
    """The program, whether it is started with its sandbox, and origins whose pages share a process with no other."""

    program: Path
    has_sandbox: bool = True
    isolated: tuple[str, ...] = ()

    @property
    def drops_rights(self) -> bool:
        """Whether it is started as another user, to have its sandbox."""
        return self.has_sandbox and is_root()

    @property
    def in_words(self) -> str:
        """The way it is started, for people."""
        if not self.has_sandbox:
            return f"{self.program} without its sandbox (DOCSPASTA_BROWSER_SANDBOX=off)"
        return f"{self.program} with its sandbox{', as a user without rights' if self.drops_rights else ''}"


def is_root() -> bool:
    """Tell whether this process has all rights."""
    if sys.platform == "win32":
        return False
    return os.geteuid() == 0


async def start_driver() -> "Playwright":
    """Start what drives the browser, a program that comes with Playwright.

    Raises:
        playwright.async_api.Error: it does not start.
    """
    from playwright.async_api import Error, async_playwright  # noqa: PLC0415  # an extra

    try:
        return await async_playwright().start()
    except Exception as error:  # of no kind of its own
        raise Error(f"Playwright's driver does not start: {error}") from error


async def launch(driver: "Playwright", settings: BrowserSettings, proxy_url: str, folder: Path) -> "Browser":
    """Start the browser. Its own requests, which are no page's, go to the proxy too, which knows none of them.

    Args:
        driver: Playwright's.
        settings: which browser, and how.
        proxy_url: of the guarded proxy.
        folder: a directory for this start alone.

    Raises:
        playwright.async_api.Error: it did not start.
    """
    program = starter(settings, folder) if sys.platform != "win32" else settings.program
    return await driver.chromium.launch(
        executable_path=program,
        chromium_sandbox=settings.has_sandbox,
        headless=True,
        args=[
            *_FLAGS,
            f"--isolate-origins={','.join((*_FILES, *settings.isolated))}",
            f"--proxy-server={proxy_url}",
            "--proxy-bypass-list=<-loopback>",
        ],
        ignore_default_args=_UNWANTED_DEFAULTS,
        env={name: value for name in _KEPT if (value := os.environ.get(name)) is not None},
        timeout=LAUNCH_S * 1_000,
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )


def starter(settings: BrowserSettings, folder: Path) -> Path:
    """Write a program that starts the browser through `unprivileged`."""
    script = Path(__file__).with_name("unprivileged.py")
    user = map(str, NOBODY) if settings.drops_rights else ("-", "-")
    command = shlex.join([sys.executable, "-IS", str(script), *user, str(settings.program)])
    path = folder / "browser"
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o700)
    return path


async def fault_at_start(settings: BrowserSettings) -> str:
    """Start the browser and end it; return why it does not start, or an empty string."""
    from playwright.async_api import Error  # noqa: PLC0415  # an extra

    with tempfile.TemporaryDirectory(prefix="docspasta-browser-") as folder:
        try:
            driver = await start_driver()
        except Error as error:
            return str(error)
        try:
            browser = await launch(driver, settings, "http://127.0.0.1:9", Path(folder))
            await browser.close()
        except Error as error:
            return _first_reason(str(error))
        finally:
            await driver.stop()
    return ""


def _first_reason(text: str) -> str:
    """Return the line of a failed start's log that says why, as far as one does."""
    lines = [line.strip("-<> ") for line in text.splitlines()]
    said = [line for line in lines if "FATAL" in line or "No usable sandbox" in line or "rror while loading" in line]
    return (said or lines or [""])[0][:300]
