"""A page in the browser, in a context of its own: opened without a window, with nothing that it need not have.

Its credentials at the proxy are sent with its first document; the browser remembers them for all that the context asks
for later.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from docspasta_mcp.fetch.browser.devtools import BrowserSession, DevtoolsError, Session
from docspasta_mcp.fetch.browser.visits import Visit

UNLOADED = ("Image", "Media", "Font")
_VIEWPORT = {"width": 1280, "height": 1_000, "deviceScaleFactor": 1, "mobile": False}


@cache
def _before(*, is_windowed: bool) -> str:
    script = files("docspasta_mcp.fetch.browser").joinpath("before.js").read_text("utf-8")
    return f"{{ const WINDOWED = {str(is_windowed).lower()};\n{script} }}"


@dataclass(eq=False)
class Tab:
    """A page, its context, and the session with it; a visit has it for itself, and no other one after it."""

    browser: BrowserSession
    context: str
    target: str
    session: Session
    is_windowed: bool
    has_crashed: bool = False
    _visit: Visit | None = None
    _on_crash: Callable[[], None] = lambda: None

    async def prepare(self, agent: str) -> None:
        """Make the page ready for any visit; `agent` is the browser's name for sites."""
        on, send = self.session.on, self.session.send
        on("Inspector.targetCrashed", self._crashed)
        on("Page.javascriptDialogOpening", self._dismiss)
        on("Fetch.authRequired", self._authenticate)
        await asyncio.gather(
            send("Page.enable"),
            send("Network.enable"),
            send("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage="en-US", platform="Linux x86_64"),
            send("Emulation.setDeviceMetricsOverride", **_VIEWPORT),
            send("Emulation.setFocusEmulationEnabled", enabled=True),  # it counts as seen, though no window shows it
            send("Page.addScriptToEvaluateOnNewDocument", source=_before(is_windowed=self.is_windowed)),
        )

    async def give(self, visit: Visit, *, all_requests: bool, on_crash: Callable[[], None]) -> None:
        """Give the page to a visit.

        Args:
            visit: whose credentials it has at the proxy.
            all_requests: whether each request of it waits for us, not only those that need to.
            on_crash: called when its process has ended.
        """
        self._visit, self._on_crash = visit, on_crash
        patterns = [{"urlPattern": "*"}] if all_requests else [{"resourceType": one} for one in ("Document", *UNLOADED)]
        await self.session.send("Fetch.enable", handleAuthRequests=True, patterns=patterns)

    async def go(self, url: str) -> None:
        """Load a document, until its first bytes are there.

        Raises:
            DevtoolsError: the browser could not.
        """
        found = await self.session.send("Page.navigate", url=url)
        if error := found.get("errorText"):
            raise DevtoolsError(str(error))
        if found.get("isDownload"):
            raise DevtoolsError("Download is starting")

    async def close(self) -> None:
        """Close the page and forget its context."""
        self.browser.detach(self.session)
        await asyncio.gather(
            self.browser.send("Target.closeTarget", targetId=self.target),
            self.browser.send("Target.disposeBrowserContext", browserContextId=self.context),
            return_exceptions=True,  # one that is gone is closed
        )

    def _crashed(self, _event: dict[str, Any]) -> None:
        self.has_crashed = True
        self._on_crash()

    async def _authenticate(self, event: dict[str, Any]) -> None:
        """Say at our proxy who is asking; a site that asks gets no answer."""
        response: dict[str, str] = {"response": "CancelAuth"}
        if event["authChallenge"].get("source") == "Proxy" and self._visit is not None:
            credentials = {"username": self._visit.name, "password": self._visit.secret}
            response = {"response": "ProvideCredentials", **credentials}
        await self.session.send("Fetch.continueWithAuth", requestId=event["requestId"], authChallengeResponse=response)

    async def _dismiss(self, event: dict[str, Any]) -> None:
        is_leaving = event.get("type") == "beforeunload"
        await self.session.send("Page.handleJavaScriptDialog", accept=is_leaving)


async def open_tab(browser: BrowserSession, proxy_url: str, agent: str, *, is_windowed: bool) -> Tab:
    """Open an empty page in a context of its own, ready for a visit.

    Args:
        browser: in which browser.
        proxy_url: of the proxy that knows the visits.
        agent: the browser's name for sites.
        is_windowed: whether a window shows it, which takes three times the CPU, and draws frames.

    Raises:
        DevtoolsError: the browser is gone.
    """
    made = await browser.send(
        "Target.createBrowserContext", disposeOnDetach=True, proxyServer=proxy_url, proxyBypassList="<-loopback>"
    )
    context: str = made["browserContextId"]
    wanted = {"url": "about:blank", "browserContextId": context, "background": True, "hidden": not is_windowed}
    try:
        opened = await browser.send("Target.createTarget", **wanted)
    except DevtoolsError:  # a browser that shows all pages in windows
        is_windowed = True
        opened = await browser.send("Target.createTarget", **{**wanted, "hidden": False})
    target: str = opened["targetId"]
    session, _ = await asyncio.gather(
        browser.attach(target),
        browser.send("Browser.setDownloadBehavior", behavior="deny", browserContextId=context),
    )
    tab = Tab(browser, context, target, session, is_windowed)
    await tab.prepare(agent)
    return tab
