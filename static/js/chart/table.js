// The data table: the bars of the visible range, newest first, for those who would rather read them.

import { compact, dash, money } from "../formats.js";
import { label } from "./time.js";

const MOST_ROWS = 300;

/** Fill the table's body. */
export function fillTable(body, bars, frame, hasVolume) {
  body.replaceChildren(...bars.slice(-MOST_ROWS).reverse().map((bar) => row(bar, frame, hasVolume)));
}

function row(bar, frame, hasVolume) {
  const line = document.createElement("tr");
  line.append(cell(label(bar.time, frame)));
  for (const value of [bar.open, bar.high, bar.low, bar.close]) line.append(cell(money(value), "n"));
  line.append(hasVolume ? cell(compact(bar.volume), "n") : cell(dash("an index has no volume"), "n"));
  return line;
}

function cell(content, className = "") {
  const node = document.createElement("td");
  node.className = className;
  node.append(content);
  return node;
}
