// Looks at a rendered page, in a world of its own: what the page did to the language's objects does not reach it.
({
  MAX_NODES: 300000,
  MAX_SCROLLS: 30,
  MAX_CLICKS: 80,
  ENOUGH: 200, // characters of text from which a page counts as filled

  pause: ms => new Promise(done => setTimeout(done, ms)),

  main() {
    const frame = document.getElementById("storybook-docs"); // beside it stand messages that are not shown
    if (frame) return frame;
    const found = document.querySelector("main, [role=main], article");
    return found && found.textContent.trim() ? found : document.body ?? document.documentElement;
  },

  // Elements whose text says nothing of how far the content is.
  ASIDE: new Set(["script", "style", "noscript", "template", "nav", "header", "footer", "aside"]),

  // The size of what an element holds, through open shadow roots: characters, and elements. A document that is only
  // just being loaded has no element.
  size(root) {
    let text = 0, elements = 0, left = this.MAX_NODES, hasShadows = false;
    const waiting = root ? [root] : [];
    while (waiting.length && left > 0) {
      const isContent = node => (this.ASIDE.has(node.localName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
      const kinds = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
      const walker = document.createTreeWalker(waiting.pop(), kinds, isContent);
      for (let node = walker.currentNode; node && left-- > 0; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) {
          text += node.data.trim().length;
        } else {
          elements++;
          if (node.shadowRoot) {
            hasShadows = true;
            waiting.push(node.shadowRoot);
          }
        }
      }
    }
    return {text, elements, hasShadows};
  },

  // Whether a block of code is still to be filled, as where a highlighter is loaded when it is needed.
  lacksCode: root => [...root?.querySelectorAll("pre:not(:has(pre))") ?? []].some(one => !one.textContent.trim()),

  scrollers() {
    const found = [document.scrollingElement ?? document.documentElement].filter(Boolean);
    for (let element = this.main(); element && element !== document.body; element = element.parentElement) {
      if (element.scrollHeight > element.clientHeight + 50 && /auto|scroll/.test(getComputedStyle(element).overflowY)) {
        found.push(element);
      }
    }
    return found;
  },

  // Whether nothing is to come by what the page itself has begun; what it loads is known elsewhere.
  isIdle() {
    return document.readyState !== "loading" && document.dispatchEvent(new Event("docspasta-asks", {cancelable: true}));
  },

  // Wait until the main content has stood still, scrolling to its end as it grows. `quietMs` says for how long: `any`
  // page, one that is `idle`, one that shows next to nothing (`empty`), and one that shows little and is idle (`little`).
  async still(quietMs, boundMs) {
    const end = performance.now() + boundMs, heights = new WeakMap();
    let last = "", since = performance.now(), scrolls = 0, isFresh = false, size = {text: 0, elements: 0, hasShadows: false};
    let lacksCode = false, changed = since;
    const watch = new MutationObserver(() => { isFresh = false; changed = performance.now(); }); // sees into no shadow root
    watch.observe(document, {subtree: true, childList: true, characterData: true});
    const least = () => { // what it must have stood still for
      if (size.text >= this.ENOUGH && !lacksCode) return [quietMs.any, quietMs.idle];
      return [quietMs.empty, size.text && !lacksCode ? quietMs.little : quietMs.empty];
    };
    const stands = now => {
      const [any, idle] = least(), stoodMs = now - since;
      return stoodMs >= any || (stoodMs >= idle && this.isIdle());
    };
    for (;;) {
      const now = performance.now();
      if (!isFresh || size.hasShadows || stands(now)) {
        isFresh = true;
        size = this.size(this.main());
        lacksCode = this.lacksCode(this.main());
      }
      if (`${size.text}:${size.elements}` !== last) {
        last = `${size.text}:${size.elements}`;
        since = size.hasShadows ? now : changed;
        for (const one of this.scrollers()) {
          if (scrolls < this.MAX_SCROLLS && one.scrollHeight > (heights.get(one) ?? one.clientHeight) + 1) {
            heights.set(one, one.scrollHeight);
            one.scrollTop = one.scrollHeight;
            (one === document.scrollingElement ? document : one).dispatchEvent(new Event("scroll", {bubbles: one === document.scrollingElement}));
            scrolls++;
          }
        }
      }
      if (stands(now) || now >= end) {
        watch.disconnect();
        return {text: size.text, url: location.href, isIdle: this.isIdle()};
      }
      await this.pause(Math.max(5, Math.min(25, since + least()[1] - now)));
    }
  },

  settled(quietMs, boundMs) {
    return this.still({any: quietMs, idle: quietMs, empty: quietMs, little: quietMs}, boundMs);
  },

  controlled(trigger) {
    const id = trigger.getAttribute("aria-controls");
    return id ? trigger.getRootNode().getElementById(id) : null;
  },

  showsBody: details => [...details.childNodes].some(one => (
    one.nodeType === Node.TEXT_NODE ? one.data.trim() : one.localName !== "summary" && one.textContent.trim() && one.getBoundingClientRect?.().height > 0
  )),

  isEmpty: element => !element || !element.textContent.trim(),

  isAside: element => Boolean(element.closest("nav, header, footer, [role=navigation], [role=menubar], [role=toolbar]")),

  press(element) {
    for (const name of ["pointerdown", "mousedown", "pointerup", "mouseup"]) {
      element.dispatchEvent(new MouseEvent(name, {bubbles: true, cancelable: true, button: 0}));
    }
    element.click();
  },

  async until(holds, boundMs) {
    const end = performance.now() + boundMs;
    while (performance.now() < end) {
      const found = holds();
      if (found) return found;
      await this.pause(20);
    }
    return null;
  },

  // Every element that a selector finds, in open shadow roots too.
  all(selector) {
    const found = [], waiting = [document];
    while (waiting.length) {
      const root = waiting.pop();
      found.push(...root.querySelectorAll(selector));
      for (const element of root.querySelectorAll("*")) if (element.shadowRoot) waiting.push(element.shadowRoot);
    }
    return found;
  },

  // Open what shows its content only when it is clicked: tabs without panels, accordions, disclosures.
  async open(boundMs) {
    const end = performance.now() + boundMs;
    const state = {clicks: 0, isOver: () => state.clicks >= this.MAX_CLICKS || performance.now() >= end};
    const folded = this.all("details:not([open])").filter(one => !this.isAside(one));
    const unfold = () => { for (const one of folded) one.open = true; };
    unfold();
    for (const one of folded) {
      if (this.showsBody(one) || state.clicks >= this.MAX_CLICKS) continue;
      state.clicks++;
      (one.querySelector("summary") ?? one).click(); // a script opens it, or fills it
    }
    unfold(); // where none does, the click has closed it
    if (state.clicks) await this.until(() => folded.every(one => this.showsBody(one)), 500);
    if (folded.length) await this.settled(60, 500);
    for (const list of this.all("[role=tablist]")) if (!state.isOver() && !this.isAside(list)) await this.openTabs(list, state);
    await this.openAccordions(state);
    return state.clicks;
  },

  // How many panels with content lie where a list of tabs has its own, shown or not.
  panelsBeside(list) {
    for (let place = list.parentElement; place; place = place.parentElement) {
      if (place.querySelectorAll("[role=tablist]").length > 1) return 0;
      const panels = [...place.querySelectorAll("[role=tabpanel]")].filter(one => !this.isEmpty(one));
      if (panels.length) return panels.length;
    }
    return 0;
  },

  async openTabs(list, state) {
    const tabs = [...list.querySelectorAll("[role=tab]")].slice(0, 20);
    const missing = tabs.filter(tab => this.isEmpty(this.controlled(tab)));
    if (tabs.length < 2 || !missing.length || this.panelsBeside(list) >= tabs.length) return;
    const shown = () => {
      for (let place = list.parentElement; place; place = place.parentElement) {
        if (place.querySelectorAll("[role=tablist]").length > 1) return null;
        const panel = [...place.querySelectorAll("[role=tabpanel]")].find(one => !one.hidden && one.textContent.trim());
        if (panel) return panel;
      }
      return null;
    };
    const chosen = tabs.find(tab => tab.getAttribute("aria-selected") === "true") ?? tabs[0];
    const panelOf = tab => this.isEmpty(this.controlled(tab)) ? (tab.hasAttribute("aria-controls") ? null : shown()) : this.controlled(tab);
    const kept = new Map();
    const keep = tab => { const panel = panelOf(tab); if (panel) kept.set(tab, panel.cloneNode(true)); };
    keep(chosen);
    for (const tab of missing) {
      if (tab === chosen || state.isOver() || (tab.localName === "a" && !/^#|^$/.test(tab.getAttribute("href") ?? ""))) continue;
      const before = shown()?.innerHTML;
      state.clicks++;
      this.press(tab);
      await this.until(() => {
        const panel = panelOf(tab);
        return panel && (tab.hasAttribute("aria-controls") || panel.innerHTML !== before);
      }, 1500);
      await this.settled(60, 500);
      keep(tab);
    }
    if (kept.size < 2) return;
    const shared = [...kept.keys()].every(tab => tab.hasAttribute("aria-controls")) ? null : shown();
    let place = shared ?? list;
    tabs.forEach((tab, index) => {
      const clone = kept.get(tab), own = shared ? null : this.controlled(tab);
      if (!clone) return;
      if (own) {
        if (this.isEmpty(own)) own.replaceChildren(...clone.childNodes);
        place = own;
        return;
      }
      clone.id = (!shared && tab.getAttribute("aria-controls")) || `docspasta-panel-${index}-${state.clicks}`;
      clone.setAttribute("role", "tabpanel");
      tab.setAttribute("aria-controls", clone.id);
      place.after(clone);
      place = clone;
    });
    shared?.remove();
  },

  async openAccordions(state) {
    const kept = [];
    const isWanted = trigger => {
      const popup = trigger.getAttribute("aria-haspopup");
      const isLink = trigger.localName === "a" && !/^#|^$/.test(trigger.getAttribute("href") ?? "");
      const isMenu = (popup && popup !== "false") || trigger.closest("[role=menu], [role=listbox], [role=combobox], form");
      return !isLink && !isMenu && !this.isAside(trigger) && trigger.getAttribute("role") !== "tab";
    };
    const main = this.main();
    for (const trigger of this.all("[aria-expanded=false]")) {
      if (state.isOver()) break;
      const isInside = main.contains(trigger) || trigger.getRootNode() !== document;
      if (!isInside || !isWanted(trigger) || !this.isEmpty(this.controlled(trigger))) continue;
      state.clicks++;
      trigger.click();
      await this.until(() => trigger.getAttribute("aria-expanded") !== "false", 300);
      if (trigger.hasAttribute("aria-controls")) await this.until(() => !this.isEmpty(this.controlled(trigger)), 1000);
      await this.settled(40, 400);
      const panel = this.controlled(trigger);
      if (!this.isEmpty(panel)) kept.push([trigger, panel.cloneNode(true)]);
    }
    for (const [trigger, clone] of kept) {
      const panel = this.controlled(trigger);
      if (panel && this.isEmpty(panel)) panel.replaceChildren(...clone.childNodes);
      else if (!panel && trigger.isConnected) (trigger.closest("h1, h2, h3, h4, h5, h6") ?? trigger).after(clone);
    }
  },

  // Open what is closed, and return the page as HTML with where it is; `isElsewhere` if what was opened led away.
  async take(boundMs, maxChars) {
    const before = location.href;
    await this.open(boundMs);
    const url = location.href, isElsewhere = url !== before;
    return {url, isElsewhere, html: isElsewhere ? null : this.html(maxChars)};
  },

  // Return the page as HTML, open shadow roots as declarative ones, without scripts; null if it is too long.
  html(maxChars) {
    const roots = [], root = document.documentElement;
    let hasScripts = false;
    if (!root) return "";
    for (const element of this.all("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
    for (const one of this.all("noscript, script")) {
      const kind = one.getAttribute("type") ?? "";
      if (one.localName === "script" && !/^$|javascript|module|importmap|speculationrules/i.test(kind)) continue;
      hasScripts ||= one.localName === "script";
      one.remove();
    }
    // An empty one stays, so that a shell which its scripts have not filled is still told from a page.
    if (hasScripts && document.body) document.body.append(document.createElement("script"));
    for (const one of this.all("a[href^='#/'], a[href^='#!/']")) one.setAttribute("href", one.href);
    const inner = root.getHTML ? root.getHTML({shadowRoots: roots}) : root.innerHTML;
    if (inner.length > maxChars) return null;
    const attributes = [...root.attributes].map(one => ` ${one.name}="${one.value.replace(/[&"]/g, sign => sign === "&" ? "&amp;" : "&quot;")}"`);
    return `<!DOCTYPE html><html${attributes.join("")}>${inner}</html>`;
  },
})
