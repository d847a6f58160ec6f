// Banners of advice on a card: they come, are answered and end without moving anything that stands there.

const ANSWERED = { snooze: "Put off for an hour.", dismiss: "Dismissed.", ack: "Noted." };

/** Put the banners of a fresh card on the one that is shown: what is new below, what is over goes to make room. */
export function advise(card, fresh) {
  const list = card.querySelector("[data-advice-list]");
  for (const done of list.querySelectorAll("[data-advice-id].over")) done.remove();
  const none = list.querySelector("[data-no-advice]");
  for (const banner of [...fresh.querySelectorAll("[data-advice-id]")].reverse()) {
    const shown = list.querySelector(`[data-advice-id="${CSS.escape(banner.dataset.adviceId)}"]`);
    if (!shown) none.before(banner);
    else if (!shown.contains(document.activeElement)) shown.replaceWith(banner);
  }
  none.hidden = list.querySelector("[data-advice-id]") !== null;
}

/** What became of an advice, in words. */
export function becameOf({ state, reason }) {
  return ANSWERED[reason] ?? (state === "expired" ? "Its time is over." : "It is no longer so.");
}

/** Say on a banner what became of it; it keeps its place. */
export function over(banner, text) {
  const held = banner.contains(document.activeElement);
  banner.classList.add("over");
  const line = banner.querySelector("[data-over]");
  line.textContent = text;
  line.hidden = false;
  banner.querySelector("[data-answers]").inert = true;
  if (held) banner.closest("[data-advice]").focus({ preventScroll: true });
}
