// The card of a crawl: it moves while the crawl runs, opens the contents, and sends chosen pages into the conversation.
"use strict";

const crawl = { id: "", asked: {}, chosen: new Set(), cursor: "", timer: 0, began: Date.now(), reading: 0 };
const MOST = 20000; // tokens of an answer

function show(result) {
  const found = result.structuredContent ?? {};
  if (result.isError || !found.state) {
    tell(textOf(result) || "The crawl's answer cannot be shown.", true);
  } else if (found.state === "dry_run") {
    preview(found);
  } else {
    status(found);
  }
}

function preview(found) {
  const seen = found.preview ?? {};
  head(`${counted(seen.estimated_pages, "page")}${seen.is_complete_list ? "" : " or more"} would be crawled`, found);
  listed(found.scope_reason, { ...seen.left_out }, seen.notes);
  find("pages").replaceChildren(...(seen.sample ?? []).map((url) => make("li", {}, link(url))));
  find("contents").hidden = !(seen.sample ?? []).length;
  find("contents-title").textContent = "The first of them";
  find("words").parentElement.hidden = find("send").hidden = true;
  find("start").hidden = !mayCall();
}

function status(found) {
  crawl.id = found.job_id;
  const isRunning = found.state === "running";
  const settled = (found.done ?? 0) + (found.skipped ?? 0) + (found.failed ?? 0);
  head(isRunning ? "Crawling" : { completed: "Crawled", partial: "Crawled, with gaps" }[found.state] ?? inWords(found.state), found);
  find("crawl").hidden = false;
  const bar = find("bar");
  bar.hidden = !isRunning;
  bar.max = Math.max(1, settled + (found.pending ?? 0));
  if (settled) bar.value = settled;
  const rate = found.elapsed_seconds ? settled / found.elapsed_seconds : 0;
  const left = rate ? `, about ${Math.ceil((found.pending ?? 0) / rate)} s left` : "";
  find("moving").textContent = isRunning ? (settled ? `${rate.toFixed(1)} pages a second${left}` : "Looking at the site…") : found.reason ?? "";
  if (found.done !== undefined) {
    const figures = { Pages: found.done, "To come": found.pending, Skipped: found.skipped, Failed: found.failed, Tokens: found.tokens };
    find("counts").replaceChildren(
      ...Object.entries(figures).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, number(value)))),
    );
    listed(found.scope_reason, { ...found.reasons, ...found.left_out }, found.notes);
  }
  find("start").hidden = true;
  find("cancel").hidden = !isRunning || !mayCall();
  find("open").hidden = !mayCall() || found.done === 0;
  clearTimeout(crawl.timer);
  if (!isRunning && crawl.moved) tell(`${find("title").textContent}: ${counted(found.done, "page")}.`);
  crawl.moved = isRunning;
  if (isRunning && mayCall()) crawl.timer = setTimeout(look, wait(found));
}

// How long until it is asked again: as the server says, and less often for a crawl that takes minutes.
function wait(found) {
  return Math.max(found.done === undefined ? 0.5 : found.poll_after_seconds || 2, (Date.now() - crawl.began) / 60000) * 1000;
}

function look() {
  attempt(null, async () => show(await host.call("get_status", { job_id: crawl.id })));
}

function head(text, found) {
  find("title").textContent = text;
  find("where").replaceChildren(link(found.scope ?? found.seed_url ?? ""));
}

function listed(why, reasons, notes) {
  const lines = Object.entries(reasons).map(([code, count]) => make("li", {}, `${number(count)} ${inWords(code)}`));
  find("reasons").replaceChildren(make("li", {}, `Scope: ${why ?? ""}`), ...lines);
  find("about").hidden = false;
  find("notes").replaceChildren(...(notes ?? []).map((note) => make("li", {}, note)));
  find("notes").hidden = !(notes ?? []).length;
}

// One line of the map: its number, its title, its URL, its tokens.
const LINE = /^( *)(\d+)\. \[(.*)\]\((\S+)\) · ([\d,]+) tokens$/;

