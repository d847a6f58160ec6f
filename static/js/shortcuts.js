// Keys: the rail's arrows, `/` for a symbol, `g` and a letter for a panel, `?` for the sheet.

const GO_WITHIN_MS = 1200;
let goUntil = 0;

/** Listen from now on. */
export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("[data-rail]")) alongRail(event);
    else if (!typing(event.target) && !document.querySelector("dialog[open]")) single(event);
  });
  const tabs = document.querySelectorAll("[data-panel-tab]");
  for (const tab of tabs) tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
  if (![...tabs].some((tab) => tab.tabIndex === 0) && tabs.length) tabs[0].tabIndex = 0;
}

function typing(node) {
  return node.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(node.tagName);
}

function single(event) {
  if (Date.now() < goUntil && openPanel(event.key)) event.preventDefault();
  else if (event.key === "g") goUntil = Date.now() + GO_WITHIN_MS;
  else if (event.key === "?") document.getElementById("shortcuts").showModal();
  else if (focusBox(event.key)) event.preventDefault();
}

function openPanel(letter) {
  goUntil = 0;
  const tab = [...document.querySelectorAll("[data-letter]")].find((node) => node.dataset.letter === letter);
  tab?.click();
  return Boolean(tab);
}

function focusBox(key) {
  const input = document.querySelector(`[data-shortcut="${CSS.escape(key)}"] input`);
  input?.focus();
  return Boolean(input);
}

function alongRail(event) {
  const tabs = [...document.querySelectorAll("[data-panel-tab]")];
  const here = tabs.indexOf(event.target.closest("[data-panel-tab]"));
  const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const next = tabs[(steps[event.key] + tabs.length) % tabs.length];
  next.focus();
  next.click();
}
