// Shades what a plan risks and what it may earn, from its detection to the right edge.

import { translucent } from "./theme.js";

const SHADE = 0.08;

/** A series primitive; `show(plans)` takes `{at, entry, stop, target}` with `at` in Unix seconds. */
export class Zones {
  constructor() {
    this.plans = [];
    this.views = [{ zOrder: () => "bottom", renderer: () => ({ draw: (target) => this.draw(target) }) }];
  }

  attached({ chart, series, requestUpdate }) {
    Object.assign(this, { chart, series, requestUpdate });
  }

  detached() {
    this.chart = null;
  }

  paneViews() {
    return this.views;
  }

  show(plans) {
    this.plans = plans;
    this.requestUpdate?.();
  }

  draw(target) {
    if (!this.chart || !this.plans.length) return;
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      for (const plan of this.plans) {
        this.band(context, mediaSize.width, plan, plan.stop, translucent("plan-stop", SHADE));
        this.band(context, mediaSize.width, plan, plan.target, translucent("plan-target", SHADE));
      }
    });
  }

  band(context, width, { at, entry }, level, fill) {
    if (entry === null || level === null) return;
    const scale = this.chart.timeScale();
    const index = at === null ? null : scale.timeToIndex(at, true);
    const left = index === null ? 0 : Math.max(0, scale.logicalToCoordinate(index) ?? 0);
    const [one, other] = [this.series.priceToCoordinate(entry), this.series.priceToCoordinate(level)];
    if (one === null || other === null) return;
    context.fillStyle = fill;
    context.fillRect(left, Math.min(one, other), width - left, Math.abs(one - other));
  }
}
