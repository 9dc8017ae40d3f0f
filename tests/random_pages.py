"""Pages made of every element there is, in every position: for a test, and for `bench/random_pages.py`."""

import random
from collections.abc import Sequence

_HTML = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote br button "
    "canvas caption center cite code col colgroup command content data datalist dd del details dfn dialog dir div dl dt "
    "element em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 header hgroup hr i "
    "iframe image img input ins isindex kbd keygen label legend li link listing main map mark marquee menu menuitem meta "
    "meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p param picture plaintext "
    "portal pre progress q rb rbc rp rt rtc ruby s samp script search section select shadow slot small source spacer span "
    "strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul "
    "var video wbr xmp"
)
_SVG = (
    "circle clipPath defs desc ellipse feBlend filter foreignObject g image line linearGradient marker mask path pattern "
    "polygon rect stop switch symbol text textPath tspan tree use view"
)
_MATH = (
    "math maction maligngroup menclose merror mfenced mfrac mglyph mi mlabeledtr mmultiscripts mn mo mover mpadded "
    "mphantom mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics "
    "annotation annotation-xml"
)
_CUSTOM = "x-a my-element copy-button o:p v:shape devsite-code"
# what never ends takes the rest of the page for its own text, by the rules of HTML
_NEVER_ENDS = frozenset(("plaintext", "frameset"))

TAGS: tuple[str, ...] = tuple(
    tag for tag in dict.fromkeys(f"{_HTML} {_SVG} {_MATH} {_CUSTOM}".split()) if tag not in _NEVER_ENDS
)
POSITIONS: tuple[str, ...] = (
    "{}", "<p>a {} b</p>", "<table><tr><th>h</th><td>{}</td></tr></table>", "<ul><li>{}</li></ul>", "<h2>a {}</h2>",
    "<dl><dt>{}</dt><dd>d</dd></dl>", "<dl><dt>t</dt><dd>{}</dd></dl>", "<details><summary>{}</summary>d</details>",
    "<figure>{}<figcaption>c</figcaption></figure>", "<figure><img src=i><figcaption>{}</figcaption></figure>",
    "<pre>a {} b</pre>", "<p><code>{}</code></p>", "<blockquote>{}</blockquote>", "<a href=x>{}</a>",
    "<table><caption>{}</caption><tr><td>c</td></tr></table>", "<div role=tablist><div role=tab>{}</div></div>",
)  # fmt: skip
CONTROLS: tuple[str, ...] = (
    "",
    "&#27;",
    "&#0;",
    "&#x8;",
    "&#xD800;",
    "&#57343;",
    "&#xFFFE;",
    "\x1b",
    "\x00",
    "\x85",
    "&#128;",
)
_PROSE = "words that make a sentence of it, long enough to be taken for the running text of a page"


def page_of(pieces: Sequence[tuple[str, str, str]]) -> str:
    """Return a page with pieces (element, position, control character), each an element of that name with text and attributes."""
    made = "".join(
        position.format(f"<{tag} id='i{number}' title='t{control}' alt='{control}'>in{control} it</{tag}>")
        for number, (tag, position, control) in enumerate(pieces)
    )
    return (
        f"<html><head><title>A page</title></head><body><main><h1>A page</h1><p>It stands before the piece, with {_PROSE}.</p>"
        f"<div>{made}</div><p>It stands behind the piece, with {_PROSE}.</p></main></body></html>"
    )


def random_page(dice: random.Random) -> str:
    """Return a page of up to twelve pieces, some of which are nested in one another."""
    pieces: list[tuple[str, str, str]] = []
    for _ in range(dice.randint(1, 12)):
        position = dice.choice(POSITIONS)
        if dice.random() < 0.3:
            position = position.format(dice.choice(POSITIONS))
        pieces.append((dice.choice(TAGS), position, dice.choice(CONTROLS)))
    return page_of(pieces)
