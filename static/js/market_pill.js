// Keeps the market pill and the phase line at what the server's market clock says.

import * as socket from "./socket.js";

const WORDS = {
  open: { text: "Open", token: "pos", shape: "●", phase: "Live Session" },
  "pre-market": { text: "Pre-Market", token: "warn", shape: "◆", phase: "Pre-Market Prep" },
  "after-hours": { text: "After Hours", token: "info", shape: "●", phase: "After-Hours Review" },
  closed: { text: "Closed", token: "mute", shape: "○", phase: "Market Closed" },
};

/** Apply every `status` frame. */
export function start() {
  socket.on("status", apply);
}

/** What stands behind the word: when it closes or opens, the holiday's name. */
export function detail(state) {
  if (state.status === "open") return state.isEarlyClose ? `early close ${state.closingTime}` : `until ${state.closingTime}`;
  if (state.status === "pre-market" && state.timeUntilOpen) return `opens in ${state.timeUntilOpen}`;
  if (state.holidayName) return state.holidayName;
  return state.nextOpen ? `opens ${state.nextOpen}` : "";
}

function apply(state) {
  const word = WORDS[state.status];
  if (!word) return;
  const pill = document.querySelector("[data-market-pill]");
  pill.dataset.status = state.status;
  pill.title = state.message;
  const dot = pill.querySelector(".dot");
  dot.className = `dot ${word.token}`;
  dot.textContent = word.shape;
  pill.querySelector("b").textContent = word.text;
  pill.querySelector("[data-market-detail]").textContent = detail(state);
  fill("[data-market-phase]", word.phase);
  fill("[data-market-message]", state.message);
}

function fill(selector, text) {
  for (const node of document.querySelectorAll(selector)) if (node.textContent !== text) node.textContent = text;
}
