"""Sites whose attack only runs in a browser: a shell that attacks beside a shell that is good.

`canary` is a port of loopback, TCP and UDP, that nobody may reach: whoever does has broken out of the guard.
"""

from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address

import anyio
import anyio.abc

from docspasta_mcp.fetch.address_guard import Address, Resolve
from tests.hostile_sites import DONE, Hostile, drip, http
from tests.sites import TEXT

REBINDING = "rebinding.example"  # a name whose second answer is another address: see `bench/hostile_sites.py`
_SHOWN = f"document.getElementById('root').innerHTML = '<main><h1>Shown</h1><p>{TEXT}</p></main>';"
_FAILED = (
    "low_quality",
    "render_timeout",
    "render_crashed",
    "render_memory",
    "render_failed",
    "redirect_loop",
    "too_large",
    "empty",
)
_LED_AWAY = ("redirected_out_of_scope", "render_failed", DONE)


def shell(script: str, head: str = "") -> bytes:
    """Return a page that its script fills."""
    return http(
        f"<!DOCTYPE html><html><head>{head}</head><body><div id=root></div><script>{script}</script></body></html>"
    )


_OTHER = "Another page of the manual says what the first one leaves out: how it is set up, moved and taken away again."
GOOD = shell(f"document.getElementById('root').innerHTML = '<main><h1>Good</h1><p>{_OTHER} {_OTHER}</p></main>';")


def rendered_sites(canary: int) -> list[Hostile]:
    """Return the whole table."""
    inside = f"127.0.0.1:{canary}"
    return [*_reaching(inside), *_staying(), *_taking(), *_leaving(inside)]


def _attack(name: str, script: str, right: tuple[str, ...] = (DONE,), more: dict[str, bytes] | None = None) -> Hostile:
    answers = {f"/d/{path}": body for path, body in (more or {}).items()}
    return Hostile(name, shell(_SHOWN + script), right[0], more=answers.get, good=GOOD, or_else=right[1:])


def _reaching(inside: str) -> list[Hostile]:
    """Return attacks on what is inside."""
    fetches = "".join(
        f"fetch('http://{host}/', {{mode: 'no-cors'}}).catch(() => 0);"
        for host in (
            inside,
            f"localhost:{inside[10:]}",
            f"[::1]:{inside[10:]}",
            "10.0.0.1",
            "169.254.169.254",
            "router.local",
            "0.0.0.0",
            f"127.1:{inside[10:]}",
        )
    )
    ice = f"new RTC({{iceServers: [{{urls: 'stun:{inside}'}}, {{urls: 'turn:{inside}?transport=tcp', username: 'a', credential: 'b'}}]}})"
    peer = f"const peer = {ice}; peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));"
    frame = "const frame = document.createElement('iframe'); document.body.append(frame); const RTC = frame.contentWindow.RTCPeerConnection || window.RTCPeerConnection;"
    worker = f"new Worker(URL.createObjectURL(new Blob([`fetch('http://{inside}/'); try {{ new WebTransport('https://{inside}/') }} catch {{}} new WebSocket('ws://{inside}/')`])))"
    hints = f"<link rel=preconnect href=http://{inside}><link rel=dns-prefetch href=//{inside}><link rel=prefetch href=http://{inside}/><link rel=prerender href=http://{inside}/>"
    return [
        _attack("fetches inward", fetches),
        _attack("WebSockets inward", f"new WebSocket('ws://{inside}/'); new WebSocket('wss://{inside}/'); new EventSource('http://{inside}/')"),
        _attack("a fetch redirected inward", "fetch('/d/in', {mode: 'no-cors'}).catch(() => 0)", more={"in": http("", f"Location: http://{inside}/", status="302 Found")}),
        _attack("a script from inside", f"const tag = document.createElement('script'); tag.src = 'http://{inside}/x.js'; document.head.append(tag); navigator.sendBeacon('http://{inside}/')"),
        _attack("frames inward", f"for (const url of ['http://{inside}/', 'file:///etc/passwd', 'chrome://version']) {{ const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame) }}"),
        _attack("a form sent inward", f"const form = document.createElement('form'); form.action = 'http://{inside}/'; form.method = 'post'; form.target = 'x'; document.body.append(form); form.submit()"),
        _attack("a peer connection inward", f"{frame} if (RTC) {{ {peer} }}"),
        _attack("a worker that reaches inward", worker),
        Hostile("hints of what to connect to", shell(_SHOWN, hints), DONE, good=GOOD),
        _attack("a name that is bound again", f"for (let n = 0; n < 5; n++) fetch(`http://{REBINDING}:${{location.port}}/d/${{n}}`, {{mode: 'no-cors'}}).catch(() => 0)"),
    ]  # fmt: skip


