// Support and resistance as lines with a label on the axis; one line a price, each can be hidden.

import { colour } from "./theme.js";

const DASHED = 2;

/** The level lines of a candle series. */
export class Levels {
  constructor(series) {
    this.series = series;
    this.lines = [];
    this.hidden = new Set();
  }

  /** Draw these levels, `{name, price}` each, or none; levels at one price share a line and its label. */
  draw(levels, on) {
    for (const line of this.lines) this.series.removePriceLine(line);
    this.lines = on ? merged(levels.filter(({ name }) => !this.hidden.has(name))).map((level) => this.line(level)) : [];
  }

  hide(name, hidden) {
    if (hidden) this.hidden.add(name);
    else this.hidden.delete(name);
  }

  line({ names, price, own }) {
    const color = colour(`level-${names[0].toLowerCase().replaceAll(" ", "-")}`);
    // What the setup of a chart is about stands out among what merely lies there.
    const look = { lineWidth: own ? 2 : 1, lineStyle: DASHED, axisLabelVisible: true, axisLabelColor: color, axisLabelTextColor: colour("page") };
    return this.series.createPriceLine({ price, color, title: names.join(" "), ...look });
  }
}

/** The nearest level to a price: its name and the distance to it. */
export function nearest(levels, price) {
  const near = levels.reduce((best, level) => (!best || Math.abs(level.price - price) < Math.abs(best.price - price) ? level : best), null);
  return near && { name: near.name, distance: near.price - price };
}

function merged(levels) {
  const byPrice = new Map();
  for (const { name, price, own = false } of levels) {
    const key = price.toFixed(2);
    const before = byPrice.get(key);
    byPrice.set(key, { price, names: [...(before?.names ?? []), name], own: own || Boolean(before?.own) });
  }
  return [...byPrice.values()];
}
