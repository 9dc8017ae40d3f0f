"""The options that every command which starts crawls has."""

from typing import Annotated, Literal

import typer

MaxPages = Annotated[int | None, typer.Option(help="Pages to crawl at most.")]
MaxDepth = Annotated[int | None, typer.Option(help="Links to follow at most.")]
Include = Annotated[list[str] | None, typer.Option(help="Only pages whose path matches this glob; repeatable.")]
Exclude = Annotated[list[str] | None, typer.Option(help="No pages whose path matches this glob; repeatable.")]
IncludeHost = Annotated[list[str] | None, typer.Option(help="A further host whose pages belong to it; repeatable.")]
Version = Annotated[str, typer.Option(help="Which of the versions that the site keeps, as in 2.1 or latest.")]
QualityThreshold = Annotated[int | None, typer.Option(help="Leave out pages that score lower, 0 to 100.")]
DelaySeconds = Annotated[float, typer.Option(help="Pause between two requests.")]
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