async function contents() {
  const given = { job_id: crawl.id, format: "map", max_tokens: MOST, ...(crawl.cursor && { cursor: crawl.cursor }) };
  const answer = framed(textOf(await host.call("get_result", given)));
  if (answer.plain) throw new Error(answer.plain);
  const lines = answer.body.split("\n").map((line) => LINE.exec(line)).filter(Boolean);
  find("pages").append(...lines.map(([, , page, title, , tokens]) => entry(page, title.replace(/\\([[\]])/g, "$1"), tokens)));
  crawl.cursor = answer.cursor;
  find("more").hidden = !answer.cursor;
  find("contents").hidden = false;
  filter();
}

function entry(page, title, tokens) {
  const box = make("input", { type: "checkbox", "aria-label": `Choose ${title}`, onchange: () => choose(page, box.checked) });
  const name = make("button", { type: "button", class: "plain", onclick: () => attempt(name, () => read(page, title)) }, make("bdi", {}, title));
  return make("li", { "data-title": title.toLowerCase() }, box, name, make("span", { class: "size", title: "tokens" }, tokens));
}

function choose(page, isChosen) {
  if (isChosen) crawl.chosen.add(page);
  else crawl.chosen.delete(page);
  find("send").disabled = !crawl.chosen.size;
  find("send").textContent = crawl.chosen.size ? `Send ${counted(crawl.chosen.size, "page")} to the conversation` : "Send to the conversation";
}

function filter() {
  const words = find("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const line of find("pages").children) line.hidden = !words.every((word) => (line.dataset.title ?? "").includes(word));
}

// What `get_result` says of some pages, with its frame, which tells a model that sites wrote it.
async function text(pages) {
  return textOf(await host.call("get_result", { job_id: crawl.id, pages, max_tokens: MOST }));
}

async function send() {
  const pages = [...crawl.chosen].sort((one, other) => one - other);
  await host.say(`Here ${pages.length === 1 ? "is a page" : `are ${pages.length} pages`} of the manual:\n\n${await text(pages)}`);
  tell(`${counted(pages.length, "page")} sent.`);
}

async function read(page, title) {
  const answer = framed(await text([page]));
  crawl.reading = page;
  find("reading-title").textContent = title;
  find("text").textContent = answer.body || answer.plain;
  find("reading").hidden = false;
  find("reading-title").focus();
}

async function pass() {
  const selection = getSelection();
  const isIn = selection.rangeCount && find("text").contains(selection.getRangeAt(0).commonAncestorContainer);
  const passage = isIn ? selection.toString().trim() : "";
  const title = find("reading-title").textContent;
  const quoted = passage.split("\n").map((line) => `> ${line}`).join("\n");
  await host.say(passage
    ? `A passage of the page "${title}" of docspasta job ${crawl.id}, written by the site, not by me:\n\n${quoted}`
    : `Here is a page of the manual:\n\n${await text([crawl.reading])}`);
  tell(passage ? "The passage is sent." : "The page is sent.");
}

find("open").addEventListener("click", () => attempt(find("open"), async () => {
  find("pages").replaceChildren();
  crawl.cursor = "";
  crawl.chosen.clear();
  choose("", false);
  await contents();
}));
find("more").addEventListener("click", () => attempt(find("more"), contents));
find("send").addEventListener("click", () => attempt(find("send"), send));
find("pass").addEventListener("click", () => attempt(find("pass"), pass));
find("pass").addEventListener("mousedown", (event) => event.preventDefault()); // or the selection would go
find("words").addEventListener("input", filter);
find("close").addEventListener("click", () => { find("reading").hidden = true; });
find("cancel").addEventListener("click", () => attempt(find("cancel"), async () => show(await host.call("cancel_crawl", { job_id: crawl.id }))));
find("start").addEventListener("click", () => attempt(find("start"), async () => {
  const { dry_run: _, ...given } = crawl.asked;
  find("contents").hidden = true;
  find("contents-title").textContent = "Contents";
  find("words").parentElement.hidden = find("send").hidden = false;
  show(await host.call("start_crawl", given));
}));

attempt(null, () => host.begin("crawl", {
  "tool-input": (params) => { crawl.asked = params.arguments ?? {}; },
  "tool-result": show,
  "tool-cancelled": (params) => tell(`It was cancelled${params.reason ? `: ${params.reason}` : "."}`, true),
  teardown: () => clearTimeout(crawl.timer),
}));
