"""Several hundred URLs that a crawler may be handed, each with what must become of it.

`is_allowed` means: a public address is dialled for it. Names are answered by the case itself, never by a real DNS.
"""

from collections.abc import Iterator
from dataclasses import dataclass

PUBLIC_V4, PUBLIC_V6 = "93.184.216.34", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

PRIVATE_V4 = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.1.2.3",
    "127.255.255.254", "169.254.0.1", "169.254.255.255", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170",
    "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "192.175.48.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255",
)  # fmt: skip
METADATA_V4 = (
    "169.254.169.254", "169.254.169.253", "169.254.169.123", "169.254.170.2", "169.254.170.23", "169.254.0.23",
    "169.254.42.42", "168.63.129.16", "100.100.100.200", "192.0.0.192",
)  # fmt: skip
PRIVATE_V6 = {
    "unspecified": ("::",),
    "loopback": ("::1", "0:0:0:0:0:0:0:1"),
    "mapped": ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:7f00:1", "::ffff:a9fe:a9fe", "::ffff:8.8.8.8"),
    "compatible": ("::127.0.0.1", "::10.0.0.1", "::a9fe:a9fe", "::8.8.8.8"),
    "translated": ("::ffff:0:127.0.0.1", "::ffff:0:a00:1", "::ffff:0:808:808"),
    "nat64": ("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1", "64:ff9b:1:fffe::a00:1"),
    "6to4": ("2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "2002:808:808::1"),
    "teredo": ("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0:a00:1::1"),
    "isatap": ("2606:2800::5efe:10.0.0.1", "2a00:1450::200:5efe:127.0.0.1", "fe80::5efe:169.254.169.254"),
    "ula": ("fc00::1", "fd12:3456::1", "fdff:ffff::1"),
    "link-local": ("fe80::1", "febf::1"),
    "site-local": ("fec0::1", "feff::1"),
    "multicast": ("ff02::1", "ff05::2", "ff0e::1"),
    "documentation": ("2001:db8::1", "3fff::1"),
    "discard": ("100::1", "100:0:0:1::1"),
    "special": ("2001:20::1", "2001:10::1", "2001:2::1", "2001:4:112::1", "2001:1::1", "2620:4f:8000::1", "5f00::1"),
    "unallocated": ("1::1", "2001:c000::1", "2004::1", "2d00::1", "3000::1", "3ffe::1", "4000::1",
                    "8000::1", "e000::1", "f000::1"),
    "metadata": ("fd00:ec2::254", "fd00:ec2::253", "fd00:ec2::123", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42",
                 "fd00:a9fe:a9fe::1", "fe80::a9fe:a9fe"),
}  # fmt: skip
SPELLINGS_V4 = (  # of 127.0.0.1, 10.0.0.1, 169.254.169.254 and 8.8.8.8: one reader's number is another's name
    "2130706433", "0x7f000001", "0x7F000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "127.1", "127.0.1",
    "127.0.0.01", "127.000.000.001", "0127.0.0.1", "127.0.0.0x1", "0x7f.0x0.0x0.0x1", "4294967297", "6425673729",
    "256.0.0.1", "127.0.0.256", "127.0.0.1.1", "1.127.0.0.1", "127..0.1", "127.0.0.1.", "127.0.0.1..", ".127.0.0.1",
    "167772161", "0xa.0.0.1", "012.0.0.1", "10.1", "2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376",
    "169.254.43518", "425.510.425.510", "134744072", "0x8.8.8.8", "8.8", "08.8.8.8", "0", "00", "0x", "0x0", "1", "0.0",
    "-1", "1.1.1", "1.1.1.1.", "docs.0x7f", "docs.1", "0b1111111.0.0.1", "127.0.0.1%00", "0o177.0.0.1",
)  # fmt: skip
UNICODE_HOSTS = (
    "１２７.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "①②⑦.⓪.⓪.①", "①⑥⑨.254.169.254", "𝟏𝟐𝟕.0.0.1", "𝟭27.0.0.1",
    "¹²⁷.0.0.1", "₁₂₇.0.0.1", "١٢٧.0.0.1", "१२७.0.0.1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "loca\u00adlhost", "local\u200bhost", "local\u200chost.com",
    "local\u200dhost.com", "local\u2060host.com", "\ufefflocalhost", "local\u180ehost.com", "local\u034fhost.com", "ⓔxample.com", "example。com", "example．com",
    "\u212a8s.com", "\u017fite.com", "exa\u0301\u2044mple.com", "a\u2100b.com", "a\u2105b.com", "goo\u202egl.com", "docs\u3164.com",
    "127.0.0.1\uff0fdocs.com", "127.0.0.1\uff1a80", "docs.com\uff20evil.com", "docs.com\uff1fevil.com", "docs.com\uff03evil.com", "docs\u2024com.com",
    "\U0001f4a9.com", "xn--", "xn--a", "xn--localhost-", "xn--127-.0.0.1", "xn--\u00fc.com", "XN--A-ECP.RU..com", "xn--ls8h.com", "xn--1-0ga.com\u00ad",
)  # fmt: skip
FORMS = (  # whole URLs that parsers read differently, or that are not web page
    "", " ", "/", "//", "http:", "https:", "http://", "https://", "http:///", "https:///etc/passwd", "http:/docs.com/",
    "http:docs.com", "http:////docs.com/", "http:\\\\docs.com\\", "http:/\\docs.com/", "https:\\/docs.com", "\\\\docs.com\\share",
    "http://docs.com\\@127.0.0.1/", "http://127.0.0.1\\@docs.com/", "http://docs.com\\.evil.com/", "http://docs.com/a\\b",
    "ftp://docs.com/", "ftps://docs.com/", "sftp://docs.com/", "gopher://127.0.0.1:6379/_INFO", "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/", "ldaps://docs.com/", "tftp://docs.com/x", "smb://docs.com/x", "file:///etc/passwd", "file://localhost/etc/passwd",
    "file:/etc/passwd", "jar:http://docs.com!/x", "netdoc:///etc/passwd", "ssh://docs.com/", "telnet://docs.com/", "data:text/html,hello",
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", "vbscript:x", "about:blank", "blob:https://docs.com/x", "view-source:http://docs.com/",
    "ws://docs.com/", "wss://docs.com/", "chrome://settings", "unix:///run/docker.sock", "http+unix://%2Frun%2Fdocker.sock/info",
    "urn:isbn:0451450523", "mailto:a@docs.com", "httpx://docs.com/", "h ttp://docs.com/", "http ://docs.com/", "https//docs.com/",
    "http://user@docs.com/", "http://user:pass@docs.com/", "http://@docs.com/", "http://:@docs.com/", "http://docs.com@127.0.0.1/",
    "http://docs.com:80@127.0.0.1/", "http://docs.com%40127.0.0.1/", "http://a@b@127.0.0.1/", "http://docs.com#@127.0.0.1:99999/".replace("#", ":"),
    "http://docs.com:/", "http://docs.com:0/", "http://docs.com:00/", "http://docs.com:65536/", "http://docs.com:99999/", "http://docs.com:-80/",
    "http://docs.com:+80/", "http://docs.com:080/", "http://docs.com:8 0/", "http://docs.com:80:80/", "http://docs.com:http/", "http://docs.com:８０/",
    "http://docs.com:%38%30/", "http://docs.com:80a/", "http://docs.com:0x50/",
    "http://docs.com/\r\nHost: evil", "http://docs.com/%0d%0a\r\n", "http://docs.com\r\n.evil.com/", "http://do\tcs.com/", "http://docs.com/a\tb",
    "http://docs.com/a\nb", "http://docs.com/\x00", "http://docs.com\x00.evil.com/", "http://docs.com/\x1b[31m", "http://docs.com/\x7f",
    "\x00http://docs.com/", "\x1fhttp://docs.com/", "\u00a0http://docs.com/", "\u2028http://docs.com/", "http://docs.com/\u2029",
    "http://docs.com/ a", "http://docs.com/\u00a0", "http://docs.com/\u200b", "http://docs.com/\u202etxt.exe", "http://docs.com/\ufeff",
    "http://docs.com /", "http:// docs.com/", "ht\ttp://docs.com/", "http:\n//docs.com/",
    "http://%31%32%37.0.0.1/", "http://%6c%6f%63%61%6c%68%6f%73%74/", "http://docs%2ecom/", "http://127%2e0%2e0%2e1/", "http://docs.com%2f@x/",
    "http://docs.com%00.evil.com/", "http://docs.com%0a/", "http://docs.com%20/", "http://docs.com%09/", "http://%5b::1%5d/", "http://docs.com%3a80/",
    "http://%E2%91%A0.com/", "http://%/", "http://docs.com%/",
    "http://[::1/", "http://::1/", "http://[::1]]/", "http://[[::1]]/", "http://[::1]evil.com/", "http://[::1]:/", "http://[::1].docs.com/", "http://[]/",
    "http://[docs.com]/", "http://[127.0.0.1]/", "http://[::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[fe80::1%25]/", "http://[v1.fe80::a]/",
    "http://[::ffff:0177.0.0.1]/", "http://[::ffff:127.1]/", "http://[12345::1]/", "http://[1:2:3:4:5:6:7:8:9]/", "http://[::1::]/", "http://[::%31]/",
    "http://[２606::1]/", "http://[ ::1 ]/",
    "http://docs..com/", "http://.docs.com/", "http://./", "http://../", "http://docs.com../", "http://-docs.com/", "http://docs-.com/",
    "http://docs.-com/", "http://do*cs.com/", "http://do,cs.com/", "http://docs.com;evil/", "http://docs.com|evil/", "http://docs.com^x/", "http://docs.com`x`/",
    "http://docs.com{x}/", "http://<docs.com>/", "http://docs.com\"/", "http://docs.com'/", "http://$(id).com/", "http://docs.com&x/", "http://docs.com=x/",
    "http://docs.com!/", "http://docs.com~/", "http://(docs).com/", "http://docs+x.com/", "http://" + "a" * 64 + ".com/", "http://" + "a." * 127 + "com/",
    "http://docs.com/" + "a" * 2_000,
)  # fmt: skip
LOCAL_NAMES = (
    "localhost", "LOCALHOST", "LocalHost", "app.localhost", "a.b.localhost", "localhost.localdomain", "printer.local", "nas.LOCAL",
    "metadata.google.internal", "metadata.internal", "db.internal", "ip-10-0-0-1.ec2.internal", "intranet", "wiki", "router", "metadata",
    "kubernetes", "consul", "wpad", "gitlab.corp", "x.home", "fritz.lan", "nas.home.arpa",
    "jira.intranet", "vault.private", "instance-data", "host.docker.internal", "gateway.docker.internal", "ip6-localhost", "broadcasthost",
    "kubernetes.default.svc.cluster.local",
)  # fmt: skip
INWARD_NAMES = (  # names of the public DNS that lead inwards
    "kubernetes.default.svc", "127.0.0.1.nip.io", "10.0.0.1.nip.io", "169.254.169.254.nip.io", "127-0-0-1.sslip.io", "192-168-1-1.sslip.io", "localtest.me", "lvh.me",
    "app.lvh.me", "vcap.me", "fuf.me", "yoogle.com", "127.0.0.1.xip.io", "spoofed.burpcollaborator.net", "metadata.evil.com", "customer1.app.localhost.my.company.com",
)  # fmt: skip
ALLOWED = (
    "http://docs.com/", "https://docs.com/", "https://DOCS.com/Guide/", "http://docs.com:80/", "https://docs.com:443/", "https://docs.com/a/../b/",
    "https://docs.com/a%20b", "https://docs.com/a?b=c&d=e", "https://docs.com/#part", "https://docs.com/é", "https://docs.com/%E2%82%AC",
    "https://docs.com//evil.com/", "https://docs.com/http://127.0.0.1/", "https://docs.com/?url=http://127.0.0.1/", "https://docs.com/@127.0.0.1",
    "https://docs.com/a;b=c", "https://docs.com/~user/", "https://docs.com/a:b", "https://docs.com/%2e%2e/x", "https://docs.com/%00",
    "https://docs.com/%0d%0aHost:%20evil", "https://sub.docs.com/", "https://a.b.c.d.e.docs.com/", "https://docs-site.com/", "https://docs_v2.docs.com/",
    "https://1docs.com/", "https://127.0.0.1.docs.com/", "https://localhost.docs.com/", "https://internal.docs.com/", "https://local.docs.com/",
    "https://bücher.com/", "https://xn--bcher-kva.com/", "https://президент.com/", "https://例え.com/", "https://xn--r8jz45g.com/", "https://0x7f.com/",
    "https://10.docs.com/", "https://docs.museum/", "https://docs.co.uk/", "https://x.io/", "https://docs.com/.well-known/x", "https://docs.com/a/../.hidden",
    "http://93.184.216.34/", "https://93.184.216.34/docs/", "http://1.1.1.1/", "http://8.8.8.8/", "http://172.15.255.255/", "http://172.32.0.1/",
    "http://100.63.255.255/", "http://100.128.0.1/", "http://169.253.255.255/", "http://169.255.0.1/", "http://192.0.1.1/", "http://192.167.255.255/",
    "http://192.169.0.1/", "http://198.17.255.255/", "http://198.20.0.1/", "http://223.255.255.254/", "http://126.255.255.254/", "http://128.0.0.1/",
    "http://11.0.0.1/", "http://9.255.255.255/", "http://[2606:4700::1111]/", "https://[2001:4860:4860::8888]/", "http://[2a00:1450:4001::1]/",
    "http://[2400:cb00::1]:80/", "http://[2c0f:fb50::1]/", "http://[2001:67c:2e8::1]/", "http://[2600:9000::1]/", "http://[2803:f800::1]/",
)  # fmt: skip
PORTS = (1, 21, 22, 23, 25, 53, 81, 110, 111, 135, 139, 143, 389, 444, 445, 587, 993, 1433, 2375, 3000, 3306, 3389, 5000, 5432, 5900, 6379,
         6443, 8000, 8008, 8080, 8443, 8888, 9000, 9090, 9200, 10250, 11211, 27017, 50070, 65535)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A URL, what its host's name resolves to if it has one, and whether a public address may be dialled for it."""

    kind: str
    url: str
    answers: tuple[str, ...] = (PUBLIC_V4,)
    is_allowed: bool = False


def cases() -> Iterator[Case]:
    """Yield the whole corpus."""
    yield from (Case("form", url) for url in FORMS)
    yield from (Case("IPv4 spelling", f"http://{host}/") for host in SPELLINGS_V4)
    yield from (Case("unicode host", f"http://{host}/") for host in UNICODE_HOSTS)
    yield from (Case("IPv4 literal", f"http://{address}/") for address in PRIVATE_V4)
    yield from (Case("metadata", f"http://{address}/latest/meta-data/") for address in METADATA_V4)
    yield from (Case(f"IPv6 {kind}", f"http://[{one}]/") for kind, all_ in PRIVATE_V6.items() for one in all_)
    yield from (Case("local name", f"http://{name}/") for name in LOCAL_NAMES)
    yield from (Case("local name", f"https://{name}/", ("127.0.0.1",)) for name in LOCAL_NAMES)
    yield from (Case("inward name", f"https://{name}/", ("10.1.2.3",)) for name in INWARD_NAMES)
    yield from (Case("port", f"http://docs.com:{port}/") for port in PORTS)
    inward = (*PRIVATE_V4, *METADATA_V4, *(one for all_ in PRIVATE_V6.values() for one in all_))
    yield from (Case("name to inward", "https://docs.com/", (address,)) for address in inward)
    yield from (Case("mixed answer", "https://docs.com/", (PUBLIC_V4, address)) for address in inward)
    yield from (Case("mixed answer", "https://docs.com/", (address, PUBLIC_V6)) for address in inward[::4])
    yield Case("empty answer", "https://docs.com/", ())
    yield from (Case("public", url, (PUBLIC_V6, PUBLIC_V4), is_allowed=True) for url in ALLOWED)
