// What part of the chart is seen: it follows the newest bar until the trader moves it, then it holds.

const RIGHT_MARGIN_BARS = 12;
const BAR_PX = 7;
const ZOOM = 0.8;

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

  /** Show the newest bars at a readable width. */
  showRecent(count) {
    this.follows = true;
    const fits = Math.max(30, Math.floor(this.plot.clientWidth / BAR_PX) - RIGHT_MARGIN_BARS);
    this.chart.timeScale().setVisibleLogicalRange({ from: count - Math.min(count, fits) - 0.5, to: count - 1 + RIGHT_MARGIN_BARS });
  }

  /** Show every bar. */
  fit() {
    this.hold();
    this.chart.timeScale().fitContent();
  }

  /** Run a change of data, and leave the trader's view where it was. */
  keeping(count, run) {
    const seen = this.follows ? null : this.chart.timeScale().getVisibleRange();
    run();
    if (this.follows) this.showRecent(count);
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
