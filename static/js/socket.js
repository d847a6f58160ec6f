// The page's one socket: subscribes, keeps it alive, comes back after a loss and resumes where it stopped.

const PING_MS = 30_000;
const SILENT_PINGS = 2;
const LONGEST_WAIT_S = 30;
const SIGNED_OUT = 4401;

const root = document.documentElement.dataset;
const positionKey = `coach.position.v1.${root.user}`;
const listeners = new Map();
const held = { symbols: new Map(), channels: new Map() };
const pending = { symbols: new Set(), channels: new Set() };
const status = { name: "connecting", retryAt: null, lostAt: null, heardAt: null };

let socket = null;
let attempts = 0;
let silent = 0;
let pingTimer = null;
let retryTimer = null;
let position = numberFrom(sessionStorage.getItem(positionKey)) ?? numberFrom(root.since);

/** Call `listener(frame)` for each frame of a type, and for our own `state` and `reload`; returns how to stop. */
export function on(type, listener) {
  const known = listeners.get(type) ?? new Set();
  listeners.set(type, known.add(listener));
  return () => known.delete(listener);
}

/** Hear symbols and channels until the returned function is called; several holders share one subscription. */
export function hold({ symbols = [], channels = [] }) {
  take("symbols", symbols);
  take("channels", channels);
  return () => {
    letGo("symbols", symbols);
    letGo("channels", channels);
  };
}

/** Where the connection stands: `name`, and when it was lost, last heard of, and will be tried again. */
export function state() {
  return status;
}

/** What the page listens to. */
export function subscriptions() {
  return [...held.channels.keys(), ...held.symbols.keys()];
}

/** Connect now, whatever the waiting time. */
export function connect() {
  clearTimeout(retryTimer);
  socket?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const opened = new WebSocket(`${scheme}://${location.host}${root.socket}`);
  socket = opened;
  opened.addEventListener("open", () => opened === socket && greet());
  opened.addEventListener("message", (event) => opened === socket && receive(event.data));
  opened.addEventListener("close", (event) => opened === socket && lose(event.code));
}

/** Close for good, when the page goes. */
export function close() {
  const last = socket;
  socket = null;
  clearTimeout(retryTimer);
  clearInterval(pingTimer);
  last?.close(1000);
}

function take(kind, names) {
  for (const name of names) {
    const holders = held[kind].get(name) ?? 0;
    held[kind].set(name, holders + 1);
    if (holders === 0) pending[kind].add(name);
  }
  queueMicrotask(subscribePending);
}

function letGo(kind, names) {
  for (const name of names) held[kind].set(name, (held[kind].get(name) ?? 1) - 1);
  // A panel swap lets go and takes again within a moment.
  setTimeout(() => unsubscribeIdle(kind), 1000);
}

function unsubscribeIdle(kind) {
  const idle = [...held[kind]].filter(([, holders]) => holders <= 0).map(([name]) => name);
  for (const name of idle) held[kind].delete(name);
  if (idle.length) say({ type: "unsubscribe", [kind]: idle });
}

function subscribePending() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const asked = { symbols: [...pending.symbols], channels: [...pending.channels] };
  pending.symbols.clear();
  pending.channels.clear();
  if (!asked.symbols.length && !asked.channels.length) return;
  const since = asked.channels.length && position !== null ? { since: position } : {};
  say({ type: "subscribe", ...asked, ...since });
}

function greet() {
  attempts = 0;
  silent = 0;
  for (const kind of ["symbols", "channels"]) for (const name of held[kind].keys()) pending[kind].add(name);
  Object.assign(status, { name: "live", retryAt: null, lostAt: null, heardAt: Date.now() });
  emit("state", status);
  subscribePending();
  clearInterval(pingTimer);
  pingTimer = setInterval(ping, PING_MS);
}

function ping() {
  if (silent >= SILENT_PINGS) {
    connectionLost();
    return;
  }
  silent += 1;
  say({ type: "ping" });
}

function connectionLost() {
  const dead = socket;
  socket = null;
  dead?.close();
  lose(0);
}

function receive(text) {
  const frame = JSON.parse(text);
  silent = 0;
  status.heardAt = Date.now();
  // A log that was begun anew gives lower positions; only `reload` says so.
  if (frame.type === "reload") position = null;
  remember(frame.id ?? (frame.type === "ack" || frame.type === "reload" ? frame.at : null));
  emit(frame.type, frame);
}

function remember(at) {
  if (typeof at !== "number" || (position !== null && at <= position)) return;
  position = at;
  sessionStorage.setItem(positionKey, String(at));
}

function lose(code) {
  clearInterval(pingTimer);
  if (code === SIGNED_OUT) {
    document.dispatchEvent(new CustomEvent("coach:signed-out"));
    setLost("offline", null);
    return;
  }
  const wait = Math.min(2 ** attempts, LONGEST_WAIT_S) * (0.75 + Math.random() / 2);
  attempts += 1;
  setLost(navigator.onLine ? "reconnecting" : "offline", Date.now() + wait * 1000);
  retryTimer = setTimeout(connect, wait * 1000);
}

function setLost(name, retryAt) {
  Object.assign(status, { name, retryAt, lostAt: status.lostAt ?? Date.now() });
  emit("state", status);
}

function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function emit(type, frame) {
  for (const listener of listeners.get(type) ?? []) listener(frame);
}

function numberFrom(text) {
  return text ? Number(text) : null;
}
