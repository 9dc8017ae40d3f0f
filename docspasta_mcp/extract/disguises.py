"""Pages that came with status 200 and are still none: errors in disguise, login forms, shells without scripts.

Only a page with next to no text of its own is judged, so that a manual's chapter on 404 or on logging in stays.
"""

import re
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.dom import text_length, text_of
from docspasta_mcp.extract.glances import has_more, is_longer

_SHORT = 600  # characters of main text; error pages and login forms measure 20 to 400
_SHELL = 200  # characters of the whole body; a shell says at most that it needs JavaScript
_NOT_FOUND = re.compile(
    r"\b(?:(?:error )?404\b(?! (?:handler|status|response))|"
    r"(?:page|document|file|content|url) (?:was |is |could )?(?:not|n.t) (?:be )?found|not found$|"
    r"(?:page|document) (?:does not|doesn.t|no longer) exists?|nothing (?:was )?found here|"
    r"(?:can.t|cannot|couldn.t) find (?:the|that|this) page|page (?:you.re|you are) looking for|"
    r"seite (?:wurde )?nicht gefunden|page (?:non trouvée|introuvable)|página no encontrada|página não encontrada|"
    r"pagina non trovata|страница не найдена)|"
    r"ページが見つかりません|(?:页面|頁面)(?:未找到|不存在)|找不到(?:页面|頁面)|페이지를 찾을 수 없",
    re.IGNORECASE,
)
_OTHER_STATUS = re.compile(r"\b(?:20[0-6]|30[1-8]|40[0-39]|422|429)\b")
_LOGIN = re.compile(
    r"\b(?:sign|log)[ -]?in\b|\blogin\b|authenticat|\bsso\b|access denied|members only|"
    r"(?:required|need) to (?:sign|log) in|\banmelden\b|se connecter|iniciar sesión|ログイン|登录|登入|로그인",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"(?:must (?:be logged|be signed|log|sign)|(?:please|need to) (?:log|sign)) in\b|"
    r"(?:continue|sign in|log in) with (?:sso|google|github|microsoft|okta|email)|"
    r"enter your (?:e-?mail|password|credentials)|(?:authentication|login) (?:is )?required|only for members",
    re.IGNORECASE,
)
_NEEDS_SCRIPT = re.compile(
    r"(?:enable|requires?|need|turn on|without) (?:\w+ ){0,3}javascript|"
    r"javascript (?:\w+ ){0,4}(?:enable|requir|disabled)",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"(?:(?:please )?(?:wait|loading|initiali[sz]ing|just a (?:moment|second)|one moment(?: please)?)|"
    r"(?:bitte warten|wird geladen|lädt|lade)|"
    r"(?:chargement|veuillez patienter)|(?:cargando|por favor,? espere)|(?:caricamento|attendere)|carregando|aguarde|"
    r"(?:загрузка|подождите)|(?:ładowanie|wczytywanie)|yükleniyor|laddar|wordt geladen)\b.{0,40}|"
    r"(?:(?:データを)?読み込み中|ロード中|(?:正在)?(?:加载|載入|加載)中?|(?:请|請)稍候|로딩|불러오는 ?중).{0,20}",
    re.IGNORECASE,
)
_LONGEST_WAIT = 120  # characters, more than `_WAITING` has
_VIEWERS = frozenset(("swagger-ui", "redoc", "api-reference", "rapi-doc", "elements-api", "graphiql"))  # of APIs
_is_empty_frame = etree.XPath("boolean(//@id[.='storybook-docs'][../self::*[not(*)][not(normalize-space())]])")
_IDS = etree.XPath("descendant-or-self::*/@id", smart_strings=False)
_ROOTS = frozenset(("root", "app", "__next", "__nuxt", "__docusaurus", "___gatsby", "svelte", "q-app", "main-app"))


def needs_scripts(document: HtmlElement) -> bool:
    """Tell whether a page looks as if its scripts would fill it. Ask before scripts are dropped."""
    body = document.find(".//body")
    if body is None:
        return False
    if document.find(".//script") is None:
        return _is_waiting(body) and bool(text_of(body))  # nobody knows what would come, but it is not here
    return _is_shell(document, body)


def _is_shell(document: HtmlElement, body: HtmlElement) -> bool:
    """Tell whether a page with scripts looks as if they would fill it."""
    if any(_NEEDS_SCRIPT.search(text_of(element)) for element in body.iter("noscript")):
        return True
    if _is_empty_frame(document):
        return True
    if next(body.iter(*_VIEWERS), None) is not None or not _VIEWERS.isdisjoint(cast("list[str]", _IDS(body))):
        return True
    containers = [one for one in body.iterchildren("div", "main", "section") if one.get("id") or one.get("class")]
    custom = [one for one in body.iterchildren() if "-" in str(one.tag)]
    roots = [one for one in containers if one.get("id") in _ROOTS]
    if any(_is_waiting(one) for one in (*roots, *custom)):
        return True
    shown = [one for one in body if one.tag not in ("script", "style", "noscript", "link", "template", "svg")]
    if not all(_is_waiting(one) for one in shown):
        return False
    loose = " ".join(" ".join(filter(None, (body.text, *(one.tail for one in body)))).split())
    return bool(containers) or (bool(_WAITING.fullmatch(loose)) if loose else any(map(text_of, shown)))


def _lists_answers(root: HtmlElement) -> bool:
    """Tell whether a short text has code, tables or other codes of status: an API's answer 404 is no error."""
    return next(root.iter("pre", "table"), None) is not None or bool(_OTHER_STATUS.search(text_of(root)))


def _is_waiting(element: HtmlElement) -> bool:
    """Tell whether an element is empty, or only says that its content is on its way."""
    if has_more(element, _LONGEST_WAIT) or element.find(".//img") is not None:
        return False
    text = text_of(element)
    return not text or bool(_WAITING.fullmatch(text))


def refuse_shell(document: HtmlElement) -> None:
    """Refuse a page that looked so, and holds next to no text without its scripts. A Storybook's frame has messages.

    Raises:
        PageRefused: `javascript_required`.
    """
    body = document.find(".//body")
    if body is not None and (text_length(body) <= _SHELL or _is_empty_frame(document)):
        raise PageRefused("javascript_required", "The page is an empty shell that only its scripts would fill.")


def refuse_disguise(document: HtmlElement, root: HtmlElement, title: str, *, has_password: bool) -> None:
    """Refuse a page that is an error message or a login form.

    Args:
        document: the page.
        root: its main content, normalised.
        title: the page's title.
        has_password: whether the page asked for a password.

    Raises:
        PageRefused: `soft_404` or `login_required`.
    """
    if is_longer(root, _SHORT):
        return
    length = text_length(root)
    page_title = document.find(".//head/title")
    said = f"{title} {text_of(page_title) if page_title is not None else ''}".strip()
    text = text_of(root)
    if _NOT_FOUND.search(said) or (length < _SHORT / 2 and _NOT_FOUND.search(text) and not _lists_answers(root)):
        raise PageRefused("soft_404", "The page says that it does not exist.", said=said[:80])
    is_form = has_password and (length < _SHORT / 2 or _LOGIN.search(f"{said} {text}"))
    if is_form or (length < _SHORT / 2 and _LOGIN.search(said) and _WALL.search(f"{said} {text}")):
        raise PageRefused("login_required", "The page asks to log in.", said=said[:80])
