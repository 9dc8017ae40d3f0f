// The card of search results: passages with their words marked, to open, to send into the conversation, to ask again.
"use strict";

const asked = { query: "", docs: [], cursor: "" };

function show(result) {
  find("passages").replaceChildren();
  add(result);
}

function add(result) {
  const answer = framed(textOf(result));
  if (result.isError || answer.plain) {
    tell(answer.plain || "Nothing was found.", result.isError);
    find("more").hidden = true;
    return;
  }
  find("head").textContent = answer.head.split("\n")[0].replace(/^docspasta search in /, "From ").replace(/^From 1 manuals/, "From 1 manual");
  find("passages").append(...passages(answer.body).map(passage));
  asked.cursor = answer.cursor;
  find("more").hidden = !answer.cursor || !mayCall();
}

// The passages of an answer: each begins with a heading and the line that names its source; code may look like both.
function passages(body) {
  const found = [];
  for (const part of body.split(/\n(?=## [^\n]*\n\nSource: )/)) {
    const match = /^## ([^\n]*)\n\nSource: ([^\n]*)\n\n?/.exec(part);
    if (match) found.push({ title: match[1], source: match[2], text: part.slice(match[0].length).trim() });
    else if (part.trim()) found.push({ title: "", source: "", text: part.trim() });
  }
  return found;
}

function passage(one) {
  const url = /https?:\/\/[^\s,)]+/.exec(one.source)?.[0];
  const button = make("button", {
    type: "button",
    onclick: () => attempt(button, async () => {
      const quoted = one.text.split("\n").map((line) => `> ${line}`).join("\n");
      await host.say(`A passage of "${one.title}" (${one.source}), written by the site, not by me:\n\n${quoted}`);
      tell("The passage is sent.");
    }),
  }, "Send to the conversation", make("span", { class: "unseen" }, ` ${one.title}`));
  return make("li", { class: "passage" },
    make("h2", {}, make("bdi", {}, one.title)),
    ...(url ? [make("p", {}, link(url))] : []),
    make("pre", { tabindex: "0", role: "region", "aria-label": one.title || "A passage" }, ...marked(one.text)),
    make("p", { class: "line" }, button));
}

// Mark the question's words, as text and elements, never as HTML.
function marked(text) {
  const words = (asked.query.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? []).slice(0, 20);
  if (!words.length) return [text];
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${words.join("|")})`, "giu");
  return text.split(pattern).map((part, place) => (place % 2 ? make("mark", {}, part) : part));
}

async function search(isMore) {
  const given = { query: asked.query, ...(asked.docs.length && { docs: asked.docs }), ...(isMore && { cursor: asked.cursor }) };
  const result = await host.call("search_docs", given);
  (isMore ? add : show)(result);
}

// No form: sandboxes of hosts need not let one be sent.
function ask() {
  asked.query = find("query").value.trim();
  if (asked.query) attempt(find("ask").querySelector("button"), () => search(false));
}

find("ask").querySelector("button").addEventListener("click", ask);
find("query").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) ask();
});
find("more").addEventListener("click", () => attempt(find("more"), () => search(true)));

attempt(null, async () => {
  await host.begin("search", {
    "tool-input": (params) => {
      const { query = "", docs = [] } = params.arguments ?? {};
      Object.assign(asked, { query: String(query), docs: [docs].flat() });
      find("query").value = asked.query;
    },
    "tool-result": show,
    "tool-cancelled": (params) => tell(`It was cancelled${params.reason ? `: ${params.reason}` : "."}`, true),
  });
  find("ask").hidden = !mayCall();
});
