// The plans of tracked setups: entry, stop and target lines, and the shaded zones between them.

import { colour } from "./theme.js";
import { Zones } from "./zones.js";

const LONG_DASHES = 3;
const NARROW_PX = 640;
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
    // One plan on a phone needs no name before each price: it stands below the chart.
    const bare = plans.length === 1 && innerWidth < NARROW_PX;
    this.lines = plans.flatMap((plan) => LINES.map(([name, token]) => this.line(plan, name, token, bare)).filter(Boolean));
    this.zones.show(plans);
  }

  line(plan, name, token, bare) {
    if (plan[name] === null) return null;
    const color = colour(token);
    const look = { lineWidth: 1, lineStyle: LONG_DASHES, axisLabelVisible: true, axisLabelColor: color, axisLabelTextColor: colour("page") };
    return this.series.createPriceLine({ price: plan[name], color, title: bare ? name : `${plan.label} ${name}`, ...look });
  }
}
