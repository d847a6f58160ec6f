// Shades what a plan risks and what it may earn, from its detection to its end, or to the right edge while it has none.

import { Primitive } from "./primitive.js";
import { colour, translucent } from "./theme.js";

const SHADE = 0.08;
const LINES = [["entry", "plan-entry"], ["stop", "plan-stop"], ["firstTarget", "plan-target"], ["target", "plan-target"]];

/** A primitive; `show(plans)` takes `{at, until, entry, stop, firstTarget, target}`, times in Unix seconds. */
export class Zones extends Primitive {
  constructor() {
    super(["bottom", (target) => this.draw(target)]);
    this.plans = [];
  }

  /** Make room for the whole of a plan that ends, while any of it is in view. */
  autoscaleInfo(first, last) {
    const seen = this.plans.filter((plan) => plan.until !== null && this.index(plan.at) <= last && this.index(plan.until) >= first);
    const prices = seen.flatMap((plan) => LINES.map(([name]) => plan[name])).filter((price) => price !== null);
    return prices.length ? { priceRange: { minValue: Math.min(...prices), maxValue: Math.max(...prices) } } : null;
  }

  show(plans) {
    this.plans = plans;
    this.requestUpdate?.();
  }

  draw(target) {
    if (!this.chart || !this.plans.length) return;
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      for (const plan of this.plans) {
        const { left, right } = this.span(plan, mediaSize.width);
        this.band(context, left, right, plan.entry, plan.stop, translucent("plan-stop", SHADE));
        this.band(context, left, right, plan.entry, plan.target, translucent("plan-target", SHADE));
        if (plan.until !== null) this.lines(context, left, right, plan);
      }
    });
  }

  /** From where to where a plan is drawn; one that has not ended goes on to the edge. */
  span({ at, until }, width) {
    const scale = this.chart.timeScale();
    const place = (time, otherwise) => (time === null ? otherwise : (scale.logicalToCoordinate(this.index(time)) ?? otherwise));
    const newest = this.series.data().at(-1)?.time ?? Infinity;
    const left = Math.max(0, place(at, 0));
    return { left, right: until === null || until > newest ? width : Math.max(place(until, width), left + scale.options().barSpacing) };
  }

  band(context, left, right, entry, level, fill) {
    if (entry === null || level === null) return;
    const [one, other] = [this.series.priceToCoordinate(entry), this.series.priceToCoordinate(level)];
    if (one === null || other === null) return;
    context.fillStyle = fill;
    context.fillRect(left, Math.min(one, other), right - left, Math.abs(one - other));
  }

  lines(context, left, right, plan) {
    context.lineWidth = 1;
    context.setLineDash([6, 4]);
    for (const [name, token] of LINES) {
      const y = plan[name] === null ? null : this.series.priceToCoordinate(plan[name]);
      if (y === null) continue;
      context.strokeStyle = colour(token);
      context.beginPath();
      context.moveTo(left, Math.round(y) + 0.5);
      context.lineTo(right, Math.round(y) + 0.5);
      context.stroke();
    }
    context.setLineDash([]);
  }

  index(time) {
    return this.chart.timeScale().timeToIndex(time, true) ?? 0;
  }
}
