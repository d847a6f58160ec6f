// Bars of a number by strike, centred on zero, with the spot and named levels as lines; ECharts draws them.

import * as echarts from "../vendor/echarts/echarts.esm.min.mjs";
import { colour } from "./chart/theme.js";
import { compact, price } from "./formats.js";

/** Draw the bars that `node` carries as JSON; returns how to take them away. */
export function open(node) {
  const data = JSON.parse(node.querySelector("script").textContent);
  const box = document.createElement("div");
  box.className = "bars-canvas";
  node.append(box);
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(options(data));
  const watcher = new ResizeObserver(() => chart.resize());
  watcher.observe(box);
  return () => {
    watcher.disconnect();
    chart.dispose();
  };
}

function options({ strikes, values, spot, flip, max }) {
  const step = between(strikes);
  const text = { color: colour("text-2"), fontSize: 12 };
  const rule = { lineStyle: { color: colour("line-strong") } };
  return {
    animation: false,
    // Room for the last label of each axis, and for a level's label above the highest strike.
    grid: { left: 4, right: 24, top: 20, bottom: 4, containLabel: true },
    // Rich text: a tooltip of HTML would need styles that the page's policy refuses.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, formatter: ([bar]) => `${price(strikes[bar.dataIndex])}  ${dollars(values[bar.dataIndex])} a 1% move` },
    xAxis: { type: "value", splitNumber: 4, axisLabel: { ...text, formatter: dollars, hideOverlap: true }, splitLine: rule, axisLine: rule },
    yAxis: { type: "value", min: strikes[0] - step, max: strikes.at(-1) + step, axisLabel: { ...text, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: (strike) => strike.toLocaleString("en-US") }, splitLine: { show: false }, axisLine: { show: false }, axisTick: { show: false } },
    series: [
      {
        type: "custom",
        encode: { x: 0, y: 1 },
        data: strikes.map((strike, at) => [values[at], strike]),
        renderItem: bar(strikes),
        markLine: { symbol: "none", animation: false, data: lines({ spot, flip, max, strikes }) },
      },
    ],
  };
}

// The narrowest distance of two strikes.
function between(strikes) {
  const step = Math.min(...strikes.slice(1).map((strike, at) => strike - strikes[at]), Infinity);
  return Number.isFinite(step) ? step : 1;
}

// Strikes are prices: a flip between two of them stands between their bars.
function bar(strikes) {
  const step = between(strikes);
  return (_, api) => {
    const [value, strike] = [api.value(0), api.value(1)];
    const [zero, end] = [api.coord([0, strike]), api.coord([value, strike])];
    const height = Math.max(2, Math.min(16, 0.7 * Math.abs(api.size([0, step])[1])));
    const shape = { x: Math.min(zero[0], end[0]), y: zero[1] - height / 2, width: Math.abs(end[0] - zero[0]), height };
    return { type: "rect", shape, style: { fill: colour(value >= 0 ? "pos" : "neg") } };
  };
}

// From the highest to the lowest: labels of levels that are close together do not meet.
const PLACES = ["insideEndTop", "insideStartBottom", "insideEndBottom"];
const CLOSE = 0.1; // of the range that is shown

function lines({ spot, flip, max, strikes }) {
  const named = [["Max", max, "gex", "solid"], ["Flip", flip, "level-gex-flip", "dashed"], ["Spot", spot, "text", "solid"]];
  const inside = named.filter(([, level]) => level !== null && level >= strikes[0] && level <= strikes.at(-1));
  inside.sort((one, other) => other[1] - one[1]);
  const close = inside.length === PLACES.length && inside[0][1] - inside[2][1] < CLOSE * (strikes.at(-1) - strikes[0]);
  return inside.map(([name, level, token, type], at) => ({
    yAxis: level,
    lineStyle: { color: colour(token), type, width: 1.5 },
    label: { formatter: `${name} ${price(level)}`, position: at === 2 && !close ? PLACES[0] : PLACES[at], color: colour(LABELS[token] ?? token), fontSize: 12, backgroundColor: colour("surface"), padding: [1, 4], borderRadius: 3 },
  }));
}

// A line may be darker than text that is to be read.
const LABELS = { gex: "gex-soft" };

function dollars(value) {
  return `${value < 0 ? "-" : ""}$${compact(Math.abs(value))}`;
}
