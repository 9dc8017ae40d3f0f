"""How the browser is started: with its sandbox, with no network of its own, and with none of our environment.

As root it is started through `unprivileged`, since Chromium has no sandbox for root.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio

from docspasta_mcp.fetch.browser.devtools import BrowserSession, DevtoolsError
from docspasta_mcp.fetch.browser.pipes import MAX_ANSWER, Pipes
from docspasta_mcp.fetch.browser.unprivileged import PROFILE

LAUNCH_S = 30.0
END_S = 3.0  # for a browser to end when it is told to; then it is killed
MAX_SCRIPT_MB = 512  # memory of a page's scripts
NOBODY = (65534, 65534)
_MAX_LOG = 100_000  # bytes of what it says at its start
_KEPT = ("PATH", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH", "FONTCONFIG_PATH")
_DISABLED_FEATURES = (
    # What a browser of people does beside their pages, most of it in the network.
    "AimEnabled", "DestroyProfileOnBrowserClose", "DialMediaRouteProvider", "GlobalMediaControls", "LensOverlay",
    "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PreconnectToSearch", "Translate",
    # What would change how a page loads: other addresses than it asks for, and requests anew.
    "AvoidCorsURLLoaderRestartOnRedirect", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "AcceptCHFrame",
    "AutoExpandDetailsElement", "AvoidUnnecessaryBeforeUnloadCheckSync", "PaintHolding",
    "ThirdPartyStoragePartitioning",
    # What costs a page two further processes: the browser's own surface made of web pages, and a renderer in advance.
    "InitialWebUI", "PreloadTopChromeWebUI", "SpareRendererForSitePerProcess", "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup", "WebUIReloadButton", "WebUIToolbar",
)  # fmt: skip
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-startup-window",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-search-engine-choice-screen",
    "--disable-back-forward-cache",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-prompt-on-repost",
    "--disable-dev-shm-usage",
    "--disable-infobars",
    "--disable-stack-profiler",
    "--edge-skip-compat-layer-relaunch",
    "--do-not-de-elevate",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    "--hide-scrollbars",
    "--mute-audio",
    # The network's own process has no sandbox on Linux, and costs a page a fifth of its CPU.
    "--enable-features=NetworkServiceInProcess2,SkipListAccountsWithoutGaiaCookies",
    f"--disable-features={','.join(_DISABLED_FEATURES)}",
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


@dataclass(frozen=True, slots=True)
class BrowserSettings:
    """The program, and how it is started.

    Attributes:
        program: the browser.
        has_sandbox: whether it is started with its sandbox.
        isolated: origins whose pages share a process with no other.
        max_answer: bytes of the longest answer that is asked of it.
    """

    program: Path
    has_sandbox: bool = True
    isolated: tuple[str, ...] = ()
    max_answer: int = MAX_ANSWER

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


@dataclass(eq=False)
class BrowserProcess:
    """A browser that was started, and the session with it."""

    process: "subprocess.Popen[bytes]"
    session: BrowserSession
    version: str

    def kill(self) -> None:
        """End it and its children at once, whatever they do."""
        if self.process.returncode is None:  # else its number may be another's by now
            with contextlib.suppress(OSError):
                if sys.platform == "win32":
                    self.process.kill()
                else:
                    os.killpg(self.process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """End it: told to, and killed if it does not."""
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(END_S), contextlib.suppress(DevtoolsError):
                await self.session.send("Browser.close")
            self.session.end()
            with anyio.move_on_after(END_S):
                await self.session.gone.wait()
            self.kill()
            await anyio.to_thread.run_sync(self.process.wait)


async def launch(settings: BrowserSettings, proxy_url: str, profile: Path) -> BrowserProcess:
    """Start the browser. Its own requests, which are no page's, go to the proxy too, which knows none of them.

    Args:
        settings: which browser, and how.
        proxy_url: of the guarded proxy.
        profile: a directory for this start alone, which becomes the browser's.

    Raises:
        BrowserDoesNotStart: it did not.
    """
    pipes = Pipes(settings.max_answer)
    with tempfile.TemporaryFile() as log:  # has no name that the browser could give to another file
        try:
            process = _started(_arguments(settings, proxy_url, profile), settings, pipes, log)
        except OSError as error:
            pipes.abandon()
            raise BrowserDoesNotStart(str(error)) from error
        found = BrowserProcess(process, BrowserSession(pipes), "")
        try:
            with anyio.fail_after(LAUNCH_S):
                found.version = (await found.session.send("Browser.getVersion"))["product"].partition("/")[2]
        except BaseException as error:  # also a delivery whose time is over
            found.kill()
            await found.end()
            if not isinstance(error, DevtoolsError | TimeoutError):
                raise
            log.seek(0)
            raise BrowserDoesNotStart(_first_reason(log.read(_MAX_LOG).decode("utf-8", "replace"))) from error
    return found


class BrowserDoesNotStart(Exception):
    """The browser does not start; says why, as far as it has said so."""


def _arguments(settings: BrowserSettings, proxy_url: str, profile: Path) -> list[str]:
    return [
        *_FLAGS,
        *(() if settings.has_sandbox else ("--no-sandbox",)),
        f"--isolate-origins={','.join((*_FILES, *settings.isolated))}",
        f"--proxy-server={proxy_url}",
        "--proxy-bypass-list=<-loopback>",
        f"{PROFILE}{profile}",
    ]


def _started(
    arguments: list[str], settings: BrowserSettings, pipes: Pipes, log: IO[bytes]
) -> "subprocess.Popen[bytes]":
    """Start the process with its ends of the pipes."""
    environ = {name: value for name in _KEPT if (value := os.environ.get(name)) is not None}
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  # of Windows alone

        handles = [msvcrt.get_osfhandle(one) for one in pipes.for_browser]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": handles})
        command = [str(settings.program), f"--remote-debugging-io-pipes={handles[0]},{handles[1]}", *arguments]
        return subprocess.Popen(  # noqa: S603  # the operator's browser
            command, env=environ, startupinfo=startup, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    user = map(str, NOBODY) if settings.drops_rights else ("-", "-")
    script = str(Path(__file__).with_name("unprivileged.py"))
    command = [sys.executable, "-IS", script, *user, *map(str, pipes.for_browser), str(settings.program), *arguments]
    return subprocess.Popen(  # noqa: S603  # the operator's browser
        command,
        env=environ,
        pass_fds=pipes.for_browser,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )


async def fault_at_start(settings: BrowserSettings) -> str:
    """Start the browser and end it; return why it does not start, or an empty string."""
    with tempfile.TemporaryDirectory(prefix="docspasta-browser-", ignore_cleanup_errors=True) as folder:
        try:
            browser = await launch(settings, "http://127.0.0.1:9", Path(folder))
        except BrowserDoesNotStart as error:
            return str(error)
        await browser.end()
    return ""


def _first_reason(text: str) -> str:
    """Return the line of a failed start's log that says why, as far as one does."""
    lines = [line.strip("-<> ") for line in text.splitlines()]
    said = [line for line in lines if "FATAL" in line or "No usable sandbox" in line or "rror while loading" in line]
    return (said or lines or ["it ends at once and says nothing"])[0][:300]
