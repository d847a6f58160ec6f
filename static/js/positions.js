// The positions panel: figures are painted as they arrive, single cards change in their place, and nothing else moves.

import { behaviour, mount, unmount } from "./page.js";
import { getJson, getPartial } from "./http.js";
import { bindActs } from "./positions_acts.js";
import { advise, becameOf, over } from "./positions_advice.js";
import { cells, kept, totals } from "./positions_figures.js";
import { clock, clockSeconds, dash, money, pnl } from "./formats.js";
import { announce } from "./toast.js";
import * as socket from "./socket.js";

const POLL_MS = 30_000;
const GATHER_MS = 150;
const FLASH_MS = 700;
const PLAN_MS = 30_000;

/** Bind the panel. */
export function start() {
  behaviour("[data-positions]", (node) => new Positions(node).bind());
}

/** The cards on the page, and what they are together. */
export class Positions {
  constructor(node) {
    this.node = node;
    this.list = node.querySelector("[data-list]");
    this.waiting = { cards: new Set(), advice: new Set() };
    this.timer = null;
    this.planAt = Date.now();
  }

  bind() {
    const stops = [
      socket.on("position_update", ({ data }) => this.priced(data.snapshot)),
      socket.on("position_changed", ({ data }) => (data.status === null ? this.ended(data.positionId, "Removed.") : this.ask("cards", data.positionId))),
      socket.on("position_closed", ({ data }) => this.ended(data.positionId, `Closed: ${pnl(data.realizedPnl)} after fees. It leaves this list with the next refresh.`)),
      socket.on("plan_breached", () => this.tellPlan()),
      socket.on("position_advice", ({ data }) => this.ask("advice", data.advice.positionId)),
      socket.on("position_advice_changed", ({ data }) => this.answered(data)),
      socket.on("state", ({ name }) => this.connected(name)),
    ];
    bindActs(this);
    // Opening a disclosure does not bubble.
    this.node.addEventListener("toggle", ({ target }) => target.open && target.matches("[data-day]") && this.explain(target), true);
    const polling = setInterval(() => socket.state().name !== "live" && !document.hidden && this.poll(), POLL_MS);
    this.showLinked();
    return () => {
      stops.forEach((stop) => stop());
      clearInterval(polling);
      clearTimeout(this.timer);
    };
  }

  /** The card of a position, null when it is not on the page. */
  card(id) {
    return this.list.querySelector(`[data-position="${CSS.escape(id)}"]`);
  }

  priced(said) {
    const card = this.card(said.id);
    if (!card || card.dataset.ended !== undefined) return;
    const before = JSON.parse(card.dataset.kept).pnl;
    const held = kept(said);
    card.dataset.kept = JSON.stringify(held);
    paint(card, cells(said));
    paintLegs(card, said.legs);
    card.classList.toggle("old", said.stale);
    tellAge(card, said);
    if (before !== null && held.pnl !== null && before !== held.pnl) flash(card, held.pnl > before);
    this.sum(said.updatedAt);
  }

  /** Paint what the cards are together: always the sum of what stands on them. */
  sum(updatedAt) {
    const held = [...this.list.querySelectorAll("[data-position]:not([data-ended])")].map((card) => JSON.parse(card.dataset.kept));
    paint(this.node.querySelector("[data-sums]"), totals(held));
    for (const row of this.node.querySelectorAll("[data-group]")) {
      paint(row, totals(held.filter(({ symbol }) => symbol === row.dataset.group)));
    }
    if (Date.now() - this.planAt > PLAN_MS) this.tellPlan();
    if (updatedAt) this.node.querySelector("[data-updated]").textContent = clockSeconds(new Date(updatedAt));
  }

  /** Ask how the day stands against the trader's plan; after prices alone not too often. */
  async tellPlan() {
    this.planAt = Date.now();
    const strip = this.node.querySelector("[data-plan]");
    const fresh = await getPartial(strip.dataset.plan).catch(() => null);
    if (fresh) strip.replaceChildren(fresh);
  }

  async explain(details) {
    const body = details.querySelector("[data-day-body]");
    const fresh = await getPartial(details.dataset.day).catch((problem) => problem.message);
    body.replaceChildren(fresh);
  }

