"""The words that label controls, and the names that templates give to what stands around a text.

None of them decides alone: "Copy", "Next" and "Share" are opcodes, methods and menu items as well, `cookies` and
`footer` the ids of sections. `noise` asks where they stand.
"""

import re
from functools import lru_cache

_LABEL = re.compile(
    r"edit (?:this )?(?:page|section|topic)|edit (?:this page )?on git(?:hub|lab)|edit source|suggest (?:an )?edits?|"
    r"view (?:page )?source|improve this (?:doc|page)|"
    r"(?:was|is) this (?:page|article|topic|section)? ?(?:helpful|useful)\??|did this page help you\??|"
    r"on this page|in this article|copy(?: page| link| code)?|copied!?|(?:content|link|code) copied to clipboard|"
    r"skip to (?:main )?content|page tools|"
    r"expand description|collapse (?:all|section)|expand all|show more|report (?:a |an )?(?:bug|issue|problem)\w*|"
    r"submit correction|jump to (?:navigation|search)|back to top|scroll to top|print this page|share(?: this page)?|"
    r"give feedback|send feedback|feedback|rate this page|table of contents|loading\.*|thank you!?|"
    r"open in (?:playground|chatgpt|claude)|ask (?:chatgpt|claude|ai)|ai tools|listen to this article|"
    r"\d{1,2}[ -]min(?:ute)?s? read|(?:view|copy) as markdown|download (?:as )?pdf",
    re.IGNORECASE,
)
_AMBIGUOUS = re.compile(  # what a text may say as well
    r"copy(?: link| code)?|copied!?|share|feedback|loading\.*|thank you!?|show more|expand all|"
    r"collapse all|view source|page tools|report (?:a |an )?(?:bug|issue|problem)\w*|edit source",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"(?:was|is) this (?:(?:page|article|topic|section|information|document|guide) )?(?:helpful|useful)|"
    r"did (?:this (?:page|article) help(?: you)?|this (?:page |article )?answer your questions?|"
    r"you find this (?:page |article )?(?:helpful|useful))|"
    r"(?:how|what) (?:would|could) (?:you rate|we improve) this page|rate this (?:page|article)",
    re.IGNORECASE,
)
_STAMP = re.compile(
    r"(?:last|page last) (?:modified|updated|reviewed)\b(?!\s+\w+\s+(?:is|are|was|were)\b)|"
    r"last update(?: on)?:|©|copyright ©",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\d[:/.]\d|\bago\b|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)
