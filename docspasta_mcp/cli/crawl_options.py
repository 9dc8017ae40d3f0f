"""The options that every command which starts crawls has."""

from typing import Annotated, Literal

import typer

MaxPages = Annotated[int | None, typer.Option(help="Pages to crawl at most.")]
MaxDepth = Annotated[int | None, typer.Option(help="Links to follow at most.")]
Include = Annotated[list[str] | None, typer.Option(help="Only pages whose path matches this glob; repeatable.")]
Exclude = Annotated[list[str] | None, typer.Option(help="No pages whose path matches this glob; repeatable.")]
Scope = Annotated[
    Literal["auto", "prefix", "host"],
    typer.Option(help="The manual that the URL belongs to, the URL's directory, or its host."),
]
