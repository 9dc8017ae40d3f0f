"""The language of a code block: what the block, its code element or a wrapper of nothing else says of it."""

import re
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, ancestors, remove, text_length
from docspasta_mcp.extract.selectors import tokens

KNOWN = frozenset(
    "ada apache asm awk bash bat batch bibtex c clojure cmake cmd cobol coffeescript conf console cpp "
    "crystal csharp cs "
    "css csv cuda cypher d dart diff docker dockerfile dot elixir elm erlang fish fortran fsharp gherkin "
    "glsl go golang "
    "gradle graphql groovy haml handlebars haskell hcl html http ini java javascript jinja jinja2 js "
    "json json5 jsonc "
    "jsonnet jsp jsx julia kotlin latex less liquid lisp llvm log lua make makefile markdown matlab mdx "
    "mermaid nginx "
    "nim nix objc objectivec ocaml pascal perl php plaintext plsql powershell prolog promql properties "
    "proto protobuf "
    "ps1 pug puppet py pycon python python3 r razor rb reg rego rst ruby rust sass scala scheme scss sed sh shell "
    "shellscript shellsession smalltalk solidity sql stylus svelte swift systemd tcl terraform tex text "
    "toml ts tsx txt "
    "typescript vb vbnet verilog vhdl vim vue wasm xml yaml yml zig zsh".split()
)
_SAME = {  # what a generator adds to the name its author wrote; "" where a class says nothing of a language
    **dict.fromkeys(
        ("default", "none", "notranslate", "source", "highlight", "nohighlight", "undefined", "code", "generic"), ""
    ),
    **{"python3": "python", "pycon3": "pycon", "plaintext": "text", "txt": "text", "shellscript": "shell"},
    **{"text-html-basic": "html", "basic": "html", "ipython3": "ipython"},
}
_PREFIXED = re.compile(
    r"(?:^|\s)(?:(?:language|lang|highlight-source|highlight-text|highlight|gatsby-code|mw-highlight-lang|src|tab|"
    r"sh)[-_]|brush:\s*|lang:)"
    r"([\w+#.-]+)",
    re.IGNORECASE,
)
_SURE = re.compile(r"language|lang|highlight-|gatsby|brush|src|mw-", re.IGNORECASE)
_ATTRIBUTES = (
    "data-lang", "data-language", "data-enlighter-language", "data-code-lang", "data-syntax", "syntax", "lang",
    "language",
)  # fmt: skip
_BARE_TWINS = frozenset(("text", "log", "d", "r", "code", "make", "less"))  # words of style sheets, too
_NUMBERS = re.compile(r"line-?numbers?|gutter|linenos?", re.IGNORECASE)
_PARTS = 3  # of a box that holds a block and its labels: more are a page
_BESIDE = 80  # characters that a wrapper may hold beside its block: a file's name, a label, a button
_SPOKEN = {
    "c++": "cpp", "c#": "csharp", "f#": "fsharp", "shell": "shell", "javascript": "javascript",
    "typescript": "typescript", "objective-c": "objectivec", "plain text": "text",
}  # fmt: skip
_NO_LABELS = frozenset(("p", "h1", "h2", "h3", "h4", "pre", "ul", "ol", "dl", "table"))
LABELS = frozenset(
    {"copy", "copy code", "copied!", "copied", "copy to clipboard", "copy code block", "report code block"}
)


def language_of(pre: HtmlElement) -> str:
    """Return the language that attributes or class names tell, or an empty string."""
    if "mermaid" in tokens(pre):
        return "mermaid"
    inner = pre.find(".//pre") if len(pre) else None
    if inner is not None and (name := language_of(inner)):  # Storybook's
        return name
    code = pre.find(".//code") if len(pre) else None
    if code is None and len(pre) == 1 and not (pre.text or "").strip() and pre[0].tag == "div":
        code = pre[0]  # as React's highlighters have it
    for element in (pre,) if code is None else (pre, code):
        if name := _said(element):
            return name
    for above in ancestors(pre, 4):
        tag = str(above.tag)
        if tag not in ("div", "figure", "td") and "-" not in tag:
            continue
        if name := _said(above):
            return name if _is_near(above, pre) else ""
    return ""