_STAMP_STARTS = frozenset("lLpPcC©")
_PART = re.compile(  # of a class name or id, between hyphens or underscores
    r"(?:^|[\s_-])(?:headerlink|anchorjs-link|hash-link|permalink|breadcrumbs?|sphinxsidebar\w*|sidebar|"
    r"toc|table-of-contents|"
    r"tableofcontents|on-?this-?page\w*|pagination\w*|pager|prev-?next|page-?nav\w*|nav|navbar|navheader|"
    r"navfooter|navigation|"
    r"nav-?links|footer|edit-?(?:this-?)?page\w*|editlink|edit-?on-?github|editsection|catlinks|"
    r"skip-?link|skip-?to-?content|"
    r"cookie\w*|copybtn|copy-?button|newsletter|advert\w*|version-?switch\w*|"
    r"language-?(?:menu|select\w*|switch\w*)|search-?(?:box|form|bar|results)|page-?metadata|"
    r"last-?updated|last-?modified|"
    r"theme-?toggle|(?:page|user|wiki|side|main)-?menu|page-info|pop-?up|code-?copy|back-?to-?top|"
    r"site-?header|site-?footer|page-?footer|was-this-helpful|page-?helpful)(?:$|[\s_-])",
    re.IGNORECASE,
)
_WHOLE = frozenset(
    "related menu menubar dropdown dropdown-menu share sharing share-buttons social social-links feedback "
    "rating comments contributors ads ad cta modal popover subscribe noprint printfooter no-print noscript no- "
    "js announcement announcement-bar versions doc-versions lang-select languages anchor-link anchorlink "
    "header-anchor heading-anchor clipboard jump-to-nav sitesub contentsub backtotop page-actions "
    "disqus_thread github-link sponsor sponsors promo banner tags page-tags author-info mw-jump-link toctitle "
    "article-meta article-author article-votes article-share article-relatives "
    "language-selection topics-dropdown dropdown-panel dropdown-trigger".split()
)
_TEMPLATE = re.compile(  # names of two words that nobody gives to a text
    r"(?:^|[\s_-])(?:breadcrumbs?|edit-?(?:this-?)?page\w*|edit-?on-?github|page-?metadata|last-?updated|last-?modified|"
    r"page-info|author-info|page-?(?:nav\w*|footer|tags|actions)|site-?(?:header|footer)|was-this-helpful|page-?helpful|"
    r"share-buttons|social-links|announcement-bar|version-?switch\w*|language-?(?:menu|select\w*|switch\w*)|"
    r"lang-select|on-?this-?page\w*|toctitle|printfooter|back-?to-?top|backtotop|skip-?link)(?:$|[\s_-])",
    re.IGNORECASE,
)
_FOOT = re.compile(r"(?:^|[\s_-])foot(?:er)?(?:$|[\s_-])", re.IGNORECASE)
_RELATED = re.compile(r"(?:^|\s)(?:(?:related|recent)-(?:articles|posts)|article-relatives)(?:$|\s)", re.IGNORECASE)
_CONTENTS = frozenset((
    "on this page", "in this article", "table of contents", "subsections", "contents", "index", "page contents",
    "inhalt", "inhaltsverzeichnis", "sommaire", "table des matières", "índice", "indice", "contenido", "目次", "目录",
))  # fmt: skip
_MAX_LABEL = 40  # characters
_MAX_QUESTION = 60  # characters
_AROUND = " \n\t\xa0:?✨🤖✏️📝🖊⭐→↗↑👍👎"  # what stands beside the words of a label


def is_label(text: str) -> bool:
    """Tell whether a text is what a control says."""
    return len(text) <= _MAX_LABEL and _is_label(text)


@lru_cache(maxsize=8192)
def _is_label(text: str) -> bool:
    bare = text.strip(_AROUND)
    return bool(_LABEL.fullmatch(bare)) or is_question(bare)


def is_question(text: str) -> bool:
    """Tell whether a text asks readers of a page how they liked it."""
    return len(text) <= _MAX_QUESTION and bool(_QUESTION.fullmatch(text.strip(_AROUND)))


def is_contents_label(text: str) -> bool:
    """Tell whether a text heads a list of the places on its page."""
    return text.strip(_AROUND).lower() in _CONTENTS


def is_plain_label(text: str) -> bool:
    """Tell whether a text is what a control says, and nothing that a text would."""
    return is_label(text) and not _AMBIGUOUS.fullmatch(text.strip(_AROUND))


def is_stamp(text: str) -> bool:
    """Tell whether a text says when a page was changed, or whose it is."""
    if text[:1] not in _STAMP_STARTS or not _STAMP.match(text):
        return False
    return len(text) <= _MAX_LABEL or text[0] in "©cC" or bool(_DATE.search(text))


@lru_cache(maxsize=8192)
def is_noise_name(names: str) -> bool:
    """Tell whether class names or an id speak of navigation or decoration."""
    return bool(_PART.search(names)) or any(name in _WHOLE for name in names.lower().split())


@lru_cache(maxsize=8192)
def is_footer_name(names: str) -> bool:
    """Tell whether class names or an id are those of a page's foot."""
    return bool(_FOOT.search(names))


@lru_cache(maxsize=8192)
def is_related_name(names: str) -> bool:
    """Tell whether class names are those of a list of other articles of the site."""
    return bool(_RELATED.search(names))


@lru_cache(maxsize=8192)
def is_template_name(names: str) -> bool:
    """Tell whether class names are those of a template's parts, which no text has."""
    return bool(_TEMPLATE.search(names))
