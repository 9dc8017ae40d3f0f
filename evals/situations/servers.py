"""What servers make of a manual: lists of a directory's files, codings, and a robots.txt in odd forms."""

import gzip
import zlib

from evals.situations.model import Crawl, Situation
from evals.situations.site import Answer, Pages, moved, page, text

_FILES = ("a.html", "b.html", "sub/")
_KEPT = ("/m/", "/m/files/a.html", "/m/files/b.html", "/m/files/sub/c.html")
_HEADS = ("<!DOCTYPE html><html><head><title>{title}</title></head><body>", "</body></html>")
_LISTS = {
    "nginx": (
        "Index of {place}",
        "<h1>Index of {place}</h1><hr><pre><a href='../'>../</a>\n{lines}</pre><hr>",
        "<a href='{name}'>{name}</a>                01-Jan-2026 10:00       12345\n",
    ),
    "Apache with sorting": (
        "Index of {place}",
        "<h1>Index of {place}</h1><table><tr><th><a href='?C=N;O=D'>Name</a></th><th><a href='?C=M;O=A'>Last modified</a>"
        "</th><th><a href='?C=S;O=A'>Size</a></th><th><a href='?C=D;O=A'>Description</a></th></tr>"
        "<tr><td><a href='/m/'>Parent Directory</a></td></tr>{lines}</table><address>Apache/2.4</address>",
        "<tr><td><a href='{name}'>{name}</a></td><td>2026-01-01 10:00</td><td>12K</td><td>&nbsp;</td></tr>",
    ),
    "Caddy": (
        "files/",
        "<header><div class='breadcrumbs'>Folder Path</div><h1><a href='../../'>/</a><a href='../'>m/</a><a href=''>files/"
        "</a></h1></header><main><div class='meta'><div id='summary'><span class='meta-item'><b>1</b> directory</span>"
        "<span class='meta-item'><b>2</b> files</span></div></div><div class='listing'><table aria-describedby='summary'>"
        "<thead><tr><th><a href='?sort=name&amp;order=desc'>Name</a></th><th><a href='?sort=size&amp;order=asc'>Size</a>"
        "</th><th><a href='?sort=time&amp;order=asc'>Modified</a></th></tr></thead><tbody>{lines}</tbody></table></div>"
        "</main><footer>Served with <a rel='noopener' href='https://caddyserver.com'>Caddy</a></footer>",
        "<tr class='file'><td><a href='./{name}'><span class='name'>{name}</span></a></td><td>12 KB</td><td>01/01/2026</td>"
        "</tr>",
    ),
    "lighttpd": (
        "Index of {place}",
        "<h2>Index of {place}</h2><div class='list'><table summary='Directory Listing'><thead><tr><th>Name</th><th>Last "
        "Modified</th><th>Size</th><th>Type</th></tr></thead><tbody><tr><td><a href='../'>..</a>/</td></tr>{lines}"
        "</tbody></table></div><div class='foot'>lighttpd/1.4.71</div>",
        "<tr><td class='n'><a href='{name}'>{name}</a></td><td>2026-Jan-01 10:00:00</td><td>12.1K</td><td>text/html</td>"
        "</tr>",
    ),
    "Python": (
        "Directory listing for {place}",
        "<h1>Directory listing for {place}</h1><hr><ul>{lines}</ul><hr>",
        "<li><a href='{name}'>{name}</a></li>",
    ),
    "IIS": (
        "docs.example - {place}",
        "<H1>docs.example - {place}</H1><hr><pre><A HREF='/m/'>[To Parent Directory]</A><br><br>{lines}</pre><hr>",
        " 1/1/2026 10:00 AM        12345 <A HREF='{path}'>{name}</A><br>",
    ),
    "Tomcat": (
        "Directory Listing For [{place}]",
        "<h1>Directory Listing For [{place}] - <a href='/m/'>Up To [/m]</a></h1><hr><table><tr><td>Filename</td><td>Size"
        "</td><td>Last Modified</td></tr>{lines}</table><hr><h3>Apache Tomcat/9.0</h3>",
        "<tr><td>&nbsp;&nbsp;<a href='{path}'><tt>{name}</tt></a></td><td><tt>12.1 kb</tt></td><td><tt>Thu, 01 Jan 2026"
        "</tt></td></tr>",
    ),
    "Go": ("", "<pre>\n{lines}</pre>", "<a href='{name}'>{name}</a>\n"),
}


def _list(server: str, place: str, names: tuple[str, ...]) -> str:
    title, body, line = _LISTS[server]
    lines = "".join(line.format(name=name, path=place + name) for name in names)
    return f"{body.format(place=place, lines=lines)}".join(_HEADS).replace("{title}", title.format(place=place))


