// The trail: the last steps of this tab, each restores its panel, symbol and timeframe; kept until sign-out.

import { go } from "./panels.js";

const MOST = 8;
const KEY = `coach.trail.v1.${document.documentElement.dataset.user}`;

/** Note where the trader is now and after every swap. */
export function start() {
  const nav = document.querySelector("[data-trail]");
  nav.addEventListener("click", (event) => press(nav, event));
  document.addEventListener("coach:arrived", () => note(nav));
  note(nav);
}

function note(nav) {
  const panel = document.querySelector("#panel [data-panel]");
  if (!panel) return;
  const { panel: name, symbol = "", item = "" } = panel.dataset;
  const step = { key: `${name} ${symbol} ${item}`, label: document.title.split(" · ")[0], address: location.pathname + location.search };
  const steps = stored();
  // Another timeframe or filter of the same thing is the same step.
  if (steps.at(-1)?.key === step.key) steps.pop();
  keep([...steps, step].slice(-MOST));
  show(nav);
}

function press(nav, event) {
  const link = event.target.closest("[data-step]");
  if (event.target.closest("[data-clear]")) keep(stored().slice(-1));
  else if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    keep(stored().slice(0, Number(link.dataset.step) + 1));
    go(link.getAttribute("href"));
  }
  show(nav);
}

function show(nav) {
  const steps = stored();
  nav.hidden = steps.length < 2;
  const parts = steps.flatMap((step, index) => [index ? separator() : "", link(step, index, steps.length - 1)]);
  nav.replaceChildren(...parts.filter(Boolean), clear());
  nav.scrollLeft = nav.scrollWidth;
}

function link({ label, address }, index, last) {
  const node = Object.assign(document.createElement("a"), { href: address, textContent: label });
  node.dataset.step = index;
  if (index === last) node.setAttribute("aria-current", "step");
  return node;
}

function separator() {
  const node = Object.assign(document.createElement("span"), { textContent: "›" });
  node.setAttribute("aria-hidden", "true");
  return node;
}

function clear() {
  const node = Object.assign(document.createElement("button"), { type: "button", textContent: "Clear" });
  node.dataset.clear = "";
  return node;
}

function keep(steps) {
  sessionStorage.setItem(KEY, JSON.stringify(steps));
}

function stored() {
  try {
    const steps = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(steps) ? steps.filter((step) => typeof step?.address === "string" && step.address.startsWith("/coach/")) : [];
  } catch {
    return [];
  }
}
