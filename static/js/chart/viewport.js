// What part of the chart is seen: it follows the newest bar until the trader moves it, then it holds.

const RIGHT_MARGIN_BARS = 12;
const LEFT_MARGIN_BARS = 6;
const BAR_PX = 7;
const ZOOM = 0.8;
// What a setup came from, and what came of it.
const BARS_BEFORE = 60;
const BARS_AFTER = 30;

/** The view of one chart. */
export class Viewport {
  constructor(chart, plot) {
    this.chart = chart;
    this.plot = plot;
    this.follows = true;
    for (const name of ["wheel", "pointerdown", "touchstart"]) {
      plot.addEventListener(name, () => this.hold(), { passive: true });
    }
  }

  /** Show what matters first: the setup that the chart is about, or else the newest bars. */
  showFirst(data) {
    this.follows = true;
    if (data.markers.length) this.chart.timeScale().setVisibleLogicalRange(around(data));
    else this.showRecent(data.bars.length);
  }

  showRecent(count) {
    const fits = Math.max(30, Math.floor(this.plot.clientWidth / BAR_PX) - RIGHT_MARGIN_BARS);
    this.chart.timeScale().setVisibleLogicalRange({ from: count - Math.min(count, fits) - 0.5, to: count - 1 + RIGHT_MARGIN_BARS });
  }

  /** Show every bar. */
  fit() {
    this.hold();
    this.chart.timeScale().fitContent();
  }

  /** Run a change of data, and leave the trader's view where it was. */
  keeping(data, run) {
    const seen = this.follows ? null : this.chart.timeScale().getVisibleRange();
    run();
    if (this.follows) this.showFirst(data);
    else if (seen) this.chart.timeScale().setVisibleRange(seen);
  }

  zoom(closer) {
    const scale = this.chart.timeScale();
    const seen = scale.getVisibleLogicalRange();
    if (!seen) return;
    this.hold();
    const width = (seen.to - seen.from) * (closer ? ZOOM : 1 / ZOOM);
    scale.setVisibleLogicalRange({ from: seen.to - width, to: seen.to });
  }

  hold() {
    this.follows = false;
  }
}

/**
 * The bars to show around a setup, as indices: from before its trigger, or from the opening range it is about, to past
 * its end. A plan that is open has the newest bar for its end; without a plan there is only what came right after.
 */
export function around({ bars, markers: [trigger, exit], setups, openingRange }) {
  const place = (time) => Math.max(0, bars.findLastIndex((bar) => bar.time <= time));
  const edge = bars.length - 1 + RIGHT_MARGIN_BARS;
  const begin = place(trigger.time);
  const first = openingRange ? -LEFT_MARGIN_BARS : begin - BARS_BEFORE;
  const end = exit ? place(exit.time) + BARS_AFTER : setups.length ? edge : begin;
  return { from: Math.max(-LEFT_MARGIN_BARS, first), to: Math.min(Math.max(end, begin + BARS_BEFORE), edge) };
}
