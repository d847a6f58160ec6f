// The data table: the same numbers by strike and date, for those who would rather read them.

import { dash } from "../formats.js";
import { strikeText } from "./plot.js";

/** Fill a table with the values of a mode. */
export function fillTable(table, grid, mode, values) {
  const heads = grid.columns.map(({ date, days }) => cell("th", `${date.slice(5, 7)}/${date.slice(8)} · ${days}d`, "n"));
  const head = line(cell("th", "Strike"), ...heads);
  for (const node of head.children) node.scope = "col";
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...grid.strikes.map((strike, at) => row(strike, at, grid, mode, values)));
}

function row(strike, at, grid, mode, values) {
  const head = cell("th", strikeText(strike), "num");
  head.scope = "row";
  const told = grid.columns.map((_, column) => {
    const index = grid.index(at, column);
    const text = index === undefined ? dash("not listed") : (mode.print(values[index] ?? NaN) ?? dash("nobody knows it"));
    return cell("td", text, "n");
  });
  return line(head, ...told);
}

function line(...cells) {
  const node = document.createElement("tr");
  node.append(...cells);
  return node;
}

function cell(name, content, className = "") {
  const node = document.createElement(name);
  node.className = className;
  node.append(content);
  return node;
}
