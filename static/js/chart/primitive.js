// What our own drawings on a series share: how the library attaches them and asks for what they draw.

/** A series primitive; `layers` are pairs of a place in the stack (`bottom`, `normal`, `top`) and what draws there. */
export class Primitive {
  constructor(...layers) {
    this.views = layers.map(([place, draw]) => ({ zOrder: () => place, renderer: () => ({ draw }) }));
  }

  attached({ chart, series, requestUpdate }) {
    Object.assign(this, { chart, series, requestUpdate });
  }

  detached() {
    this.chart = null;
  }

  paneViews() {
    return this.views;
  }
}
