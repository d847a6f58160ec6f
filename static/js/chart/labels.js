// The labels of a chart's markers, and how each marker looks.

import { Primitive } from "./primitive.js";
import { colour, translucent } from "./theme.js";

const DOWN = ["short", "bearish"];
const ENDS = { win: "plan-target", loss: "plan-stop" };
const LABEL_PX = { height: 18, away: 26, pad: 5 };

/** How a marker looks: the trigger stands behind the move, a win ahead of it, and a loss behind it. */
export function look({ time, kind, direction, outcome }) {
  const down = DOWN.includes(direction);
  const side = (ahead) => (ahead === down ? "belowBar" : "aboveBar");
  if (kind === "trigger") return { time, token: down ? "neg" : "pos", shape: down ? "arrowDown" : "arrowUp", position: side(false), size: 1.4 };
  return { time, token: ENDS[outcome] ?? "text-2", shape: "circle", position: side(outcome !== "loss"), size: 1 };
}

/** A primitive; the library itself would write the labels bare over the candles. */
export class Labels extends Primitive {
  constructor() {
    super(["top", (target) => this.draw(target)]);
    this.looks = [];
  }

  show(looks) {
    this.looks = looks;
    this.requestUpdate?.();
  }

  draw(target) {
    if (!this.chart) return;
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.font = "12px sans-serif";
      for (const each of this.looks) this.label(context, mediaSize.width, each);
    });
  }

  label(context, width, { time, text, token, position }) {
    const scale = this.chart.timeScale();
    const index = scale.timeToIndex(time, true);
    const bar = index === null ? null : this.series.dataByIndex(index);
    const x = bar && scale.logicalToCoordinate(index);
    const below = position === "belowBar";
    const y = bar && this.series.priceToCoordinate(below ? bar.low : bar.high);
    if (x === null || y === null || x < 0 || x > width) return;
    const { height, away, pad } = LABEL_PX;
    const wide = context.measureText(text).width + 2 * pad;
    const left = Math.min(Math.max(0, x - wide / 2), width - wide);
    const top = below ? y + away : y - away - height;
    context.fillStyle = translucent("chart", 0.85);
    context.fillRect(left, top, wide, height);
    context.fillStyle = colour(token);
    context.fillText(text, left + pad, top + height - pad);
  }
}