def _served_by(server: str) -> Pages:
    place = "/m/files/"
    listed = _list(server, place, _FILES)
    sortings = ("?C=N;O=D", "?C=M;O=A", "?C=S;O=A", "?C=D;O=A", "?sort=name&order=desc", "?sort=size&order=asc")
    return {
        "/m/": page("Start", ("/m/files/",)),
        place: listed,
        **{f"{place}{one}": listed for one in sortings},
        "/m/files/sub/": _list(server, "/m/files/sub/", ("c.html",)),
        "/m/files/a.html": page("A"),
        "/m/files/b.html": page("B"),
        "/m/files/sub/c.html": page("C"),
    }


_NAV = ("/m/", "/m/a.html", "/m/b.html")
_SITE: Pages = {path: page(path, nav=_NAV) for path in _NAV}
_RULE = "User-agent: *\nDisallow: /m/a.html\n"
_ALLOWED = ("/m/", "/m/b.html")


def _raw(body: bytes) -> bytes:
    packed = zlib.compressobj(wbits=-15)
    return packed.compress(body) + packed.flush()


_PAGE = page("A").encode()
_CODINGS = {
    "twice gzip": (gzip.compress(gzip.compress(_PAGE)), "gzip, gzip"),
    "deflate without a header": (_raw(_PAGE), "deflate"),
    "deflate, and gzip over it": (gzip.compress(zlib.compress(_PAGE)), "deflate, gzip"),
    "gzip in capitals": (gzip.compress(_PAGE), "GZIP"),
    "a coding of chunks": (_PAGE, "aws-chunked"),
    "identity over gzip": (gzip.compress(_PAGE), "identity, gzip"),
    "gzip with something behind it": (gzip.compress(_PAGE) + b"\0\0\0\0", "gzip"),
    "gzip that is none": (_PAGE, "gzip"),
}
_ROBOTS = {
    "in UTF-16": text(_RULE).__class__(("\ufeff" + _RULE).encode("utf-16-le"), content_type="text/plain"),
    "with carriage returns alone": text(_RULE.replace("\n", "\r")),
    "of capital letters": text(_RULE.upper().replace("/M/A.HTML", "/m/a.html")),
    "with comments and white space": text("  user-agent : *   # all\n\tDisallow:\t/m/a.html # this\n"),
    "with a pattern and an end": text("User-agent: *\nDisallow: /*/a.html$\n"),
    "whose sitemap stands within a group": text("User-agent: *\nSitemap: {origin}/none.xml\nDisallow: /m/a.html\n"),
    "with many names on a group": text("User-agent: bot-a\nUser-agent: *\nUser-agent: bot-b\nDisallow: /m/a.html\n"),
    "with escapes": text("User-agent: *\nDisallow: /m/%61.html\n"),
    "in another type": text(_RULE, "application/octet-stream"),
    "with an empty line within a group": text("User-agent: *\n\nDisallow: /m/a.html\n"),
}

SITUATIONS = (
    *(
        Situation(
            f"a directory as {server} lists it",
            _served_by(server),
            (
                Crawl("/m/", _KEPT, missing=0, options={"max_pages": 8}),
                Crawl("/m/files/a.html", _KEPT[1:] if server == "none" else None, at_least=3),
            ),
        )
        for server in _LISTS
    ),
    *(
        Situation(
            f"a page in {name}",
            {**_SITE, "/m/a.html": Answer(body, headers={"Content-Encoding": coding})},
            (Crawl("/m/", _NAV), Crawl("/m/b.html", _NAV)),
        )
        for name, (body, coding) in _CODINGS.items()
    ),
    *(
        Situation(f"a robots.txt {name}", {**_SITE, "/robots.txt": robots}, (Crawl("/m/", _ALLOWED),))
        for name, robots in _ROBOTS.items()
    ),
    Situation(
        "a robots.txt that lies elsewhere on the host",
        {**_SITE, "/robots.txt": moved("/txt/robots.txt", 302), "/txt/robots.txt": text(_RULE)},
        (Crawl("/m/", _ALLOWED),),
    ),
    Situation(
        "a robots.txt that is a page",
        {**_SITE, "/robots.txt": page("Not found", body=_RULE)},
        (Crawl("/m/", _NAV),),
    ),
    Situation(
        "a robots.txt that the server cannot give",
        {**_SITE, "/robots.txt": Answer("", 500)},
        (Crawl("/m/", state="failed", exit_code=1, first_note="robots"),),
    ),
)
