// The earnings panel: the chart of past reports, loaded with its library when it is there, and the crush simulator.

import { behaviour } from "./page.js";
import { changePercent, dash, money, pnl } from "./formats.js";
import { outcome } from "./crush.js";

const KEYS = { PageUp: 5, PageDown: -5 };

/** Bind the panel's parts. */
export function start() {
  behaviour("[data-moves]", drawMoves);
  behaviour("[data-crush]", (node) => new Simulator(node).bind());
}

function drawMoves(node) {
  let plot = null;
  let gone = false;
  const data = JSON.parse(document.getElementById("moves-data").textContent);
  import("./moves_plot.js").then(({ draw }) => {
    if (!gone) plot = draw(node, data);
  });
  return () => {
    gone = true;
    plot?.stop();
  };
}

class Simulator {
  constructor(node) {
    this.node = node;
    this.data = JSON.parse(document.getElementById("crush-data").textContent);
    this.crush = node.querySelector("#crush-pct");
    this.move = node.querySelector("#spot-move");
  }

  bind() {
    if (!this.crush) return;
    for (const slider of [this.crush, this.move]) {
      slider.addEventListener("input", () => this.show());
      slider.addEventListener("keydown", (event) => this.pressed(event, slider));
    }
    this.show();
  }

  pressed(event, slider) {
    const step = KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    slider.value = String(Number(slider.value) + step);
    this.show();
  }

  show() {
    const [crush, move] = [Number(this.crush.value), Number(this.move.value)];
    const found = outcome(this.data, crush, move);
    this.say("crush-said", `${crush}%`);
    this.say("move-said", `${move > 0 ? "+" : ""}${move}%`);
    const unknown = found.after === null;
    this.say("after", unknown ? dash("the volatility is not known") : money(found.after));
    this.say("change", unknown ? dash("the volatility is not known") : `${pnl(found.change)} (${changePercent(found.percent)})`);
    this.node.querySelector("[data-change]").className = unknown ? "num" : `num ${found.change < 0 ? "neg" : "pos"}`;
    this.say("breakeven", found.breakeven);
  }

  say(name, said) {
    this.node.querySelector(`[data-${name}]`).replaceChildren(said);
  }
}
