// The LEAPS panel: a projection is read when its card is opened, a roll in a drawer, a deletion after a question.

import { behaviour, mount, unmount } from "./page.js";
import { confirm } from "./dialogs.js";
import { getPartial, send } from "./http.js";
import { refresh } from "./panels.js";

/** Bind the panel. */
export function start() {
  behaviour("[data-leaps]", (node) => new Leaps(node).bind());
}

class Leaps {
  constructor(node) {
    this.node = node;
    this.dialog = node.querySelector("[data-roll-dialog]");
  }

  bind() {
    this.node.addEventListener("click", (event) => this.clicked(event));
    // Opening a disclosure does not bubble.
    this.node.addEventListener("toggle", ({ target }) => target.open && target.matches("[data-projection]") && this.project(target), true);
    this.dialog.addEventListener("submit", (event) => this.calculate(event));
    // What was opened before the scripts had started.
    for (const opened of this.node.querySelectorAll("[data-projection][open]")) this.project(opened);
  }

  clicked(event) {
    const retry = event.target.closest("[data-projection-retry]");
    if (retry) this.project(retry.closest("[data-projection]"));
    if (event.ctrlKey || event.metaKey) return;
    const roll = event.target.closest("[data-roll]");
    const erase = event.target.closest("[data-delete]");
    if (roll || erase) event.preventDefault();
    const card = event.target.closest("[data-row]");
    if (roll) this.roll(roll.href, card);
    if (erase) this.erase(card);
  }

  async project(details) {
    const body = details.querySelector("[data-projection-body]");
    if (body.getAttribute("aria-busy") || body.querySelector("table")) return;
    body.setAttribute("aria-busy", "true");
    const fresh = await getPartial(details.dataset.projection).catch((problem) => failure(problem));
    body.removeAttribute("aria-busy");
    unmount(body, { content: true });
    body.replaceChildren(fresh);
    mount(body);
  }

  async roll(address, card) {
    try {
      this.dialog.replaceChildren(await getPartial(address));
      this.dialog.showModal();
    } catch (problem) {
      say(card, problem.message);
    }
  }

  async calculate(event) {
    const form = event.target;
    if (!form.matches("[data-roll-form]")) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.setAttribute("aria-busy", "true");
    try {
      const asked = new URLSearchParams(new FormData(form));
      this.dialog.replaceChildren(await getPartial(`${form.action}?${asked}`));
      this.dialog.querySelector("[name=strike]").focus();
    } catch (problem) {
      form.append(failure(problem));
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  async erase(card) {
    const yes = await confirm({ title: `Delete ${card.dataset.name}?`, text: "The position and its thesis are gone for good.", yes: "Delete" });
    if (!yes) return;
    try {
      await send("DELETE", `${this.node.dataset.api}/${card.dataset.row}`);
      await refresh();
    } catch (problem) {
      say(card, problem.message);
    }
  }
}

function say(card, text) {
  const line = card.querySelector("[data-message]");
  line.textContent = text;
  line.hidden = false;
}

function failure(problem) {
  const box = Object.assign(document.createElement("div"), { className: "leaps-trouble" });
  box.dataset.testid = "projection-trouble";
  const text = Object.assign(document.createElement("p"), { className: "warn", textContent: problem.message });
  const again = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: "Retry" });
  again.dataset.projectionRetry = "";
  box.append(text, again);
  return box;
}
