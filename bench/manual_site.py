"""A small site on loopback with manuals that look like some: chapters, code, tables, dead links, a slow one."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SLOW_S = 3.0
LONG = "A title that goes on " + "and on " * 40 + "Donaudampfschifffahrtsgesellschaftskapitaenskajuetenschluessel" * 3
_CHAPTERS = {
    "Getting started": ("Install", "First jar", "Where things are kept", "Upgrade"),
    "Guide": ("Label a jar", "Shelves and zones", "Rotate stock", "Share a larder", "Work offline"),
    "Recipes": ("Import from a spreadsheet", "Print labels in bulk", "Warn before it spoils", "Count calories"),
    "Reference": ("Command line", "Configuration", "Python API", "HTTP API", "Errors", "Glossary"),
}
_TEXT = (
    "A jar knows what is in it, when it was filled and who may open it. The larder keeps a history of every jar, so "
    "that nothing is counted twice and nobody has to remember what the label said before it fell off."
)
_CODE = (
    '<pre><code class="language-python">from larder import Jar, Label\n\n'
    'jar = Jar("apricots", grams=450)  # what is in it\njar.label(Label(until="2027-08-01", shelf=3))\n'
    "for other in jar.shelf.spoiling(days=14):\n    print(other.name, other.until)\n</code></pre>"
)
_TABLE = (
    "<table><thead><tr><th>Option</th><th>Meaning</th><th>Default</th></tr></thead><tbody>"
    "<tr><td><code>until</code></td><td>The last day on which it is good.</td><td>a year from now</td></tr>"
    "<tr><td><code>shelf</code></td><td>Where it stands, from the top.</td><td>1</td></tr>"
    "<tr><td><code>font</code></td><td>What the label is printed in.</td><td>the printer's</td></tr></tbody></table>"
)


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def _page(name: str, top: str, title: str, body: str) -> str:
    links = "".join(
        f"<li>{chapter}<ul>"
        + "".join(f'<li><a href="{top}{_slug(chapter)}/{_slug(one)}.html">{one}</a></li>' for one in titles)
        + "</ul></li>"
        for chapter, titles in _CHAPTERS.items()
    )
    ends = f'<li><a href="{top}">{name}</a></li>', f'<li><a href="{top}changes.html">Changes</a></li>'
    nav = f"<nav><ul>{ends[0]}{links}{ends[1]}</ul></nav>"
    return (
        f"<!DOCTYPE html><html lang=en><head><title>{title} | {name}</title></head><body>{nav}<main><h1>{title}</h1>"
        f'{body}</main><footer><a href="/blog/">Blog</a></footer></body></html>'
    )


def manual(name: str, top: str) -> dict[str, str]:
    """Return the pages of one manual below `top`; its page of changes does not exist."""
    start = f"<p>{_TEXT}</p><p>Begin with <a href='getting-started/install.html'>installing it</a>.</p>{_CODE}"
    pages = {top: _page(name, top, f"{name} documentation", start)}
    for chapter, titles in _CHAPTERS.items():
        for number, title in enumerate(titles):
            body = (
                f"<p>{title}: {_TEXT}</p><h2>How to {title.lower()}</h2><p>Do it in two steps; "
                f"<a href='{top}reference/errors.html'>errors</a> tell what went wrong.</p>{_CODE}"
                f"<h2>Options</h2>{_TABLE}<blockquote><p>Glass keeps longer than plastic.</p></blockquote>"
            )
            body += f"<p>{_TEXT} {chapter} goes on.</p>" * number
            pages[f"{top}{_slug(chapter)}/{_slug(title)}.html"] = _page(name, top, title, body)
    return pages


class ManualSite:
    """Serves two quick manuals, of which one has a page that is refused, a slow one, and a page with a long title."""

    def __init__(self) -> None:
        self.pages = manual("Larder", "/larder/") | manual("Kiln", "/kiln/") | manual("Slow cooker", "/slow/")
        self.pages |= {"/long/": _page(LONG, "/long/", LONG, f"<p>{_TEXT}</p>")}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path.startswith("/slow/"):
                    time.sleep(SLOW_S)
                is_broken = self.path.startswith("/kiln/reference/http")
                text = site.pages.get(self.path)
                body = ("Ask your administrator" if is_broken else text or "not here").encode()
                self.send_response(403 if is_broken else 200 if text else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def revise(self, top: str) -> None:
        """Change a manual as its makers would: some words here, a page more, a page less."""
        for path in (f"{top}guide/label-a-jar.html", f"{top}reference/errors.html"):
            self.pages[path] = self.pages[path].replace("in two steps", "in one step, or in three").replace(
                "Glass keeps longer than plastic.", "Glass keeps longer than plastic, and tin longer than both."
            )  # fmt: skip
        moved = self.pages.pop(f"{top}recipes/count-calories.html")
        self.pages[f"{top}changes.html"] = moved.replace("Count calories", "What is new")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
