// What the heatmap's bench runs in the browser: one map drawn by us, and by a chart library, each anew every time.

import * as echarts from "/static/vendor/echarts/echarts.esm.min.mjs";
import { Grid } from "/static/js/heatmap/grid.js";
import { MODES } from "/static/js/heatmap/modes.js";
import { Plot } from "/static/js/heatmap/plot.js";
import { makeRamp } from "/static/js/heatmap/ramp.js";
import { makeScale } from "/static/js/heatmap/scale.js";
import { whole } from "/static/js/heatmap/window.js";

/** Milliseconds of each of `runs` drawings by us and by the library, and the cells that we drew. */
export function drawings({ strikes, expiries, runs }) {
  const cells = strikes * expiries;
  const volume = Array.from({ length: cells }, (_, cell) => (cell * 7919) % 10007);
  const grid = new Grid({
    strikes: Array.from({ length: strikes }, (_, line) => 5000 + 5 * line),
    expiries: Array.from({ length: expiries }, (_, column) => ({ date: `2026-03-${10 + column}`, label: `03/${10 + column}`, dte: column })),
    at: volume.map((_, cell) => cell),
    values: { volume },
    spot: 5000 + 2.5 * strikes,
  });
  const ours = drawnByUs(grid, runs);
  return { ours, theirs: drawnByLibrary(grid, runs), cells: Number(document.querySelector("#ours canvas").dataset.cells) };
}

function drawnByUs(grid, runs) {
  const plot = new Plot(document.querySelector("#ours"));
  const [mode, values, seen] = [MODES.volume, grid.values("volume"), whole(grid.strikes.length)];
  return timed(runs, () => plot.draw({ grid, seen, mode, values, scale: makeScale(values), ramp: makeRamp(mode.tokens) }));
}

function drawnByLibrary(grid, runs) {
  const chart = echarts.init(document.querySelector("#theirs"), null, { renderer: "canvas" });
  const values = grid.values("volume");
  const data = values.map((value, cell) => [cell % grid.columns.length, Math.floor(cell / grid.columns.length), value]);
  const option = {
    animation: false,
    xAxis: { type: "category", data: grid.columns.map(({ label }) => label) },
    yAxis: { type: "category", data: grid.data.strikes },
    visualMap: { min: Math.min(...values), max: Math.max(...values) },
    series: [{ type: "heatmap", data }],
  };
  return timed(runs, () => {
    chart.setOption(option, { notMerge: true });
    chart.getZr().flush();
  });
}

function timed(runs, draw) {
  return Array.from({ length: runs }, () => {
    const started = performance.now();
    draw();
    return performance.now() - started;
  });
}
