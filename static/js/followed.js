// Keeps what followed a detection true: distances with each price, the rest with each minute until its plan has ended.

import { behaviour, mount, unmount } from "./page.js";
import { getPartial } from "./http.js";
import { paintRow } from "./tracked_row.js";
import * as prices from "./prices.js";

/** Bind the part of the page. */
export function start() {
  behaviour("[data-followed]", (node) => {
    const { symbol, live, followed, resync } = node.dataset;
    const ask = () => !document.hidden && replace(node, followed);
    const hear = ({ detail }) => detail.data.symbol === symbol && ask();
    const stopWatching = prices.watch((price) => price.symbol === live && paintRow(node, price));
    const timer = Number(resync) ? setInterval(ask, Number(resync)) : null;
    document.addEventListener("coach:setup", hear);
    return () => {
      stopWatching();
      clearInterval(timer);
      document.removeEventListener("coach:setup", hear);
    };
  });
}

async function replace(node, address) {
  const partial = await getPartial(address).catch(() => null);
  const fresh = partial?.querySelector("[data-followed]");
  // Nothing moves away under a focus; the next minute asks again.
  if (!fresh || !node.isConnected || node.contains(document.activeElement)) return;
  unmount(node);
  node.replaceWith(fresh);
  mount(fresh);
  const price = prices.last(fresh.dataset.live);
  if (price) paintRow(fresh, price);
}
