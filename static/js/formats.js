// Numbers and times as coach/pure/formats.py prints them, for values that arrive after the page.

const NEW_YORK = "America/New_York";
const digits = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `$5,012.37`, the sign before the dollar; null when there is no number. */
export function money(value) {
  return signed(value, (amount) => `$${digits.format(amount)}`, "");
}

/** `+$1,234.50`, `-$87.00`: what is won or lost; null when there is no number. */
export function pnl(value) {
  return signed(value, (amount) => `$${digits.format(amount)}`, "+");
}

/** `5,012.37`, for axes and lines that stand beside prices with a dollar; null when there is no number. */
export function price(value) {
  return signed(value, digits.format, "");
}

/** `+8.41`, `-0.20`, `0.00`. */
export function change(value) {
  return signed(value, (amount) => digits.format(amount), "+");
}

/** `+0.14%`. */
export function changePercent(value) {
  return signed(value, (amount) => `${digits.format(amount)}%`, "+");
}

/** `1.2K`, `3.4M`, `5.0B`; below a thousand the whole number. */
export function compact(value) {
  if (!Number.isFinite(value)) return null;
  const size = Math.abs(value);
  // 999,950 reads 1.0M, not 1,000.0K.
  for (const [unit, least, letter] of [[1e9, 0.99995e9, "B"], [1e6, 0.99995e6, "M"], [1e3, 1e3, "K"]]) {
    if (size >= least) return `${(value / unit).toFixed(1)}${letter}`;
  }
  return value.toFixed(0);
}

/** Up, down or unchanged: the colour token, the shape and the word that always go together. */
export function direction(value) {
  if (!Number.isFinite(value)) return { token: "mute", shape: "○", word: "unknown" };
  if (value === 0) return { token: "mute", shape: "○", word: "unchanged" };
  return value > 0 ? { token: "pos", shape: "▲", word: "up" } : { token: "neg", shape: "▼", word: "down" };
}

/** `10:32 ET` in the trader's zone. */
export function clock(at, zone = document.documentElement.dataset.zone || NEW_YORK) {
  return time(at, zone, {});
}

/** `10:32:07 ET`. */
export function clockSeconds(at, zone = document.documentElement.dataset.zone || NEW_YORK) {
  return time(at, zone, { second: "2-digit" });
}

function time(at, zone, more) {
  const parts = { hour: "2-digit", minute: "2-digit", ...more, hourCycle: "h23", timeZone: zone };
  const told = new Intl.DateTimeFormat("en-US", parts).format(at);
  return `${told} ${zone === NEW_YORK ? "ET" : document.documentElement.dataset.zoneLetters}`;
}

/** A number from a data attribute; null when it is empty. */
export function numberOf(text) {
  return text === undefined || text === "" || !Number.isFinite(Number(text)) ? null : Number(text);
}

/** The em dash that says why there is no number. */
export function dash(reason) {
  const node = document.createElement("span");
  node.className = "missing";
  node.title = `Not available: ${reason}`;
  node.append(hidden("—"), readable(`not available: ${reason}`));
  return node;
}

/** A span that eyes see and screen readers skip. */
export function hidden(text, className = "") {
  const node = document.createElement("span");
  node.className = className;
  node.setAttribute("aria-hidden", "true");
  node.textContent = text;
  return node;
}

/** A span that only screen readers read. */
export function readable(text) {
  const node = document.createElement("span");
  node.className = "sr-only";
  node.textContent = text;
  return node;
}

function signed(value, print, plus) {
  if (!Number.isFinite(value)) return null;
  const rounded = Math.round(Math.abs(value) * 100 + 1e-9) / 100;
  if (rounded === 0) return print(0);
  return (value < 0 ? "-" : plus) + print(rounded);
}
