// Profit by the price of the underlying: at expiry, filled by its sign, and today; ECharts draws it.

import * as echarts from "../vendor/echarts/echarts.esm.min.mjs";
import { colour, translucent } from "./chart/theme.js";
import { money, pnl } from "./formats.js";

// Below this width the labels of neighbouring lines lie on one another; the facts beside the plot say the same. [px]
const LABELLED = 480;

/** Draw what `node` carries as JSON; returns how to take it away. */
export function open(node) {
  const data = JSON.parse(node.querySelector("script").textContent);
  const box = document.createElement("div");
  box.className = "bars-canvas";
  node.append(box);
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(options(data, box.clientWidth >= LABELLED));
  const watcher = new ResizeObserver(() => chart.resize());
  watcher.observe(box);
  return () => {
    watcher.disconnect();
    chart.dispose();
  };
}

function options({ prices, atExpiry, today, spot, breakevens }, labelled) {
  const text = { color: colour("text-2"), fontSize: 11 };
  const zeroed = withZeros(prices, atExpiry);
  const hasToday = today.some((value) => value !== null) && today.some((value, at) => value !== atExpiry[at]);
  return {
    animation: false,
    grid: { left: 6, right: 14, top: 34, bottom: 22, containLabel: true },
    legend: { top: 0, left: 0, textStyle: text, itemWidth: 14, itemHeight: 8, data: ["At expiry", ...(hasToday ? ["Today"] : [])] },
    // Rich text: a tooltip of HTML would need styles that the page's policy refuses.
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("raised"), borderColor: colour("line-strong"), textStyle: { color: colour("text"), fontSize: 12 }, formatter: (lines) => said(lines) },
    xAxis: { type: "value", min: prices[0], max: prices.at(-1), axisLabel: { ...text, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: (value) => `$${value.toLocaleString("en-US")}` }, axisLine: { lineStyle: { color: colour("line-strong") }, onZero: false }, splitLine: { show: false } },
    yAxis: { type: "value", axisLabel: { ...text, formatter: short }, splitLine: { lineStyle: { color: colour("line") } } },
    series: [
      line("At expiry", zeroed, "text", { width: 2, z: 3, markLine: marks(spot, breakevens, { ...text, show: labelled }) }),
      // The two fills are one line cut at zero, so that each side has its colour.
      side(zeroed, "pos", (value) => Math.max(value, 0)),
      side(zeroed, "neg", (value) => Math.min(value, 0)),
      ...(hasToday ? [line("Today", prices.map((price, at) => [price, today[at]]), "info", { width: 1.5, type: "dashed", z: 4 })] : []),
    ],
  };
}

// Where the line crosses zero between two points, the crossing is one, too.
function withZeros(prices, values) {
  const points = [];
  for (const [at, price] of prices.entries()) {
    const [before, value] = [values[at - 1], values[at]];
    if (at && before !== null && value !== null && before * value < 0) {
      points.push([prices[at - 1] + ((price - prices[at - 1]) * before) / (before - value), 0]);
    }
    points.push([price, value]);
  }
  return points;
}

function line(name, data, token, { width, type = "solid", z, markLine }) {
  return { name, type: "line", data, z, symbol: "none", lineStyle: { color: colour(token), width, type }, itemStyle: { color: colour(token) }, markLine };
}

function side(points, token, cut) {
  const data = points.map(([price, value]) => [price, value === null ? null : cut(value)]);
  return { type: "line", data, symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { width: 0 }, areaStyle: { color: translucent(token, 0.22), origin: 0 } };
}

function marks(spot, breakevens, text) {
  const drawn = breakevens.map((price) => mark(price, `BE ${money(price)}`, "warn", "insideEndTop", text));
  if (spot) drawn.push(mark(spot, `Now ${money(spot)}`, "text-2", "insideStartTop", text));
  return { silent: true, symbol: "none", data: drawn };
}

function mark(price, formatter, token, position, text) {
  return { xAxis: price, lineStyle: { color: colour(token), type: "dotted", width: 1 }, label: { ...text, formatter, color: colour(token), position } };
}

function said(lines) {
  const own = lines.filter(({ seriesName }) => seriesName === "At expiry" || seriesName === "Today");
  if (!own.length) return "";
  const rows = own.filter(({ value }) => value[1] !== null).map(({ seriesName, value }) => `${seriesName} ${pnl(value[1])}`);
  return [money(own[0].value[0]), ...rows].join("\n");
}

function short(value) {
  const size = Math.abs(value);
  const body = size >= 1e6 ? `${+(size / 1e6).toFixed(1)}M` : size >= 1e4 ? `${+(size / 1e3).toFixed(1)}K` : size.toLocaleString("en-US");
  return `${value < 0 ? "-" : ""}$${body}`;
}
