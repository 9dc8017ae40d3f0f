"""What Chromium shows of a page's HTML file, with its scripts turned off: blocks of text, and blocks of code."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Browser, Page, Route, sync_playwright
from playwright.sync_api import Error as BrowserError

_CHROMIUM = "/usr/bin/chromium"
_LOAD_MS = 30_000

# The text is gathered in the order of the tree. A text belongs to the nearest element that starts a line of its own; a
# new block begins where another such element starts or ends. A `^` or `_` stands before a script.
_GATHER = r"""
navigation => {
  const silent = new Set("script style noscript template svg math head select textarea title".split(" "));
  const numbers = new Map();
  const numberOf = element => numbers.get(element) ?? (numbers.set(element, numbers.size), numbers.size - 1);
  const nameOf = element => {
    const classes = [...element.classList].slice(0, 2).map(name => "." + name).join("");
    return element.localName + (element.id ? "#" + element.id : "") + classes;
  };
  const upwards = element => {
    const above = [];
    for (; element && element !== document.documentElement; element = element.parentElement) above.push(element);
    return above;
  };
  const linesOf = pre => {
    let text = "";
    const endLine = () => { if (text && !text.endsWith("\n")) text += "\n"; };
    const read = node => {
      if (node.nodeType === Node.TEXT_NODE) text += node.data;
      if (node.nodeType !== Node.ELEMENT_NODE || silent.has(node.localName)) return;
      const style = getComputedStyle(node);
      if (node.localName === "br") text += "\n";
      if (style.display === "none" || style.visibility !== "visible") return;
      const isLine = node !== pre && !style.display.startsWith("inline");
      if (isLine) endLine();
      node.childNodes.forEach(read);
      if (isLine) endLine();
    };
    read(pre);
    return text;
  };
  const blocks = [];
  let open = null;
  const visit = (node, holder) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (!open || open.holder !== holder) blocks.push(open = {holder, pieces: []});
      open.pieces.push(node.data);
    } else if (node.nodeType === Node.ELEMENT_NODE && !silent.has(node.localName)) {
      const style = getComputedStyle(node);
      if (style.display === "none" || style.visibility !== "visible") return;
      const selector = navigation.find(one => node.matches(one));
      if (selector) {
        blocks.push({holder: node, pieces: [node.innerText ?? ""], navigation: selector});
        return;
      }
      const parts = node.localName === "br" || !["inline", "contents", "ruby", "ruby-text"].includes(style.display);
      const mark = {sup: "^", sub: "_"}[node.localName];
      const isBeside = node.previousSibling?.nodeType === Node.ELEMENT_NODE && parseFloat(style.marginLeft) >= 3;
      if (parts) open = null;
      if (isBeside && open) open.pieces.push(" ");
      if (mark && open) open.pieces.push(mark);
      for (const child of (node.shadowRoot ?? node).childNodes) visit(child, parts ? node : holder);
      if (parts) open = null;
    }
  };
  if (document.body) visit(document.body, document.body);
  const aside = element => navigation.some(selector => element.closest(selector));
  return {
    blocks: blocks.map(block => ({
      text: block.pieces.join(""),
      path: upwards(block.holder).slice(0, 4).reverse().map(nameOf),
      inside: upwards(block.holder).map(numberOf),
      navigation: block.navigation ?? "",
    })).filter(block => block.text.trim()),
    codes: [...document.querySelectorAll("pre")]
      .filter(pre => pre.checkVisibility({visibilityProperty: true}) && pre.innerText.trim() && !aside(pre))
      .map(pre => linesOf(pre)),
  };
}
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Text that is shown as one block.

    `path` names the nearest elements, the block's own last; `inside` numbers all of them, its own first. `navigation`
    is the selector by which it is navigation, if any.
    """

    text: str
    path: tuple[str, ...]
    inside: tuple[int, ...]
    navigation: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a page."""

    blocks: tuple[Block, ...]
    codes: tuple[str, ...]


class Window:
    """A browser's window in which pages are looked at, one after another."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def look_at(self, file: Path, navigation: Sequence[str]) -> Shown | None:
        """Return what is shown of a file, or None if the browser cannot show it."""
        try:
            self._page.goto(file.resolve().as_uri(), wait_until="domcontentloaded", timeout=_LOAD_MS)
            gathered = cast("dict[str, Any]", self._page.evaluate(_GATHER, list(navigation)))
        except BrowserError:
            return None
        blocks = (
            Block(one["text"], tuple(one["path"]), tuple(one["inside"]), one["navigation"])
            for one in gathered["blocks"]
        )
        return Shown(tuple(blocks), tuple(gathered["codes"]))


@contextmanager
def window() -> Generator[Window]:
    """Open a browser that reads local files only, and runs none of their scripts."""
    with sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(java_script_enabled=False)
        context.route("**/*", _local_only)
        yield Window(context.new_page())
        browser.close()


def _local_only(route: Route) -> None:
    is_wanted = route.request.url.startswith("file:") and route.request.resource_type not in ("image", "font", "media")
    if is_wanted:
        route.continue_()
    else:
        route.abort()
