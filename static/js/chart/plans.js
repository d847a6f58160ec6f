// The plans of tracked setups: entry, stop and target lines, and the shaded zones between them.

import { colour } from "./theme.js";
import { Zones } from "./zones.js";

const LONG_DASHES = 3;
const LINES = [["entry", "plan-entry"], ["stop", "plan-stop"], ["target", "plan-target"]];

/** Draws plans on a candle series. */
export class Plans {
  constructor(series) {
    this.series = series;
    this.lines = [];
    this.zones = new Zones();
    series.attachPrimitive(this.zones);
  }

  /** Draw these plans; an empty list draws none. */
  draw(plans) {
    for (const line of this.lines) this.series.removePriceLine(line);
    this.lines = plans.flatMap((plan) => LINES.map(([name, token]) => this.line(plan, name, token)).filter(Boolean));
    this.zones.show(plans);
  }

  line(plan, name, token) {
    if (plan[name] === null) return null;
    const color = colour(token);
    const look = { lineWidth: 1, lineStyle: LONG_DASHES, axisLabelVisible: true, axisLabelColor: color, axisLabelTextColor: colour("page") };
    return this.series.createPriceLine({ price: plan[name], color, title: `${plan.label} ${name}`, ...look });
  }
}
