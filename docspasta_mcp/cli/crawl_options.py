"""The options that every command which starts crawls has."""

from typing import Annotated, Literal

import typer

from docspasta_mcp.settings import MAX_DEPTH_CAP, Settings

_DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}

MaxPages = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help=f"Pages to crawl at most, 1 to DOCSPASTA_MAX_PAGES_CAP ({_DEFAULTS['max_pages_cap']}); "
        f"DOCSPASTA_MAX_PAGES ({_DEFAULTS['max_pages']}) if not given.",
    ),
]
MaxDepth = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help=f"Links to follow at most from the start, 0 to {MAX_DEPTH_CAP}; DOCSPASTA_MAX_DEPTH "
        f"({_DEFAULTS['max_depth']}) if not given.",
    ),
]
Include = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="Only pages whose path matches this glob; repeatable.")
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="GLOB", help="No pages whose path matches this glob; repeatable.")
]
IncludeHost = Annotated[
    list[str] | None, typer.Option(metavar="HOST", help="A further host whose pages belong to it; repeatable.")
]
Version = Annotated[
    str, typer.Option(metavar="VERSION", help="Which of the versions that the site keeps, as in 2.1 or latest.")
]
QualityThreshold = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Leave out pages that score lower, 0 to 100; DOCSPASTA_QUALITY_THRESHOLD "
        f"({_DEFAULTS['quality_threshold']}) if not given.",
    ),
]
DelaySeconds = Annotated[
    float, typer.Option(metavar="SECONDS", help="Pause between two requests, 0 to 60; at least that of robots.txt.")
]
Render = Annotated[
    Literal["auto", "never", "always"] | None,
    typer.Option(help="Render pages in a browser: those that only scripts fill, none, or all."),
]
NotifyUrl = Annotated[
    str, typer.Option(help="Webhook to tell of each crawl's end; its host must be in DOCSPASTA_NOTIFY_HOSTS.")
]
Scope = Annotated[
    Literal["auto", "prefix", "host"],
    typer.Option(help="The manual that the URL belongs to, the URL's directory, or its host."),
]
