"""Which pages are translations of others: hreflang, the language switcher, and what a page says of itself."""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.discovery.context_values import Alternate
from docspasta_mcp.discovery.link_resolver import LinkResolver
from docspasta_mcp.extract.dom import text_of
from docspasta_mcp.model.languages import tag_of
from docspasta_mcp.model.scope import is_language

MAX_ALTERNATES = 200  # translations kept of one page
MAX_PARTS = 3  # elements in a link that is called after a language: an icon, the name, its code
MAX_NAME = 40  # characters of a language's name with what stands in brackets behind it
_SWITCH = re.compile(r"(?:^|[\s_-])(?:lang\w*|locales?|i18n|translations?)(?:$|[\s_-])", re.IGNORECASE)
_ASIDE = re.compile(r"\s*[(（].*?[)）]\s*|[^\w\s'ʻ-]")
_NAMES = {  # of each language in itself, and in English
    "en": "english", "de": "deutsch german", "fr": "français french", "es": "español castellano spanish",
    "it": "italiano italian", "pt": "português portuguese", "nl": "nederlands dutch", "pl": "polski polish",
    "cs": "čeština český czech", "sk": "slovenčina slovak", "hu": "magyar hungarian", "ro": "română romanian",
    "bg": "български bulgarian", "ru": "русский russian", "uk": "українська ukrainian", "tr": "türkçe turkish",
    "el": "ελληνικά greek", "sv": "svenska swedish", "da": "dansk danish", "no": "norsk norwegian",
    "fi": "suomi finnish",
    "et": "eesti estonian", "lv": "latviešu latvian", "lt": "lietuvių lithuanian", "hr": "hrvatski croatian",
    "sr": "srpski српски serbian", "sl": "slovenščina slovenian", "ja": "日本語 japanese", "ko": "한국어 korean",
    "zh": "中文 简体中文 繁體中文 繁体中文 正體中文 简体 繁體 chinese", "th": "ไทย thai", "id": "indonesia indonesian",
    "ms": "melayu malay", "hi": "हिन्दी हिंदी hindi", "bn": "বাংলা bengali", "ta": "தமிழ் tamil", "te": "తెలుగు telugu",
    "ml": "മലയാളം malayalam", "mr": "मराठी marathi", "ur": "اردو urdu", "fa": "فارسی persian", "ar": "العربية arabic",
    "he": "עברית hebrew", "ca": "català catalan", "gl": "galego galician", "eu": "euskara basque", "eo": "esperanto",
    "is": "íslenska icelandic", "ka": "ქართული georgian", "hy": "հայերեն armenian", "kk": "қазақша қазақ kazakh",
    "uz": "oʻzbekcha uzbek", "az": "azərbaycan azerbaijani", "mn": "монгол mongolian", "ne": "नेपाली nepali",
    "si": "සිංහල sinhala", "sw": "kiswahili swahili", "af": "afrikaans", "be": "беларуская belarusian",
    "vi": "việt vietnamese", "ga": "gaeilge irish", "cy": "cymraeg welsh", "sq": "shqip albanian", "mk": "македонски",
}  # fmt: skip
_BY_NAME = {name: tag for tag, names in _NAMES.items() for name in names.split()}
_AROUND_NAME = ("bahasa ", "tiếng ", "bokmål", "brasil", "do ")  # words beside a language's name


def page_language(document: HtmlElement) -> str:
    """Return the language that a page says it is in, or an empty string."""
    return tag_of(document.getroottree().getroot().get("lang") or "")


def alternates(document: HtmlElement, resolver: LinkResolver) -> tuple[Alternate, ...]:
    """Return what a page says of its translations: hreflang, and links of a switcher, which only their names tell."""
    declared: dict[tuple[str, str], Alternate] = {}
    named: dict[str, Alternate] = {}
    shown: set[str] = set()
    is_switch = False
    for element in document.iter("link", "a", "option"):
        if len(declared) + len(named) >= MAX_ALTERNATES:
            break
        if element.tag == "link" and "alternate" not in element.get("rel", "").lower().split():
            continue
        declared_tag = element.get("hreflang")
        tag = tag_of(declared_tag) if declared_tag else ""
        if not tag and not len(element):  # most links
            said = element.text or ""
            if len(said) > MAX_NAME or not _may_name(said):
                continue
        text = "" if tag or element.tag == "link" else _label(element)
        if not tag and not _may_name(text):
            continue
        target = resolver.resolve(element.get("value" if element.tag == "option" else "href", "") or "#")
        if target is None:
            continue
        if tag:
            declared[tag, target.key] = Alternate(tag, target.url, is_declared=True)
        elif tag := _named(text):
            shown.add(tag)
            if target.key != resolver.key:
                is_switch = is_switch or _is_in_switch(element)
                named[target.key] = Alternate(tag, target.url)
        elif is_language(text) and target.key != resolver.key and _is_in_switch(element):
            declared[tag_of(text), target.key] = Alternate(tag_of(text), target.url)
    return (*declared.values(), *(named.values() if is_switch or len(shown) > 1 else ()))


def _label(element: HtmlElement) -> str:
    """Return what a link says, if it is short enough to be a language's name."""
    if len(element) > MAX_PARTS or len(element.text or "") > MAX_NAME:
        return ""
    text = text_of(element) if len(element) else " ".join((element.text or "").split())
    return text if len(text) <= MAX_NAME else ""


@lru_cache(maxsize=4096)  # menus say the same on page after page
def _may_name(label: str) -> bool:
    """Tell whether a link is called after a language, or by a language's tag."""
    label = " ".join(label.split())
    return bool(label) and (bool(_named(label)) or is_language(label))


def _named(label: str) -> str:
    """Return the language that a link is called after, as a switcher's are."""
    name = _ASIDE.sub(" ", label.casefold())
    for word in _AROUND_NAME:
        name = name.replace(word, " ")
    return _BY_NAME.get(name.strip(), "")


def _is_in_switch(element: HtmlElement) -> bool:
    return any(map(_is_switch, (element, *element.iterancestors())))


def _is_switch(element: HtmlElement) -> bool:
    return bool(_SWITCH.search(f"{element.get('class', '')} {element.get('id', '')}"))
