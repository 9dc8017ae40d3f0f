// Speaks with the host that shows this card: JSON-RPC 2.0 by postMessage, as the MCP Apps protocol of 2026-01-26 has it.
"use strict";

const host = {
  context: {},
  capabilities: {},
  heard: {},

  // Ask the host; resolves to the result, or throws what it says is wrong.
  ask(method, params) {
    const id = ++host.last;
    host.send({ id, method, params });
    return new Promise((resolve, reject) => host.waiting.set(id, { resolve, reject }));
  },

  // Call a tool of our server through the host; returns its result, or throws what the tool says is wrong.
  async call(name, given) {
    const result = await host.ask("tools/call", { name, arguments: given });
    if (result.isError) throw new Error(textOf(result) || "The call failed.");
    return result;
  },

  // Put a text into the conversation as if its reader had written it.
  async say(text) {
    const result = await host.ask("ui/message", { role: "user", content: [{ type: "text", text }] });
    if (result?.isError) throw new Error("The host did not take it.");
  },

  async open(url) {
    const result = await host.ask("ui/open-link", { url });
    if (result?.isError) throw new Error("The host did not open it.");
  },

  // Begin: shake hands, then let the host send what the tool was asked and what it answered.
  async begin(name, heard) {
    host.heard = heard;
    addEventListener("message", host.receive);
    const answer = await host.ask("ui/initialize", {
      protocolVersion: "2026-01-26",
      appInfo: { name: `docspasta-${name}`, version: "1" },
      appCapabilities: { availableDisplayModes: ["inline"] },
    });
    host.capabilities = answer.hostCapabilities ?? {};
    host.dress(answer.hostContext ?? {});
    host.send({ method: "ui/notifications/initialized", params: {} });
    new ResizeObserver(host.measure).observe(document.body);
  },

  send(message) {
    parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  },

  receive(event) {
    const message = event.data;
    if (event.source !== parent || message?.jsonrpc !== "2.0") return;
    if (message.method === undefined) {
      const waiting = host.waiting.get(message.id);
      host.waiting.delete(message.id);
      if (message.error) waiting?.reject(new Error(message.error.message || "The host refused it."));
      else waiting?.resolve(message.result);
    } else if (message.id !== undefined) {
      host.answer(message);
    } else if (message.method === "ui/notifications/host-context-changed") {
      host.dress(message.params ?? {});
    } else {
      host.heard[message.method.replace("ui/notifications/", "")]?.(message.params ?? {});
    }
  },

  answer(message) {
    if (message.method === "ping" || message.method === "ui/resource-teardown") {
      if (message.method !== "ping") host.heard.teardown?.();
      host.send({ id: message.id, result: {} });
    } else {
      host.send({ id: message.id, error: { code: -32601, message: `There is no method ${message.method} here.` } });
    }
  },

  // Take the host's colours, type and scheme.
  dress(changed) {
    Object.assign(host.context, changed);
    const root = document.documentElement;
    if (changed.theme) root.style.colorScheme = changed.theme;
    for (const [name, value] of Object.entries(changed.styles?.variables ?? {})) {
      if (name.startsWith("--") && typeof value === "string") root.style.setProperty(name, value);
    }
  },

  measure() {
    const { width, height } = document.documentElement.getBoundingClientRect();
    host.send({ method: "ui/notifications/size-changed", params: { width: Math.ceil(width), height: Math.ceil(height) } });
  },

  last: 0,
  waiting: new Map(),
};

function textOf(result) {
  return (result.content ?? []).filter((one) => one.type === "text").map((one) => one.text).join("\n");
}
