// Hears what happens to the trader's setups: a notice for each, a badge on the tab, and word to the panels.

import * as socket from "./socket.js";
import { go, refresh } from "./panels.js";
import { announce, toast } from "./toast.js";
import { setupName } from "./words.js";

const GATHER_MS = 400;
const MOST_SINGLE = 3;
const SIDES = { bullish: "▲ Bullish", long: "▲ Bullish", bearish: "▼ Bearish", short: "▼ Bearish", neutral: "◆ Neutral" };
const NEWS = {
  triggered: { word: "target hit", token: "pos" },
  invalidated: { word: "stopped", token: "neg" },
  archived: { word: "archived", token: "mute" },
  active: { word: "active again", token: "info" },
};

let gathered = [];
let timer = null;

/** Listen for as long as the page lives. */
export function start() {
  socket.hold({ channels: ["setups"] });
  for (const type of ["setup_detected", "setup_update", "setup_changed"]) socket.on(type, hear);
  socket.on("reload", reload);
  document.addEventListener("htmx:after:settle", clearBadge);
}

function hear(frame) {
  document.dispatchEvent(new CustomEvent("coach:setup", { detail: frame }));
  if (frame.type === "setup_changed") return;
  gathered.push(frame);
  timer ??= setTimeout(tell, GATHER_MS);
}

function tell() {
  const news = gathered.filter(({ data }) => data.interrupt !== false);
  gathered = [];
  timer = null;
  raiseBadge(news.length);
  if (news.length > MOST_SINGLE) toast({ text: `${news.length} setup updates`, detail: summary(news), action: open() });
  else news.forEach(tellOne);
}

function tellOne({ type, data }) {
  const name = `${data.symbol} ${setupName(data.setupType)}`;
  if (type === "setup_detected") {
    toast({ text: `${name} detected`, detail: `${SIDES[data.direction] ?? data.direction}, ${data.confidence}% confidence`, token: "info", action: open(data), at: data.detectedAt });
    return;
  }
  const { word, token } = NEWS[data.status] ?? { word: data.status, token: "info" };
  toast({ text: `${name}: ${word}`, token, action: open(data), at: data.evaluatedAt });
}

function summary(news) {
  return [...new Set(news.map(({ data }) => data.symbol))].join(", ");
}

function open(data) {
  const id = data?.trackedSetupId ?? data?.setupId;
  return { label: "Open", run: () => go(`/coach/tracked/?status=all${id ? `#setup-${id}` : ""}`) };
}

function raiseBadge(count) {
  const badge = document.querySelector("[data-badge=setups]");
  if (!count || document.querySelector("[data-tracked]")) return;
  badge.textContent = String(Number(badge.textContent || 0) + count);
  badge.hidden = false;
}

function clearBadge() {
  const badge = document.querySelector("[data-badge=setups]");
  if (!document.querySelector("[data-tracked]")) return;
  badge.textContent = "";
  badge.hidden = true;
}

function reload() {
  announce("You were away for long; the page was loaded anew.");
  refresh();
}
