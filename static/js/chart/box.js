// Draws the opening range: a box over its minutes and dotted edges out to the close.

import { Primitive } from "./primitive.js";
import { colour, translucent } from "./theme.js";

/** A primitive; `show(range, close)` takes `{from, to, until, high, low}` in Unix seconds and prices, or null. */
export class RangeBox extends Primitive {
  constructor() {
    // Its name on top: the candles after the range stand where it does.
    super(["bottom", (target) => this.draw(target)], ["top", (target) => this.name(target)]);
    this.range = null;
    this.close = null;
  }

  show(range, close) {
    this.range = range;
    this.close = close;
    this.requestUpdate?.();
  }

  draw(target) {
    const shape = this.range && this.chart && this.shape();
    if (!shape) return;
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      const end = Math.min(shape.until ?? mediaSize.width, mediaSize.width);
      context.fillStyle = translucent(this.token(), 0.16);
      context.fillRect(shape.left, shape.top, shape.right - shape.left, shape.bottom - shape.top);
      context.strokeStyle = colour("range-edge");
      context.lineWidth = 1;
      context.setLineDash([2, 3]);
      for (const y of [shape.top, shape.bottom]) line(context, shape.left, end, y);
      context.setLineDash([]);
    });
  }

  name(target) {
    const shape = this.range && this.chart && this.shape();
    if (!shape) return;
    target.useMediaCoordinateSpace(({ context }) => {
      const text = `OR ${this.range.minutes}m`;
      context.font = "12px sans-serif";
      const [left, width] = [Math.max(4, shape.left), context.measureText(text).width];
      context.fillStyle = translucent("chart", 0.85);
      context.fillRect(left, shape.top - 18, width + 8, 16);
      context.fillStyle = colour("range-edge");
      context.fillText(text, left + 4, shape.top - 6);
    });
  }

  shape() {
    const scale = this.chart.timeScale();
    const at = (time, bars) => {
      // Whole bars only have a place; half of one is added by hand.
      const place = scale.logicalToCoordinate(scale.timeToIndex(time, true) ?? -1);
      return place === null ? null : place + bars * scale.options().barSpacing;
    };
    const [left, right] = [at(this.range.from, -0.5), at(this.range.to, -0.5)];
    const [top, bottom] = [this.series.priceToCoordinate(this.range.high), this.series.priceToCoordinate(this.range.low)];
    if ([left, right, top, bottom].some((place) => place === null)) return null;
    return { left, right: Math.max(right, left + 2), top, bottom, until: this.range.over ? at(this.range.until, 0.5) : null };
  }

  // Above is green, below red, inside grey.
  token() {
    if (this.close > this.range.high) return "pos";
    return this.close < this.range.low ? "neg" : "mute";
  }
}

function line(context, from, to, y) {
  context.beginPath();
  context.moveTo(from, Math.round(y) + 0.5);
  context.lineTo(to, Math.round(y) + 0.5);
  context.stroke();
}