  // Many positions may change at once; they are asked for together.
  ask(what, id) {
    this.waiting[what].add(id);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const { cards: whole, advice } = this.waiting;
      this.waiting = { cards: new Set(), advice: new Set() };
      this.load([...whole], [...advice].filter((id) => !whole.has(id)));
    }, GATHER_MS);
  }

  /** Fetch cards, put them in their places, and what all are together; of some only the advice. */
  async load(ids, advised = []) {
    const partial = await getPartial(`${this.node.dataset.rows}?ids=${[...ids, ...advised].join(",")}`).catch(() => null);
    if (!partial || !this.node.isConnected) return;
    const fresh = new Map([...partial.querySelectorAll("[data-position]")].map((card) => [card.dataset.position, card]));
    for (const id of ids) if (fresh.has(id)) this.replace(this.card(id), fresh.get(id));
    for (const id of advised) if (fresh.has(id) && this.card(id)) advise(this.card(id), fresh.get(id));
    if (ids.length) this.tellWhole(partial.querySelector("[data-whole]"));
  }

  tellWhole(fresh) {
    const whole = this.node.querySelector("[data-whole]");
    whole.replaceChildren(...fresh.childNodes);
    this.sum(null);
    this.tellPlan();
    this.filled();
  }

  replace(shown, fresh) {
    if (!shown) {
      this.list.append(fresh);
      mount(fresh);
      return;
    }
    const focused = shown.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    const opened = [...shown.querySelectorAll("details[open]")].map((details) => details.dataset.testid);
    for (const name of opened) fresh.querySelector(`details[data-testid="${name}"]`)?.setAttribute("open", "");
    unmount(shown);
    shown.replaceWith(fresh);
    mount(fresh);
    if (focused) (fresh.querySelector(`[data-testid="${focused}"]`) ?? fresh.querySelector("a, button")).focus({ preventScroll: true });
  }

  answered(answer) {
    const banner = this.card(answer.positionId)?.querySelector(`[data-advice-id="${CSS.escape(answer.adviceId)}"]`);
    if (banner && !banner.classList.contains("over")) over(banner, becameOf(answer));
  }

  ended(id, text) {
    const card = this.card(id);
    if (!card || card.dataset.ended !== undefined) return;
    card.dataset.ended = "";
    this.say(card, text);
    announce(`${card.dataset.name}: ${text}`);
    this.load([id]);
    this.sum(null);
  }

  /** Take a card off the page and give its focus to its neighbour. */
  remove(card) {
    if (!card) return;
    const next = card.nextElementSibling ?? card.previousElementSibling;
    unmount(card);
    card.remove();
    (next?.querySelector("a, button") ?? this.node.querySelector("h1")).focus({ preventScroll: true });
    this.sum(null);
    this.filled();
  }

  filled() {
    this.node.querySelector("[data-empty]").hidden = this.list.childElementCount > 0;
  }

  /** Say something on a card. */
  say(card, text) {
    const line = card.querySelector("[data-message]");
    line.textContent = text;
    line.hidden = !text;
  }

  connected(name) {
    if (name === "live" && this.lost) this.poll();
    this.lost = name !== "live";
  }

  async poll() {
    const { positions } = await getJson(this.node.dataset.liveApi).catch(() => ({ positions: [] }));
    for (const said of positions) this.priced(said);
  }

  showLinked() {
    const card = location.hash.startsWith("#position-") && document.getElementById(location.hash.slice(1));
    if (!card) return;
    card.classList.add("arrived");
    card.scrollIntoView({ block: "center" });
  }
}

function paint(node, figures) {
  for (const cell of node.querySelectorAll("[data-figure]")) {
    const { text, token } = figures[cell.dataset.figure] ?? { text: null, token: "" };
    for (const name of ["pos", "neg", "warn", "mute"]) cell.classList.toggle(name, name === token);
    if (text === null) cell.replaceChildren(dash(cell.dataset.none));
    else if (cell.textContent !== text) cell.textContent = text;
  }
}

function paintLegs(card, legs) {
  for (const leg of legs) {
    const row = card.querySelector(`[data-leg="${CSS.escape(leg.contract)}"]`);
    for (const cell of row?.querySelectorAll("[data-quote]") ?? []) {
      const text = money(leg[cell.dataset.quote]);
      if (text !== null) cell.textContent = text;
      else cell.replaceChildren(dash("no quote"));
    }
  }
}

function tellAge(card, said) {
  if (said.unavailable?.includes("pnl")) return;
  const source = cells(said).source.text;
  card.querySelector("[data-age]").textContent = `${said.stale ? "Old: " : ""}${source} of ${clock(new Date(said.asOf))}`;
}

function flash(card, up) {
  const [name, other] = up ? ["flash-up", "flash-down"] : ["flash-down", "flash-up"];
  const ring = up ? "ring-up" : "ring-down";
  const value = card.querySelector("[data-ring]");
  value.classList.remove(other);
  value.classList.add(name);
  card.classList.add(ring);
  setTimeout(() => {
    value.classList.remove(name);
    card.classList.remove(ring);
  }, FLASH_MS);
}
