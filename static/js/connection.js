// Shows how the live connection stands: the chip, its menu, and a banner within five seconds of a loss.

import * as socket from "./socket.js";

const BANNER_AFTER_MS = 4000;
const WORDS = {
  connecting: { word: "Connecting", token: "info", shape: "○" },
  live: { word: "Live", token: "pos", shape: "●" },
  reconnecting: { word: "Reconnecting", token: "warn", shape: "◆" },
  offline: { word: "Offline", token: "neg", shape: "▼" },
};

/** Follow the socket's state from now on. */
export function start() {
  socket.on("state", show);
  setInterval(show, 1000);
  document.querySelector("[data-reconnect]").addEventListener("click", socket.connect);
  addEventListener("online", socket.connect);
  addEventListener("pagehide", socket.close);
  addEventListener("pageshow", (event) => event.persisted && socket.connect());
}

function show() {
  const state = socket.state();
  const menu = document.querySelector("[data-connection-menu]");
  const { word, token, shape } = WORDS[state.name];
  const wait = state.retryAt ? Math.max(0, Math.ceil((state.retryAt - Date.now()) / 1000)) : null;
  document.documentElement.dataset.connection = state.name;
  fill(menu.querySelector("[data-word]"), state.name === "reconnecting" && wait !== null ? `${word} (${wait} s)` : word);
  const dot = menu.querySelector("[data-dot]");
  dot.className = `dot ${token}`;
  fill(dot, shape);
  fill(menu.querySelector("[data-age]"), age(state.heardAt));
  if (menu.open) list(menu.querySelector("[data-channels]"));
  banner(state);
}

function banner(state) {
  const node = document.getElementById("offline");
  const lost = state.lostAt && Date.now() - state.lostAt >= BANNER_AFTER_MS;
  if (lost) fill(node.querySelector("span"), `No live connection for ${age(state.lostAt)}. Values on this page are older than that.`);
  node.hidden = !lost;
}

function list(node) {
  const names = socket.subscriptions();
  if (node.childElementCount === names.length) return;
  node.replaceChildren(...names.map((name) => Object.assign(document.createElement("li"), { textContent: name })));
}

function age(at) {
  if (!at) return "";
  const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

function fill(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
