// Cards that are asked for, fail and refresh by themselves, while they can be seen. One that fails keeps what it showed.

import { behaviour, mount, unmount } from "./page.js";
import { getPartial } from "./http.js";

/** Bind every card. */
export function start() {
  behaviour("[data-card]", (node) => new Card(node).bind());
}

class Card {
  constructor(node) {
    this.node = node;
    this.body = node.querySelector("[data-card-body]");
  }

  bind() {
    this.node.addEventListener("click", ({ target }) => {
      if (target.closest("[data-card-retry]")) this.load();
      if (target.closest("[data-card-force]")) this.load("&force=1");
    });
    this.node.addEventListener("coach:shown", () => this.load());
    const every = Number(this.node.dataset.every);
    const timer = every && setInterval(() => document.visibilityState === "visible" && !this.isRead() && this.load(), every);
    this.load();
    return () => {
      clearInterval(timer);
      this.gone = true;
    };
  }

  // Nothing is taken away from under a reader.
  isRead() {
    return Boolean(this.body.querySelector("details[open]"));
  }

  async load(more = "") {
    if (this.busy || this.node.hidden) return;
    this.busy = true;
    this.node.setAttribute("aria-busy", "true");
    const fresh = await getPartial(this.node.dataset.source + more).catch((problem) => this.failure(problem));
    this.busy = false;
    this.node.removeAttribute("aria-busy");
    if (!this.gone) this.show(fresh);
  }

  show(fresh) {
    const trouble = fresh.querySelector("[data-testid=card-failed]");
    this.body.querySelector("[data-testid=card-failed]")?.remove();
    if (trouble && this.body.querySelector(".pulse")) {
      this.body.prepend(trouble);
      return;
    }
    unmount(this.body, { content: true });
    this.body.replaceChildren(fresh);
    mount(this.body);
    this.node.dispatchEvent(new CustomEvent("coach:card", { bubbles: true }));
  }

  failure(problem) {
    const box = Object.assign(document.createElement("div"), { className: "card-body failed" });
    box.dataset.testid = "card-failed";
    const text = Object.assign(document.createElement("p"), { textContent: problem.message });
    const again = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: "Retry" });
    again.dataset.cardRetry = "";
    box.append(text, again);
    const fresh = document.createDocumentFragment();
    fresh.append(box);
    return fresh;
  }
}
