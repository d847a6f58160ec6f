// Says what happened in a corner, keeps it under the bell, and tells screen readers at most once in five seconds.

import { clock } from "./formats.js";

const SHOWN_MS = 6000;
const ANNOUNCE_EVERY_MS = 5000;
const MOST_KEPT = 50;
const SHAPES = { pos: "▲", neg: "▼", warn: "◆", info: "●", mute: "○" };

let waiting = [];
let announcedAt = -Infinity;
let announceTimer = null;

/** Show a notice. `action` is `{label, run}`, `at` when it happened; a sticky one stays until it is dismissed. */
export function toast({ text, detail = "", token = "info", action = null, at = null, sticky = false }) {
  const node = build({ text, detail, token, action });
  document.getElementById("toasts").append(node);
  if (!sticky) leaveLater(node);
  keep({ text, detail, token, at });
  announce([text, detail].filter(Boolean).join(". "));
}

/** Tell screen readers only. */
export function announce(text) {
  waiting.push(text);
  const due = announcedAt + ANNOUNCE_EVERY_MS - Date.now();
  announceTimer ??= setTimeout(flush, Math.max(0, due));
}

function flush() {
  document.getElementById("announcer").textContent = waiting.join(". ");
  waiting = [];
  announcedAt = Date.now();
  announceTimer = null;
}

function build({ text, detail, token, action }) {
  const node = element("div", `toast ${token}`);
  node.dataset.testid = "toast";
  const words = element("div");
  words.append(element("p", "", text));
  if (detail) words.append(element("p", "hint", detail));
  if (action) words.append(button(action.label, "button small", () => (node.remove(), action.run())));
  const shape = element("span", "", SHAPES[token]);
  shape.setAttribute("aria-hidden", "true");
  const dismiss = button("✕", "button quiet icon small", () => node.remove());
  dismiss.setAttribute("aria-label", "Dismiss");
  node.append(shape, words, dismiss);
  return node;
}

function leaveLater(node) {
  let timer = setTimeout(() => node.remove(), SHOWN_MS);
  const stay = () => clearTimeout(timer);
  const go = () => (timer = setTimeout(() => node.remove(), SHOWN_MS));
  for (const name of ["pointerenter", "focusin"]) node.addEventListener(name, stay);
  for (const name of ["pointerleave", "focusout"]) node.addEventListener(name, go);
}

function keep({ text, detail, token, at }) {
  const dialog = document.getElementById("history");
  const list = dialog.querySelector(".history");
  const row = element("li");
  row.append(element("span", token, SHAPES[token]), element("span", "", [text, detail].filter(Boolean).join(". ")));
  row.append(element("span", "mute", at ? clock(new Date(at)) : ""));
  list.prepend(row);
  list.children[MOST_KEPT]?.remove();
  dialog.querySelector("[data-none]").hidden = true;
}

function button(label, className, run) {
  const node = element("button", className, label);
  node.type = "button";
  node.addEventListener("click", run);
  return node;
}

function element(name, className = "", text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}