def _is_near(above: HtmlElement, pre: HtmlElement) -> bool:
    """Tell whether a wrapper holds next to nothing but the block."""
    blocks = (one for one in above.iter("pre") if next(one.iterancestors("pre"), None) is None)
    if sum(1 for _ in islice(blocks, 2)) != 1:
        return False
    return text_length(above) - text_length(pre) <= _BESIDE


def _said(element: HtmlElement) -> str:
    given = dict(items) if (items := element.items()) else {}
    for attribute in _ATTRIBUTES if given else ():
        name = given.get(attribute, "").strip().lower()
        if name and (not attribute.startswith("lang") or name in KNOWN):
            return _SAME.get(name, name)
    if parameters := given.get("data-syntaxhighlighter-params", ""):  # of Confluence
        return named(parameters.replace(";", " "))
    names = given.get("class", "")
    if "sourceCode" in names:  # of Pandoc: every other word is the language
        name = next((name for name in names.lower().split() if name in KNOWN), "")
        return _SAME.get(name, name)
    return named(names) if names else ""


@lru_cache(maxsize=4096)
def named(names: str) -> str:
    """Return the language that class names tell, or an empty string."""
    for match in _PREFIXED.finditer(names):
        name = match[1].lower().rstrip(";,")
        name = "diff" if name.startswith("diff-") else _SAME.get(name, name)
        if name and (_SURE.search(match[0]) or name in KNOWN):
            return name
    for token in names.lower().replace(";", " ").split():
        bare = token.removeprefix("sp-").removeprefix("code-")
        if bare in KNOWN and bare not in _BARE_TWINS:
            return _SAME.get(bare, bare)
    return ""


def spoken_language(text: str) -> str:
    """Return the language that a label over a block names, or an empty string."""
    label = " ".join(text.split()).lower()
    name = _SPOKEN.get(label, label)
    return _SAME.get(name, name) if name in KNOWN else ""


def drop_labels(pre: HtmlElement, language: str) -> str:
    """Remove what labels a block with its language or a copy button; return a language that was only said there."""
    spoken = ""
    block = pre
    for _ in range(3):
        before = block.getprevious()
        if before is not None and before.tag not in _NO_LABELS and not _is_in_sentence(before):
            label = " ".join(" ".join(before.itertext()).split()).lower()
            name = _SPOKEN.get(label, label)
            if not label and next(before.iter("img"), None) is not None:
                break
            if len(label) < 20 and (label in LABELS or name == language or name in KNOWN):
                spoken = spoken or (name if name in KNOWN else "")
                remove(before)
            elif 0 < len(label) < 40:
                words = [part for part in label.replace("copied!", "").split() if part not in ("copy", "code")]
                if words and all(word in KNOWN for word in words):
                    spoken = spoken or words[0]
                    remove(before)
        parent = block.getparent()
        if parent is None or (parent.tag not in ("div", "figure") and "-" not in str(parent.tag)):
            break
        if next(islice(parent, _PARTS, None), None) is not None:
            break
        block = parent
    return _SAME.get(spoken, spoken)


def drop_toolbar(pre: HtmlElement) -> None:
    """Remove the bar that Prism draws behind a block: its language and a button."""
    following = pre.getnext()
    if following is not None and "toolbar" in tokens(following) and text_length(following) < _BESIDE:
        remove(following)


def drop_numbers(pre: HtmlElement, known: set[HtmlElement]) -> None:
    """Remove the numbers of lines that stand in an element of their own before or behind a block, or its wrapper.

    Args:
        pre: the block.
        known: elements of the page that were read and are no numbers; more are added. Many blocks may share one.
    """
    for block in (pre, *ancestors(pre, 2)):
        for beside in (block.getprevious(), block.getnext()):
            if beside is None or beside in known or not _NUMBERS.search(beside.get("class", "")):
                continue
            said = " ".join(beside.itertext()).split()
            if said == [str(number) for number in range(1, len(said) + 1)]:
                remove(beside)
            else:
                known.add(beside)


def _is_in_sentence(element: HtmlElement) -> bool:
    """Tell whether text stands beside an element in its line, as beside a word of a sentence that is code."""
    before, parent = element.getprevious(), element.getparent()
    words = before.tail if before is not None else parent.text if parent is not None else ""
    return bool((element.tail or "").strip() or (element.tag not in BLOCKS and (words or "").strip()))
