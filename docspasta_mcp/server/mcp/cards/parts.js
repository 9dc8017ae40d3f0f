// What both cards are made of. Nothing that a site wrote is ever read as HTML: it only becomes text.
"use strict";

const find = (id) => document.getElementById(id);

// Make an element: its attributes, then what is in it. `on…` are listeners.
function make(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...inside);
  return made;
}

// Split an answer at its boundary: our words before, what sites wrote, our words after.
function framed(text) {
  const boundary = /^----- ([0-9a-f]{16})$/m.exec(text)?.[0];
  if (!boundary) return { head: "", body: "", foot: "", plain: text };
  const first = text.indexOf(boundary);
  const last = text.lastIndexOf(boundary);
  const cursor = /^next_cursor: (\S+)/m.exec(text.slice(0, first))?.[1] ?? "";
  return {
    head: text.slice(0, first),
    body: text.slice(first + boundary.length, last).trim(),
    foot: text.slice(last + boundary.length),
    cursor,
    plain: "",
  };
}

const number = (value) => Number(value ?? 0).toLocaleString("en");
const counted = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
const address = (url) => String(url ?? "").replace(/^https?:\/\//, "");
const inWords = (code) => String(code).replaceAll("_", " ");

// Run what a person asked for; a button waits meanwhile, and what goes wrong is told.
async function attempt(button, work) {
  tell("");
  if (button) button.disabled = true;
  try {
    await work();
  } catch (error) {
    tell(error.message, true);
  } finally {
    if (button) button.disabled = false;
  }
}

function tell(text, isProblem = false) {
  find("problem").textContent = isProblem ? text : "";
  find("problem").hidden = !(isProblem && text);
  find("said").textContent = isProblem ? "" : text;
}

function link(url) {
  if (!/^https?:/.test(url)) return make("bdi", { class: "url" }, url);
  return make("a", {
    href: url,
    class: "url",
    onclick: (event) => {
      event.preventDefault();
      attempt(null, () => host.open(url));
    },
  }, make("bdi", {}, address(url)));
}

// Cards of hosts that let them call nothing show what the tool said, and no more.
const mayCall = () => host.capabilities.serverTools !== undefined;
