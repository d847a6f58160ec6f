// A long-dated option as time passes: its value, and its Greeks on scales of their own; ECharts draws them.

import * as echarts from "../vendor/echarts/echarts.esm.min.mjs";
import { colour } from "./chart/theme.js";
import { money } from "./formats.js";

const LINES = [
  { name: "Value", member: "projectedValue", axis: 0, token: "pos", width: 2.5 },
  { name: "At forward IV", member: "forwardValue", axis: 0, token: "warn", type: "dashed" },
  { name: "Delta", member: "delta", axis: 1, token: "info" },
  { name: "Theta", member: "theta", axis: 2, token: "neg" },
  { name: "Vega", member: "vega", axis: 3, token: "gex" },
];

/** Draw the points that `node` carries as JSON; returns how to take them away. */
export function open(node) {
  const { points } = JSON.parse(node.querySelector("script").textContent);
  const box = document.createElement("div");
  box.className = "bars-canvas";
  node.append(box);
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(options(points));
  const watcher = new ResizeObserver(() => chart.resize());
  watcher.observe(box);
  return () => {
    watcher.disconnect();
    chart.dispose();
  };
}

function options(points) {
  const text = { color: colour("text-2"), fontSize: 11 };
  const rule = { lineStyle: { color: colour("line-strong") } };
  const lines = LINES.filter(({ member }) => points.some((point) => point[member] !== null));
  const hidden = { type: "value", show: false, scale: true };
  return {
    animation: false,
    grid: { left: 4, right: 4, top: 34, bottom: 24, containLabel: true },
    legend: { top: 0, left: 0, textStyle: text, inactiveColor: colour("mute"), itemWidth: 14, itemHeight: 8, selected: { Theta: false, Vega: false } },
    // Rich text: a tooltip of HTML would need styles that the page's policy refuses.
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("raised"), borderColor: colour("line-strong"), textStyle: { color: colour("text"), fontSize: 12 }, formatter: ([{ dataIndex }]) => said(points[dataIndex]) },
    xAxis: { type: "value", name: "days from now", nameLocation: "middle", nameGap: 22, nameTextStyle: text, min: 0, max: points.at(-1).daysAhead || 1, axisLabel: { ...text, hideOverlap: true }, axisLine: rule, splitLine: { show: false } },
    yAxis: [
      { type: "value", scale: true, axisLabel: { ...text, formatter: (value) => `$${value.toLocaleString("en-US")}` }, splitLine: { lineStyle: { color: colour("line") } } },
      { type: "value", scale: true, axisLabel: { ...text, formatter: (value) => value.toFixed(2) }, splitLine: { show: false } },
      hidden,
      hidden,
    ],
    series: lines.map(({ name, member, axis, token, width = 1.5, type = "solid" }) => ({
      name,
      type: "line",
      yAxisIndex: axis,
      symbolSize: 5,
      data: points.map((point) => [point.daysAhead, point[member]]),
      lineStyle: { color: colour(token), width, type },
      itemStyle: { color: colour(token) },
    })),
  };
}

function said(point) {
  const forward = point.forwardValue === null ? [] : [`At forward IV ${money(point.forwardValue)}`];
  const greeks = `Delta ${point.delta.toFixed(3)}  Theta ${point.theta.toFixed(2)}  Vega ${point.vega.toFixed(2)}`;
  return [point.daysAhead ? `In ${point.daysAhead} days` : "Now", `Value ${money(point.projectedValue)}`, ...forward, greeks].join("\n");
}
