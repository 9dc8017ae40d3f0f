"""Pages that are n times the same in one element: what stands beside many others must not be asked about all of them.

`tests/test_shapes.py` doubles n. `kinds` makes pages of one tag, or of two in turn, in one parent.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from docspasta_mcp.errors import DocspastaError
from docspasta_mcp.extract.page import read_page
from docspasta_mcp.model.scope import Scope
from tests.repetition import cpu_s, growth_of

SCOPE = Scope("https://d.example", "/")
WORDS = "<h1>T</h1>" + "<p>words of a page that says something in a sentence or two of it.</p>" * 3
QUICK_S = 0.15  # of CPU: what takes less for so many elements takes no square of them
Shape = Callable[[int], str]


def _each(text: str) -> Callable[[int], str]:
    """Return a maker of n repetitions, in which `№` is the number of each."""
    parts = text.split("№")
    return lambda n: "".join(str(number).join(parts) for number in range(n))


def _in(before: str, *texts: str) -> Shape:
    """Return a maker of pages: each text n times, one after the other, in the elements that `before` opens."""
    return lambda n: WORDS + before + "".join(_each(text)(n) for text in texts)


SHAPES: dict[str, Shape] = {  # № is the number of each
    "ways": _in("<div><p>some words here stand</p>", "<a href=x>Next</a> "),
    "title again": lambda n: "<title>T</title>" + "<br>" * n + "<h2>T</h2>" * n + WORDS.replace("<h1>T</h1>", ""),
    "sets by class": _in("<section>", "<div><div class=tab-content>alpha</div><div class=tab-content>beta</div></div>"),
    "alternatives": _in("<div>" + "<a>l</a> " * 500 + "</div><div>", "<div class='k№'>a</div><div class='k№ hidden'>b</div>"),
    "linked panels": _in("<div>", "<p><a href=#s№>L№</a></p>", "<div id=h№ style='display:none'>z</div>", "<div id=s№>t</div>"),
    "chips": _in("<div>", "<span>word</span>"),
    "emphasis": _in("<p>", "<em>a</em>b<strong>c</strong>"),
    "fields": _in("<form>", "<label for=a№>x</label><input id=a№>"),
    "mains": lambda n: "<main>text of it</main>" * n,
    "custom panels": _in("<x-tabs>", "<x-tab panel=a№>A</x-tab>", "<x-tab-panel name=a№>text</x-tab-panel>"),
    "radios": _in("<div>", "<input type=radio id=r№><label for=r№>x№</label>"),
    "typewriter": _in("<p style='font-family:monospace'>", "some line<br>"),
    "broken code": _in("<p>", "<code>a<br>b</code> "),
    "ruby": _in("<p><ruby>", "<rt>a</rt>"),
    "invitations": _in("<p>", "word <a href=x>Edit this page</a> "),
    "pictures in a cell": _in("<table><tr><td>a</td><td>", "<img src=x>"),
    "notes in a block": _in("<div>", "<sup><a href=#f№>№</a></sup> w ", "<span id=f№></span>note "),
    "buttons in a heading": _in("<h2>", "<button>go there</button>"),
    "buttons of a panel": _in("<div id=p>x</div>", "<button aria-controls=p>b</button>", "<p>x y</p>"),
    "on this page": _in("", "<p>On this page</p><ul><li><a href=#a>x</a></li></ul>", "<h3>h</h3>"),
    "contents that are told of": lambda n: (
        "<h1>T</h1><p>so:</p><ul>" + _each("<li><a href=#h№>H №</a>")(n) + "</ul>" + _each("<h2 id=h№>H №</h2><p>t</p>")(n)
    ),
    "links to headings": _in("<div>", "<a href=#h№>H №</a> x ", "<h2>H №</h2>"),
    "cells without a row": _in("<table>", "<td>a</td>"),
    "supertypes": _in("<ul>", "<li>a</li><li><ul><li>b</ul></li>"),
    "bars below rules": _in("<div>", "<hr><p><a href=x>a</a> | <a href=y>b</a> | <a href=z>c</a></p>"),
    "icons in an item": _in("<ul><li>", "<i class=check></i>"),
    "icons that say nothing": _in("<ul><li>", "<i class=q></i>"),
    "links in a heading": _in("<h2>", "<a href=#x>a</a> "),
    "fields for addresses": _in("<div>", "<input type=email>"),
    "menus": _in("<div>", "<ul class=nav><li><a href=x>Edit</a></li></ul>"),
    "items that are controls": _in("<ul>", "<li><a href=x>Edit this page</a></li>"),
    "stamps": _in("<div>", "<p>Last updated on May 3</p>"),
    "surveys": _in("<div>", "<p>Was this page helpful?</p>"),
    "buttons of links": _in("<div>", "<a class=btn href=x>go</a>"),
    "rules that count": lambda n: "<style>" + _each("p:nth-child(№){display:none}")(300) + "</style><div>" + "<p>x</p>" * n,
    "first children": lambda n: "<style>p:first-child{display:none}</style><div>" + "<p>x</p>" * n,
    "sources": _in("<p>", "<a href=x>[source]</a>"),
    "sets within sets": lambda n: WORDS + "<div class=sd-tab-set><label class=sd-tab-label>a</label><div class=sd-tab-content>x" * (n // 2),
    "custom sets within sets": lambda n: WORDS + "<x-tabs><x-tab label=a>x" * (n // 2),
    "radios within panels": lambda n: WORDS + _each("<div><input type=radio id=r№><label for=r№>a</label><div>u</div><div>x")(n // 4),
    "steps": lambda n: WORDS + "<div>" + "".join(f"<div><b>{number}</b><p>x</p></div>" for number in range(1, n)),
    "lines that are set in": lambda n: WORDS + "<div class=line-block><div class=line>x</div>" * (n // 2),
    "protected addresses": _in("<p>", "words beside an address, and more of them " * 4 + "<i data-cfemail=2a4b6a48>y</i>"),
    "labels of a diagram": _in("<svg>", "<text><tspan x=1>a</tspan></text>"),
    "notes that are shared": _in("<div>", "<div class=fn><sup><a href=#t№ class=fn_bot>№)</a></sup>, <sup><a href=#u№>x</a></sup></div>"),
}  # fmt: skip

TAGS = (
    "a abbr aside audio b blockquote br button caption code dd del details dfn div dl dt em embed figcaption figure "
    "font footer form h1 h2 h3 header hr i iframe img input kbd label legend li main mark math menu nav object ol "
    "option p pre progress q ruby samp section select small span strong sub summary sup svg table tbody td textarea th "
    "time tr tt u ul var video x-tab"
).split()
PARENTS = ("<div>", "<p>", "<ul><li>", "<table><tr><td>", "<h2>", "<dl><dt>", "<pre>")
_VOID = frozenset("br embed hr img input".split())


def kinds(tags: Sequence[tuple[str, ...]], parents: tuple[str, ...]) -> Iterator[tuple[str, Shape]]:
    """Yield pages of some tags in turn in each parent, by name."""
    for parent in parents:
        for some in tags:
            text = "".join(f"<{tag}>" if tag in _VOID else f"<{tag}>x</{tag}>" for tag in some)
            yield f"{parent}{text}", _in(parent, text)


def read(text: str) -> None:
    """Read a page, whatever becomes of it."""
    with contextlib.suppress(DocspastaError):
        read_page(text.encode(), url="https://d.example/a", content_type="text/html", charset="utf-8", scope=SCOPE)


def growth_of_page(shape: Shape, n: int) -> float:
    """Return how much more time twice as many elements take; 1 where they take too little to tell."""
    return 1.0 if cpu_s(read, shape(2 * n)) < QUICK_S else growth_of(read, shape, n)
