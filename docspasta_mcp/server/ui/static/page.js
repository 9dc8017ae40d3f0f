// What HTML and htmx do not do: copy, say which page is read, move focus to it. The page works without.
"use strict";

async function copy(text, from) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // without TLS browsers hand out no clipboard: select the text, so that a key copies it
    getSelection().selectAllChildren(from);
    return "Selected: press Ctrl+C";
  }
  return "Copied";
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const label = Array.from(button.childNodes);
  const said = await copy(source.textContent, source);
  button.replaceChildren(said);
  document.getElementById("announce").textContent = said;
  setTimeout(() => button.replaceChildren(...label), 2000);
});

function markCurrent() {
  const reader = document.getElementById("reader");
  const tree = document.getElementById("tree");
  if (!reader || !tree) return;
  tree.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const end = `/pages/${reader.dataset.number}`;
  for (const link of tree.querySelectorAll("a")) {
    if (link.pathname.endsWith(end)) {
      link.setAttribute("aria-current", "page");
      for (let up = link.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    }
  }
}

document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target ?? event.target;
  if (target.id === "reader") {
    markCurrent();
    const how = event.detail.requestConfig?.elt;
    if (how && !how.closest(".switch")) document.getElementById("page-title")?.focus({ preventScroll: true });
  } else if (target.closest?.("#tree")) {
    markCurrent();
  }
});

// an outline that scrolls begins where the reader is
document.querySelector("#tree [aria-current]")?.scrollIntoView({ block: "nearest" });

// What moves comes as Server-Sent Events, which put fragments in the place of elements; nothing is sent to a hidden tab.
let stream = null;

function watch() {
  const element = document.querySelector("[data-live]");
  stream?.close();
  stream = null;
  if (!element || document.hidden) return;
  const jobs = element.dataset.liveJob ?? Array.from(document.querySelectorAll(".card.running"), (card) => card.id.slice(4)).join(",");
  const needsJobs = element.dataset.live === "/ui/live";
  if (needsJobs && !jobs) return;
  stream = new EventSource(needsJobs ? `${element.dataset.live}?jobs=${encodeURIComponent(jobs)}` : element.dataset.live);
  stream.addEventListener("put", ({ data }) => put(JSON.parse(data)));
  stream.addEventListener("end", () => { stream?.close(); setTimeout(watch, 1000); });
  stream.addEventListener("leave", () => { stream?.close(); location.assign(`/ui/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`); });
  stream.onerror = () => { stream?.close(); setTimeout(watch, 3000); };
}

// an element whose button is pressed, or whose question is on its way, would lose the answer: it waits
function isInUse(place) {
  return place.matches(":active") || place.querySelector(".htmx-request") !== null;
}

function put({ id, html }) {
  const place = document.getElementById(id);
  if (place && isInUse(place)) {
    setTimeout(put, 100, { id, html });
    return;
  }
  const focused = place?.contains(document.activeElement) ? document.activeElement.id : "";
  if (place && !place.classList.contains("deleting")) htmx.swap(place, html, { swapStyle: "outerHTML" });
  if (focused) document.getElementById(focused)?.focus();
  htmx.trigger(document.body, html.includes('class="card running"') ? "live:moved" : "live:ended");
}

document.addEventListener("visibilitychange", watch);
document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target ?? event.target;
  if (target.closest?.("[data-live], .card") && (!stream || stream.readyState === EventSource.CLOSED)) watch();
});
watch();
