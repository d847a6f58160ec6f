// Swaps panels: one address a panel, the right tab selected, focus never lost, a failure in a box of its own.

import htmx from "../vendor/htmx/htmx.esm.min.js";
import { mount, unmount } from "./page.js";

const panel = () => document.getElementById("panel");
let shown = null;
let justArrived = false;

/** Open an address in the panel and push it. */
export function go(address) {
  return htmx.ajax("GET", address, { target: "#panel", push: address });
}

/** Load the panel's own address again. */
export function refresh() {
  return htmx.ajax("GET", location.pathname + location.search, { target: "#panel" });
}

/** Listen to htmx from now on. */
export function start() {
  shown = what();
  document.addEventListener("htmx:before:request", () => document.documentElement.classList.add("busy"));
  document.addEventListener("htmx:finally:request", () => document.documentElement.classList.remove("busy"));
  document.addEventListener("htmx:config:request", ({ detail }) => dropEmpty(detail.ctx.request));
  document.addEventListener("htmx:before:swap", beforeSwap);
  document.addEventListener("htmx:after:settle", afterSettle);
  document.addEventListener("htmx:finally:swap", tellArrival);
  document.addEventListener("htmx:error", ({ detail }) => failed(detail.ctx));
}

// A filter that is not set has no place in the address.
function dropEmpty({ method, body }) {
  if (method !== "GET") return;
  for (const [name, value] of [...body]) if (value === "") body.delete(name);
}

const WRONG_INPUT = 422; // the form again, with what is wrong with it

function beforeSwap(event) {
  const { ctx, tasks } = event.detail;
  const status = ctx.response?.status ?? 200;
  if (status >= 400 && status !== WRONG_INPUT) {
    event.preventDefault();
    failed(ctx);
    return;
  }
  for (const { target, swapSpec } of tasks) {
    const node = typeof target === "string" ? document.querySelector(target) : target;
    if (node) unmount(node, { content: swapSpec?.style === "innerHTML" });
  }
}

function afterSettle({ detail }) {
  for (const node of detail.newContent) if (node.nodeType === Node.ELEMENT_NODE) mount(node);
  if (detail.task.target?.id === "panel") arrived();
}

// Only now does the document carry the new panel's title.
function tellArrival() {
  if (justArrived) document.dispatchEvent(new CustomEvent("coach:arrived"));
  justArrived = false;
}

function arrived() {
  const name = currentTab();
  for (const tab of document.querySelectorAll("[data-panel-tab]")) select(tab, tab.dataset.panelTab === name);
  for (const link of document.querySelectorAll("[data-sheet-tab]")) {
    link.toggleAttribute("aria-current", link.dataset.sheetTab === name);
    if (link.dataset.sheetTab === name) link.setAttribute("aria-current", "page");
  }
  panel().setAttribute("aria-labelledby", `tab-${name}`);
  closeDialogs();
  if (what() !== shown) scrollTo(0, 0);
  shown = what();
  justArrived = true;
  keepFocus();
}

function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

function select(tab, selected) {
  tab.setAttribute("aria-selected", String(selected));
  tab.tabIndex = selected ? 0 : -1;
}

function keepFocus() {
  if (document.activeElement && document.activeElement !== document.body) return;
  (panel().querySelector("h1") ?? panel()).focus({ preventScroll: true });
}

// A panel without a tab of its own names the one it belongs to.
function currentTab() {
  const { tab, panel: name } = panel().querySelector("[data-panel]")?.dataset ?? {};
  return tab ?? name ?? null;
}

// The panel, and of those that show one thing, which.
function what() {
  const { panel: name, item = "" } = panel().querySelector("[data-panel]")?.dataset ?? {};
  return `${name} ${item}`;
}

function failed(ctx) {
  if (!ctx || (ctx.target !== panel() && ctx.target !== "#panel")) return;
  closeDialogs();
  unmount(panel(), { content: true });
  panel().replaceChildren(failureBox(ctx.request.action));
  panel().querySelector("button").focus();
}

function failureBox(address) {
  const box = document.createElement("div");
  box.className = "card failed";
  box.dataset.testid = "panel-failed";
  const title = Object.assign(document.createElement("h1"), { textContent: "This panel could not be loaded" });
  const text = Object.assign(document.createElement("p"), { textContent: "Your saved data is unaffected." });
  const again = Object.assign(document.createElement("button"), { className: "button", textContent: "Try again", type: "button" });
  again.addEventListener("click", () => go(address));
  box.append(title, text, again);
  return box;
}
