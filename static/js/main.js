// Wires the page: every module starts here, then the socket connects.

import { behaviour, mount } from "./page.js";
import * as analyzer from "./analyzer.js";
import * as cards from "./cards.js";
import * as connection from "./connection.js";
import * as dialogs from "./dialogs.js";
import * as earnings from "./earnings.js";
import * as feed from "./feed.js";
import * as followed from "./followed.js";
import * as home from "./home.js";
import * as leaps from "./leaps.js";
import * as marketPill from "./market_pill.js";
import * as options from "./options.js";
import * as panels from "./panels.js";
import * as positions from "./positions.js";
import * as positionsNews from "./positions_news.js";
import * as prefs from "./prefs.js";
import * as prices from "./prices.js";
import * as setups from "./setups.js";
import * as shortcuts from "./shortcuts.js";
import * as socket from "./socket.js";
import * as symbolSearch from "./symbol_search.js";
import * as tracked from "./tracked.js";
import * as trail from "./trail.js";
import * as watchlist from "./watchlist.js";

for (const part of [analyzer, cards, connection, dialogs, earnings, feed, followed, home, leaps, marketPill, options, panels, positions, positionsNews, prefs, prices, setups, shortcuts, symbolSearch, tracked, trail, watchlist]) {
  part.start();
}
// What draws is loaded, with its library, when the first of its kind is opened.
const DRAWN = {
  "[data-chart]": () => import("./chart/panel.js"),
  "[data-bars]": () => import("./bars.js"),
  "[data-heatmap]": () => import("./heatmap/panel.js"),
  "[data-payoff-plot]": () => import("./payoff_plot.js"),
  "[data-leaps-plot]": () => import("./leaps_plot.js"),
};
for (const [selector, load] of Object.entries(DRAWN)) {
  behaviour(selector, (node) => {
    let stop = null;
    let gone = false;
    load().then(({ open }) => {
      if (!gone) stop = open(node);
    });
    return () => {
      gone = true;
      stop?.();
    };
  });
}

mount(document.body);
socket.connect();
