// Keeps the counts of the Today strip true when a setup moves.

import htmx from "../vendor/htmx/htmx.esm.min.js";
import { behaviour } from "./page.js";

const GATHER_MS = 1000;

/** Bind the strip. */
export function start() {
  behaviour("[data-today]", (node) => {
    let timer = null;
    const later = () => {
      timer ??= setTimeout(() => htmx.ajax("GET", node.dataset.today, { target: node, swap: "outerHTML" }), GATHER_MS);
    };
    document.addEventListener("coach:setup", later);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("coach:setup", later);
    };
  });
}