def _staying() -> list[Hostile]:
    """Return pages that never come to rest."""
    liars = (
        "JSON.stringify = Promise.prototype.then = Array.prototype.push = String.prototype.slice = () => { throw 1 };"
        "Element.prototype.getHTML = () => 'x'.repeat(1e8); document.createTreeWalker = () => { while (true); };"
        "window.setTimeout = () => 0; Object.defineProperty(document, 'scrollingElement', {get() { while (true); }});"
    )
    return [
        _attack("endless timers", "setInterval(() => document.querySelector('main').append('tick '), 1)"),
        _attack("an endless loop", "setTimeout(() => { while (true); }, 50)", (DONE, *_FAILED)),
        _attack("alerts without end", "setTimeout(() => { while (true) alert(confirm(prompt('x'))) }, 50)", (DONE, *_FAILED)),
        _attack("objects that lie", liars),
        _attack("a page that closes itself", "setTimeout(() => { window.close(); window.stop(); print() }, 50)", (DONE, *_FAILED)),
        _attack("a page that will not go", "addEventListener('beforeunload', event => { event.preventDefault(); event.returnValue = 'x'; while (true); })", (DONE, *_FAILED)),
    ]  # fmt: skip


def _taking() -> list[Hostile]:
    """Return pages that take too much."""
    canvases = "const kept = []; setInterval(() => { const one = document.createElement('canvas'); one.width = one.height = 16000; const pen = one.getContext('2d'); pen.fillRect(0, 0, 16000, 16000); pen.getImageData(0, 0, 1, 1); kept.push(one) }, 10)"
    return [
        _attack("canvases of a gigabyte", canvases, (DONE, *_FAILED)),
        _attack("memory without end", "const kept = []; setInterval(() => kept.push(new Uint8Array(2e8).fill(1)), 10)", (DONE, *_FAILED)),
        _attack("strings without end", "const kept = []; setInterval(() => kept.push(Array.from({length: 1e6}, (_, n) => 'x' + n)), 10)", (DONE, *_FAILED)),
        _attack("windows without end", "setInterval(() => { for (let n = 0; n < 50; n++) window.open('/d/good') }, 10)"),
        _attack("workers without end", "const url = URL.createObjectURL(new Blob(['while (true);'])); for (let n = 0; n < 100; n++) new Worker(url)", (DONE, *_FAILED)),
        _attack("ten million elements", "setTimeout(() => { for (let n = 0; n < 1e7; n++) document.body.append(document.createElement('p')) }, 50)", (DONE, *_FAILED)),
        _attack("a text of a hundred megabytes", "document.querySelector('main').append('word '.repeat(2e7))", ("too_large", *_FAILED)),
        Hostile("a stream without end", shell(_SHOWN + "(async () => { for await (const piece of (await fetch('/d/stream')).body) {} })()"), DONE, or_else=_FAILED, raw={"/d/stream": _stream}, good=GOOD),
    ]  # fmt: skip


def _stream() -> AsyncIterator[bytes]:
    return drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n", b"x" * 1_000_000, 0.001)()


def _leaving(inside: str) -> list[Hostile]:
    """Return pages that lead away, or bring something along."""
    download = http("x" * 1_000, 'Content-Disposition: attachment; filename="x.exe"', kind="application/octet-stream")
    return [
        _attack("a navigation inward", f"location.href = 'http://{inside}/'", _LED_AWAY),
        _attack("a navigation to a file", "location.href = 'file:///etc/passwd'"),
        _attack("a navigation without end", "location.href = '/d/attack?' + Math.random()", (DONE, *_FAILED, "redirected_out_of_scope")),
        _attack("a history without end", "let n = 0; setInterval(() => history.pushState(null, '', '/d/attack?' + n++), 1)", (DONE, *_FAILED, "redirected_out_of_scope")),
        _attack("a download", "const link = document.createElement('a'); link.href = '/d/file'; link.download = 'x.exe'; document.body.append(link); link.click(); location.href = '/d/file'", (DONE, *_FAILED), more={"file": download}),
        _attack("a service worker", "navigator.serviceWorker?.register('/d/sw.js')", more={"sw.js": http("while (true);", kind="text/javascript")}),
        _attack("questions for everything", "navigator.geolocation.getCurrentPosition(() => 0); Notification.requestPermission(); navigator.mediaDevices?.getUserMedia({video: true}).catch(() => 0); navigator.clipboard?.readText().catch(() => 0); document.documentElement.requestFullscreen().catch(() => 0); navigator.usb?.requestDevice({filters: []}).catch(() => 0)"),
    ]  # fmt: skip


def rebinding(resolve: Resolve) -> Resolve:
    """Return a resolver that knows `REBINDING`: loopback the first time, then addresses of the inner network."""
    asked = 0

    async def resolved(host: str, port: int) -> Sequence[Address]:
        nonlocal asked
        if host != REBINDING:
            return await resolve(host, port)
        asked += 1
        return [ip_address("127.0.0.1" if asked == 1 else ("10.0.0.1", "169.254.169.254", "::1")[asked % 3])]

    return resolved


class Canary:
    """Listens where nobody may come, by TCP and UDP on one port; counts who does."""

    def __init__(self) -> None:
        self.port = 0
        self.visits: list[str] = []

    async def sing(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Listen for ever."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        self.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        datagrams = await anyio.create_udp_socket(local_host="127.0.0.1", local_port=self.port)
        async with listener, datagrams, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, self._visited)
            task_status.started()
            async for _, _ in datagrams:
                self.visits.append("udp")

    async def _visited(self, stream: anyio.abc.SocketStream) -> None:
        self.visits.append("tcp")
        await stream.aclose()
