// One lightweight-charts instance: candles, volume, lines, levels, opening range and plans over given data.

import { CandlestickSeries, HistogramSeries, createChart } from "../../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { RangeBox } from "./box.js";
import { GexLines } from "./gex.js";
import { Levels } from "./levels.js";
import { Lines } from "./lines.js";
import { Markers } from "./markers.js";
import { Marks } from "./marks.js";
import { Plans } from "./plans.js";
import { price } from "../formats.js";
import { colour, translucent } from "./theme.js";
import { label, tick } from "./time.js";

const CANDLES_TO_OSCILLATOR = 4;

/** A chart in `node`; `draw(data, on)` shows the data with the overlays that `on(name)` says. */
export class Plot {
  constructor(node, frame) {
    this.chart = createChart(node, options(frame));
    this.candles = this.chart.addSeries(CandlestickSeries, candleLook());
    this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, priceLineVisible: false, lastValueVisible: false });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.lines = new Lines(this.chart);
    this.levels = new Levels(this.candles);
    this.gex = new GexLines(this.candles);
    this.plans = new Plans(this.candles);
    this.markers = new Markers(this.candles);
    this.marks = new Marks(this.candles);
    this.box = new RangeBox();
    this.candles.attachPrimitive(this.box);
  }

  draw(data, on) {
    this.candles.setData(data.bars);
    // The last price of a session that is over is nobody's price.
    this.candles.applyOptions({ priceLineVisible: data.session !== null, lastValueVisible: data.session !== null });
    this.volume.setData(on("volume") && data.hasVolume ? data.bars.map(column) : []);
    this.lines.draw(data, on);
    this.share();
    this.overlays(data, on);
  }

  /** Draw again what does not depend on new bars. */
  overlays(data, on) {
    this.levels.draw(data.levels, on("levels"));
    this.gex.draw(on("gex"));
    this.plans.draw(data.setups.filter((setup) => on("setups") || setup.chosen));
    this.markers.draw(data.markers);
    this.marks.draw(data.marks);
    this.box.show(on("openingRange") ? data.openingRange : null, data.bars.at(-1)?.close ?? null);
  }

  /** Put one changed bar on the chart. */
  update(bar, data, on) {
    this.candles.update({ ...bar });
    if (on("volume") && data.hasVolume) this.volume.update(column(bar));
    this.box.show(on("openingRange") ? data.openingRange : null, bar.close);
  }

  /** Give the candles most of the height, and each oscillator the same part of the rest. */
  share() {
    const panes = this.chart.panes();
    if (panes.length === this.shared) return;
    panes.forEach((pane, index) => pane.setStretchFactor(index ? 1 : CANDLES_TO_OSCILLATOR));
    this.shared = panes.length;
  }

  remove() {
    this.chart.remove();
  }
}

function column(bar) {
  return { time: bar.time, value: bar.volume, color: translucent(bar.close >= bar.open ? "pos" : "neg", 0.35) };
}

function candleLook() {
  const [up, down] = [colour("pos"), colour("neg")];
  return { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false, priceLineStyle: 1, priceFormat: { type: "custom", formatter: price, minMove: 0.01 } };
}

function options(frame) {
  const grid = { color: translucent("line", 0.6) };
  return {
    autoSize: true,
    // The mark of the library stands below the chart as a link: its own would need an inline style.
    layout: { attributionLogo: false, background: { color: colour("chart") }, textColor: colour("text-2"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily, panes: { separatorColor: colour("line-strong") } },
    grid: { vertLines: grid, horzLines: grid },
    rightPriceScale: { borderColor: colour("line"), scaleMargins: { top: 0.1, bottom: 0.18 } },
    timeScale: { borderColor: colour("line"), timeVisible: frame !== "1D", secondsVisible: false, rightOffset: 12, tickMarkFormatter: tick, lockVisibleTimeRangeOnResize: true },
    localization: { timeFormatter: (time) => label(time, frame), locale: "en-US" },
    crosshair: { mode: 0, vertLine: { color: colour("mute"), labelBackgroundColor: colour("line-strong") }, horzLine: { color: colour("mute"), labelBackgroundColor: colour("line-strong") } },
  };
}
