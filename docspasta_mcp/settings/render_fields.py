"""Settings of the browser that renders pages."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from docspasta_mcp.settings.notify_fields import NotifyFields


class RenderFields(NotifyFields):
    """Which pages are rendered, and by which browser."""

    render: Literal["auto", "never", "always"] = Field(
        "auto",
        alias="DOCSPASTA_RENDER",
        description="Which pages a browser renders: `auto` those that only scripts fill, `never` none whoever asks, "
        "`always` all. Needs an installed Chromium, Chrome or Edge.",
    )
    render_timeout_s: float = Field(
        10,
        alias="DOCSPASTA_RENDER_TIMEOUT_S",
        gt=0,
        le=15,
        description="Seconds after which a rendered page is taken as it is though it does not stand still.",
    )
    browser: Path | None = Field(
        None,
        alias="DOCSPASTA_BROWSER",
        description="Program of the browser that renders. Default: the Chromium, Chrome or Edge that is installed.",
    )
    browser_sandbox: Literal["on", "off"] = Field(
        "on",
        alias="DOCSPASTA_BROWSER_SANDBOX",
        description="`off` starts the browser without its sandbox, where the system has none to offer.",
    )
