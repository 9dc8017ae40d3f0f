// Runs in each document before its own scripts. Shadow roots stay open to be read; what would reach past the proxy, or
// stay after the page, is not there.
{
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) { return attach.call(this, {...init, mode: "open"}); };
  delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection; delete window.WebTransport;
  if (window.ServiceWorkerContainer) {
    ServiceWorkerContainer.prototype.register = async () => { throw new DOMException("Not allowed.", "SecurityError"); };
  }
}

// Tells our own script in this document whether the page itself has said that it goes on soon: by a timer, a frame or an
// idle moment that is due, a worker, or a connection that stays open. It asks by an event, which is prevented if so.
{
  const SOON_MS = 3000;
  const due = new Set();
  let staysOpen = false;
  const count = (start, stop, isSoon) => {
    const begin = window[start], end = window[stop];
    if (!begin || !end) return;
    window[start] = function (call, ...more) {
      if (typeof call !== "function" || !isSoon(more)) return begin.call(window, call, ...more);
      const id = begin.call(window, function (...given) {
        due.delete(`${start}${id}`);
        return call.apply(this, given);
      }, ...more);
      due.add(`${start}${id}`);
      return id;
    };
    window[stop] = function (id) { due.delete(`${start}${id}`); return end.call(window, id); };
  };
  count("setTimeout", "clearTimeout", ([ms]) => !(ms > SOON_MS));
  count("requestIdleCallback", "cancelIdleCallback", () => true);
  count("requestAnimationFrame", "cancelAnimationFrame", () => true);
  for (const name of ["Worker", "SharedWorker", "WebSocket", "EventSource"]) {
    if (!window[name]) continue;
    window[name] = new Proxy(window[name], {
      construct(kind, given, made) { staysOpen = true; return Reflect.construct(kind, given, made); },
    });
  }
  document.addEventListener("docspasta-asks", event => { if (due.size || staysOpen) event.preventDefault(); });
}

// The page is in no window, so that no frame is ever drawn: what waits for one is called by a timer instead, what waits
// to come into view is in view, and motion is over at once.
if (!WINDOWED) {
  // Without a window of its own a page that opens another one would wait for it for ever.
  window.open = () => null;
  const inPlace = (prototype, name) => {
    const native = prototype[name];
    prototype[name] = function (...all) {
      if (this.target && !/^_(self|top|parent)$/i.test(this.target)) return undefined;
      return native.apply(this, all);
    };
  };
  inPlace(HTMLFormElement.prototype, "submit");
  inPlace(HTMLFormElement.prototype, "requestSubmit");
  addEventListener("click", event => {
    const link = event.composedPath().find(one => one.localName === "a" || one.localName === "area");
    if (link?.target && !/^_(self|top|parent)$/i.test(link.target)) event.preventDefault();
  }, true);
  addEventListener("submit", event => {
    if (event.target.target && !/^_(self|top|parent)$/i.test(event.target.target)) event.preventDefault();
  }, true);

  const later = setTimeout.bind(window), never = clearTimeout.bind(window);
  window.requestAnimationFrame = call => later(() => call(performance.now()), 16);
  window.cancelAnimationFrame = never;

  const Observer = (Native, entryOf) => class {
    #call; #root; #seen = new Set(); #waiting = new Map();
    constructor(call, options) { this.#call = call; this.#root = options?.root ?? null; new Native(() => {}, options); }
    get root() { return this.#root; }
    get rootMargin() { return "0px"; }
    get thresholds() { return [0]; }
    observe(element) {
      if (this.#seen.has(element)) return;
      this.#seen.add(element);
      this.#waiting.set(element, later(() => {
        this.#waiting.delete(element);
        this.#call.call(this, [entryOf(element)], this);
      }, 16));
    }
    unobserve(element) { this.#seen.delete(element); never(this.#waiting.get(element)); this.#waiting.delete(element); }
    disconnect() { for (const element of [...this.#seen]) this.unobserve(element); }
    takeRecords() { return []; }
  };
  window.IntersectionObserver = Observer(window.IntersectionObserver, target => {
    const box = target.getBoundingClientRect();
    return {
      target, time: performance.now(), isIntersecting: true, isVisible: true, intersectionRatio: 1,
      boundingClientRect: box, intersectionRect: box, rootBounds: new DOMRect(0, 0, innerWidth, innerHeight),
    };
  });
  window.ResizeObserver = Observer(window.ResizeObserver, target => {
    const box = target.getBoundingClientRect(), size = [{inlineSize: box.width, blockSize: box.height}];
    const contentRect = new DOMRect(0, 0, box.width, box.height);
    return {target, contentRect, borderBoxSize: size, contentBoxSize: size, devicePixelContentBoxSize: size};
  });

  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...all) {
    const animation = animate.apply(this, all);
    try { animation.finish(); } catch { /* it never ends */ }
    return animation;
  };
  const still = new CSSStyleSheet();
  still.replaceSync("*, ::before, ::after { transition: none !important; animation-duration: 0s !important; animation-delay: 0s !important }");
  document.adoptedStyleSheets.push(still);
  delete Document.prototype.startViewTransition;
  if (document.fonts) Object.defineProperty(document.fonts, "ready", {value: Promise.resolve(document.fonts)});
}
