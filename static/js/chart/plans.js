// The plans of tracked setups: entry, stop and target lines, and the shaded zones between them.

import { colour } from "./theme.js";
import { Zones } from "./zones.js";

const LONG_DASHES = 3;
const LINES = [["entry", "entry", "plan-entry"], ["stop", "stop", "plan-stop"], ["firstTarget", "target 1", "plan-target"], ["target", "target", "plan-target"]];

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
    // One plan needs no name before each price: it stands beside the chart.
    const bare = plans.length === 1;
    this.lines = plans.flatMap((plan) => LINES.map((look) => this.line(plan, look, bare)).filter(Boolean));
    this.zones.show(plans);
  }

  line(plan, [name, word, token], bare) {
    if (plan[name] === null) return null;
    const color = colour(token);
    // The line of a plan that ends is drawn with its zones; here is its price on the axis.
    const look = { lineWidth: 1, lineStyle: LONG_DASHES, lineVisible: plan.until === null, axisLabelVisible: true, axisLabelColor: color, axisLabelTextColor: colour("page") };
    return this.series.createPriceLine({ price: plan[name], color, title: bare ? word : `${plan.label} ${word}`, ...look });
  }
}
