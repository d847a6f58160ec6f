// Expected and actual moves of past reports as paired bars.

import * as echarts from "../vendor/echarts/echarts.esm.min.mjs";
import { colour } from "./chart/theme.js";

const SURPRISES = { beat: "beat", miss: "miss", "in-line": "in line", unknown: "surprise unknown" };

/** Draw the bars into a node; returns how to stop. */
export function draw(node, data) {
  const plot = echarts.init(node, null, { renderer: "canvas" });
  plot.setOption(options(data));
  const size = new ResizeObserver(() => plot.resize());
  size.observe(node);
  return {
    stop() {
      size.disconnect();
      plot.dispose();
    },
  };
}

function options(data) {
  const text = { color: colour("text-2"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };
  const expected = data.expected.some((value) => value !== null);
  const actual = data.actual.map((value, at) => ({
    value,
    itemStyle: { color: colour(data.directions[at] === "up" ? "pos" : "neg") },
  }));
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: text,
    grid: { left: 44, right: 12, top: 34, bottom: 28 },
    legend: { top: 0, right: 0, textStyle: text, itemWidth: 12, itemHeight: 8, data: expected ? ["Expected", "Actual"] : [] },
    // Without a style sheet of its own: the page forbids inline ones.
    tooltip: {
      renderMode: "richText",
      trigger: "axis",
      backgroundColor: colour("raised"),
      borderColor: colour("line-strong"),
      textStyle: { ...text, color: colour("text") },
      formatter: ([{ dataIndex }]) => said(data, dataIndex),
    },
    xAxis: {
      type: "category",
      data: data.days,
      axisLine: { lineStyle: { color: colour("line-strong") } },
      axisTick: { show: false },
      axisLabel: { ...text, formatter: (day) => day.replace(/ \d+,/, ""), hideOverlap: true },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: ({ max }) => Math.max(1, Math.ceil(max)),
      axisLabel: { ...text, formatter: "{value}%" },
      splitLine: { lineStyle: { color: colour("line") } },
    },
    series: [
      { name: "Expected", type: "bar", data: data.expected, color: colour("info"), barMaxWidth: 22, barGap: "12%" },
      { name: "Actual", type: "bar", data: actual, color: colour("text-2"), barMaxWidth: 22 },
    ].slice(expected ? 0 : 1),
  };
}

function said(data, at) {
  const expected = data.expected[at];
  const lines = [
    data.days[at],
    `Actual ${data.directions[at] === "up" ? "+" : "-"}${data.actual[at].toFixed(2)}%`,
    expected === null ? "Expected: not kept" : `Expected ±${expected.toFixed(2)}%`,
    SURPRISES[data.surprises[at]],
  ];
  return lines.join("\n");
}
