// Keeps the counts of the Today strip true when a setup or a position moves.

import htmx from "../vendor/htmx/htmx.esm.min.js";
import { behaviour } from "./page.js";
import * as socket from "./socket.js";

const GATHER_MS = 1000;

/** Bind the strip. */
export function start() {
  behaviour("[data-today]", (node) => {
    let timer = null;
    const later = () => {
      timer ??= setTimeout(() => htmx.ajax("GET", node.dataset.today, { target: node, swap: "outerHTML" }), GATHER_MS);
    };
    document.addEventListener("coach:setup", later);
    const stops = ["position_update", "position_changed", "position_closed"].map((type) => socket.on(type, later));
    return () => {
      stops.forEach((stop) => stop());
      clearTimeout(timer);
      document.removeEventListener("coach:setup", later);
    };
  });
}
