// Where a setup began and ended: an arrow at its trigger bar, a circle at the bar of its exit, a label at each.

import { createSeriesMarkers } from "../../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { Labels, look } from "./labels.js";
import { colour } from "./theme.js";

/** The markers of a candle series; `draw` takes `{time, kind, label, direction, outcome}` each, in Unix seconds. */
export class Markers {
  constructor(series) {
    this.shapes = createSeriesMarkers(series, []);
    this.labels = new Labels();
    series.attachPrimitive(this.labels);
  }

  draw(markers) {
    const looks = markers.map((marker) => ({ ...look(marker), text: marker.label }));
    this.shapes.setMarkers(looks.map(({ text, token, ...shape }) => ({ ...shape, color: colour(token) })));
    this.labels.show(looks);
  }
}
