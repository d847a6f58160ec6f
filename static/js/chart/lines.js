// The moving averages, VWAP and the two oscillators as series, on while their switch is on.

import { HistogramSeries, LineSeries } from "../../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { colour, translucent } from "./theme.js";

// The candles alone decide the price scale: an average that lags behind a gap would flatten them.
const NO_SCALE = { autoscaleInfoProvider: () => null };
const QUIET = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };
const PRICE_LINES = {
  ema8: { token: "ema8", lineWidth: 1 },
  ema21: { token: "ema21", lineWidth: 1 },
  vwap: { token: "vwap", lineWidth: 2 },
};
const OVERNIGHT_S = 6 * 3600;

/** Lines by overlay name; `draw(data, on)` makes the chart show exactly those that are on. */
export class Lines {
  constructor(chart) {
    this.chart = chart;
    this.series = new Map();
  }

  draw(data, on) {
    for (const name of Object.keys(PRICE_LINES)) this.toggle(name, on(name) && data[name]?.length, () => this.priceLine(name));
    this.toggle("rsi", on("rsi") && data.rsi?.length, () => this.rsi());
    this.toggle("macd", on("macd") && data.macd?.length, () => this.macd());
    for (const [name, parts] of this.series) fill(name, parts, data[name]);
  }

  /** The value of each drawn line at a time, for the legend. */
  valuesAt(data, time) {
    const shown = [];
    for (const name of this.series.keys()) {
      const point = data[name]?.findLast((candidate) => candidate.time <= time);
      if (point) shown.push([name, point.value]);
    }
    return shown;
  }

  toggle(name, wanted, make) {
    const parts = this.series.get(name);
    if (wanted && !parts) this.series.set(name, make());
    if (!wanted && parts) {
      parts.forEach((part) => this.chart.removeSeries(part));
      this.series.delete(name);
    }
  }

  priceLine(name) {
    const { token, lineWidth } = PRICE_LINES[name];
    return [this.chart.addSeries(LineSeries, { ...QUIET, ...NO_SCALE, color: colour(token), lineWidth })];
  }

  rsi() {
    const pane = this.chart.panes().length;
    const scale = { autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 100 } }) };
    const line = this.chart.addSeries(LineSeries, { ...QUIET, ...scale, color: colour("range-edge"), lineWidth: 1, title: "RSI 14" }, pane);
    for (const price of [30, 70]) line.createPriceLine({ price, color: colour("line-strong"), lineWidth: 1, lineStyle: 2, axisLabelVisible: true, title: "" });
    return [line];
  }

  macd() {
    const pane = this.chart.panes().length;
    const bars = this.chart.addSeries(HistogramSeries, { ...QUIET, title: "" }, pane);
    const line = this.chart.addSeries(LineSeries, { ...QUIET, color: colour("macd"), lineWidth: 1, title: "MACD" }, pane);
    const signal = this.chart.addSeries(LineSeries, { ...QUIET, color: colour("warn"), lineWidth: 1, title: "" }, pane);
    bars.createPriceLine({ price: 0, color: colour("line-strong"), lineWidth: 1, lineStyle: 0, axisLabelVisible: false, title: "" });
    return [line, signal, bars];
  }
}

// VWAP starts anew each session: no line leads from one day's last point to the next day's first.
function broken(points) {
  return points.map(({ time, value }, index) => {
    // A point's colour is that of the line leading away from it.
    const last = points[index + 1]?.time - time > OVERNIGHT_S;
    return last ? { time, value, color: "transparent" } : { time, value };
  });
}

function fill(name, parts, points) {
  const [line, signal, bars] = parts;
  line.setData(name === "vwap" ? broken(points) : points.map(({ time, value }) => ({ time, value })));
  if (name !== "macd") return;
  signal.setData(points.map(({ time, signal: value }) => ({ time, value })));
  bars.setData(points.map(({ time, histogram: value }) => ({ time, value, color: translucent(value < 0 ? "neg" : "pos", 0.35) })));
}
