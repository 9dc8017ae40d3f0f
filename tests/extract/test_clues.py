"""What a page's source says spares rules their walk, and never changes what a page reads as."""

import dataclasses

import pytest

from docspasta_mcp.extract import clues, page
from docspasta_mcp.model.scope import Scope

_ALL = frozenset((*clues._MARKS, "custom elements"))
_SHAPES = {
    "button": "<button aria-controls=a aria-expanded=false>More</button><div id=a hidden><p>Folded words.</p></div>",
    "collapse": "<a href=#b data-toggle=collapse>Open</a><div id=b class=collapse><p>Folded words.</p></div>",
    "tick": "<ul><li><input type=checkbox disabled checked> done<li data-checked=false>open</ul>",
    "radio": "<div><input type=radio id=r1><label for=r1>One</label><div><p>First.</p></div>"
    "<input type=radio id=r2><label for=r2>Two</label><div><p>Second.</p></div></div>",
    "noscript": "<noscript><img src=/real.png alt=Real></noscript>",
    "shadow": "<x-a><template shadowrootmode=open><p>Shadow text.</p><slot></slot></template></x-a>",
    "field": "<input readonly value='npm install x'>",
    "lines": "<div style='white-space: pre'>a\n  b</div>",
    "css table": "<div style='display: table'><div style='display: table-row'><div style='display: table-cell'>a</div>"
    "<div style='display: table-cell'>b</div></div></div>",
    "custom": "<x-callout type=warning>Mind this.</x-callout><x-details summary=Sum><p>Inner.</p></x-details>",
    "tabs": "<x-tabs><x-tab label=A><p>First.</p></x-tab><x-tab label=B><p>Second.</p></x-tab></x-tabs>",
}


def _read(body: str) -> str:
    source = f"<html><body><main><h1>Title</h1><p>Some words of running text stand here, long enough.</p>{body}"
    scope = Scope("https://docs.example", "/")
    return page.read_page(
        source.encode(), url="https://docs.example/p", content_type="text/html", charset="", scope=scope
    ).markdown


@pytest.mark.parametrize("write", [str, str.upper], ids=["lower", "upper"])
@pytest.mark.parametrize("shape", _SHAPES)
def test_no_rule_is_spared_that_finds_something(shape: str, write: type[str], monkeypatch: pytest.MonkeyPatch) -> None:
    spared = _read(write(_SHAPES[shape]))
    monkeypatch.setattr(page, "clues_of", lambda text: dataclasses.replace(clues.clues_of(text), may_hold=_ALL))

    assert spared == _read(write(_SHAPES[shape]))
