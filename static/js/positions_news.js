// Hears what is advised about positions on every page: urgent advice stays in the corner until it is dismissed.

import * as socket from "./socket.js";
import { go } from "./panels.js";
import { announce, toast } from "./toast.js";

/** Listen for as long as the page lives. */
export function start() {
  socket.hold({ channels: ["positions"] });
  // In quiet hours, or for who wants none, the banner on the panel is all.
  socket.on("position_advice", ({ data }) => data.interrupt !== false && tell(data.advice));
  socket.on("plan_breached", ({ data }) => toast({ text: "Your plan", detail: data.message, token: data.severity === "breach" ? "neg" : "warn", at: data.breachedAt }));
}

function tell(advice) {
  // On the panel itself the banner says it.
  if (document.querySelector("[data-positions]")) {
    announce(advice.message);
    return;
  }
  const high = advice.urgency === "high";
  const open = { label: "Open", run: () => go(`/coach/positions/#position-${advice.positionId}`) };
  toast({ text: high ? "Urgent advice" : "Advice", detail: advice.message, token: high ? "neg" : "warn", action: open, at: advice.firstToldAt, sticky: high });
}
