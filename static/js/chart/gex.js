// Where dealers' hedging turns or holds the price: flip, largest exposure and key strikes, one line a price.

import { colour } from "./theme.js";

const [SOLID, DASHED] = [0, 2];
// In the order in which one of two lines at the same price gives its look.
const LOOKS = {
  flip: { token: "level-gex-flip", lineWidth: 3, lineStyle: DASHED },
  max: { token: "gex", lineWidth: 3, lineStyle: SOLID },
  magnet: { token: "gex", lineWidth: 2, lineStyle: SOLID },
  support: { token: "gex-support", lineWidth: 1, lineStyle: DASHED },
  resistance: { token: "gex-resistance", lineWidth: 1, lineStyle: DASHED },
};
const ORDER = Object.keys(LOOKS);

/** The lines of a candle series. */
export class GexLines {
  constructor(series) {
    this.series = series;
    this.levels = [];
    this.lines = [];
  }

  /** Take what the server says: `{levels: [{kind, label, price}]}`. */
  take({ levels }) {
    this.levels = merged(levels);
  }

  draw(on) {
    for (const line of this.lines) this.series.removePriceLine(line);
    this.lines = on ? this.levels.map((level) => this.series.createPriceLine(look(level))) : [];
  }
}

function look({ kind, labels, price }) {
  const { token, ...line } = LOOKS[kind];
  const color = colour(token);
  return { price, color, ...line, title: labels.join(" · "), axisLabelVisible: true, axisLabelColor: color, axisLabelTextColor: colour("page") };
}

function merged(levels) {
  const byPrice = new Map();
  for (const { kind, label, price } of [...levels].sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind))) {
    const key = price.toFixed(2);
    const before = byPrice.get(key);
    if (before) before.labels.push(label);
    else byPrice.set(key, { kind, price, labels: [label] });
  }
  return [...byPrice.values()];
}
