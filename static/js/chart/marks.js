// Prices that a link wants drawn, such as a strike and its breakeven; the scale makes room for those that are near.

import { colour } from "./theme.js";

const DOTTED = 1;
// How far outside of the bars' own range a price may be and is still brought into view, in heights of that range.
const REACH = 1;

/** The marks of a candle series. */
export class Marks {
  constructor(series) {
    this.series = series;
    this.marks = [];
    this.lines = [];
    series.applyOptions({ autoscaleInfoProvider: (bars) => widened(bars(), this.marks) });
  }

  /** Draw these, `{label, price}` each. */
  draw(marks = []) {
    for (const line of this.lines) this.series.removePriceLine(line);
    this.marks = marks;
    const color = colour("info");
    const look = { color, lineWidth: 2, lineStyle: DOTTED, axisLabelVisible: true, axisLabelColor: color, axisLabelTextColor: colour("page") };
    this.lines = marks.map(({ label, price }) => this.series.createPriceLine({ price, title: label, ...look }));
  }
}

/** The range of the bars with every mark in it that is not too far away. */
export function widened(info, marks) {
  if (!info?.priceRange) return info;
  const { minValue, maxValue } = info.priceRange;
  const reach = REACH * (maxValue - minValue);
  const near = marks.map(({ price }) => price).filter((price) => price >= minValue - reach && price <= maxValue + reach);
  return { ...info, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } };
}
