// Draws the map on a canvas: hatching below, cells above it, strikes, dates and the spot around them.
//
// No library: a few hundred rectangles take a millisecond or two, and hatching, keyboard and zoom by our own rules
// would each have to be fitted to a chart library's.

import { price } from "../formats.js";
import { colour } from "../chart/theme.js";
import { lineOf } from "./window.js";

const [HEAD, FOOT, RIGHT] = [40, 8, 8];
const FONT = "12px system-ui, sans-serif";
const LABEL_APART = 18; // pixels between strikes that are written
const ROOM = { width: 52, height: 15 }; // of a cell whose value is written
const ROUND = [1, 2.5, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000];

export class Plot {
  constructor(host) {
    this.host = host;
    this.canvas = host.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
  }

  /** Draw `scene`: `{grid, seen, mode, values, scale, ramp, cursor, pinned}`. */
  draw(scene) {
    this.scene = scene;
    this.fit();
    const { context } = this;
    context.font = FONT;
    this.gutter = this.gutterWidth();
    context.fillStyle = colour("chart");
    context.fillRect(0, 0, this.width, this.height);
    context.save();
    context.beginPath();
    context.rect(this.gutter, HEAD, this.width - this.gutter - RIGHT, this.height - HEAD - FOOT);
    context.clip();
    context.fillStyle = this.hatching();
    context.fillRect(this.gutter, HEAD, this.width, this.height);
    const drawn = this.cells();
    this.outlines();
    context.restore();
    this.dates();
    this.strikes();
    this.spot();
    this.canvas.dataset.cells = drawn;
  }

  /** Line and column below a point of the canvas; null outside of the map. `line` has a fraction in `exact`. */
  hit(x, y) {
    const { grid, seen } = this.scene;
    const column = Math.floor((x - this.gutter) / this.columnWidth);
    const exact = seen.from + (y - HEAD) / this.lineHeight;
    const inside = column >= 0 && column < grid.columns.length && exact >= seen.from && exact < seen.from + seen.span;
    return inside ? { column, line: Math.floor(exact), exact } : null;
  }

  /** The place of a cell on the canvas. */
  box({ line, column }) {
    return { x: this.gutter + column * this.columnWidth, y: this.y(line), width: this.columnWidth, height: this.lineHeight };
  }

  get columnWidth() {
    return (this.width - this.gutter - RIGHT) / this.scene.grid.columns.length;
  }

  get lineHeight() {
    return (this.height - HEAD - FOOT) / this.scene.seen.span;
  }

  y(line) {
    return HEAD + (line - this.scene.seen.from) * this.lineHeight;
  }

  fit() {
    const { width, height } = this.host.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) Object.assign(this.canvas, { width: wide, height: high });
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    [this.width, this.height] = [width, height];
  }

  gutterWidth() {
    const { grid } = this.scene;
    const longest = [price(grid.data.spot), ...grid.strikes.map(strikeText)].reduce((a, b) => (b.length > a.length ? b : a));
    return Math.ceil(this.context.measureText(longest).width) + 18;
  }

  hatching() {
    const tile = document.createElement("canvas");
    [tile.width, tile.height] = [6, 6];
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour("line-strong");
    pen.beginPath();
    for (const from of [-6, 0, 6]) {
      pen.moveTo(from, 6);
      pen.lineTo(from + 6, 0);
    }
    pen.stroke();
    return this.context.createPattern(tile, "repeat");
  }

  cells() {
    const { grid, seen, values, scale, ramp, mode } = this.scene;
    const gap = this.lineHeight >= 8 ? 1 : 0;
    const written = this.lineHeight >= ROOM.height && this.columnWidth >= ROOM.width;
    let drawn = 0;
    for (let line = Math.floor(seen.from); line < Math.min(grid.strikes.length, seen.from + seen.span); line += 1) {
      for (let column = 0; column < grid.columns.length; column += 1) {
        const value = values[grid.index(line, column)];
        const place = scale.place(value);
        if (place === null) continue;
        const shade = ramp(place);
        this.cell(this.box({ line, column }), shade, gap);
        if (written) this.write(this.box({ line, column }), mode.print(value), shade);
        drawn += 1;
      }
    }
    return drawn;
  }

  cell({ x, y, width, height }, shade, gap) {
    // Whole pixels, or seams show between neighbours.
    const [left, top, wide, high] = [Math.round(x), Math.round(y), Math.round(x + width) - Math.round(x), Math.round(y + height) - Math.round(y)];
    this.context.fillStyle = colour("chart");
    this.context.fillRect(left, top, wide, high);
    this.context.fillStyle = shade.css;
    this.context.fillRect(left + 1, top, wide - 2, high - gap);
  }

  write({ x, y, width, height }, text, shade) {
    this.align("center", "middle");
    this.context.fillStyle = colour(shade.light ? "page" : "text");
    this.context.fillText(text, x + width / 2, y + height / 2 + 0.5);
  }

  outlines() {
    const { cursor, pinned } = this.scene;
    if (pinned) this.outline(this.box(pinned), "text", 3);
    if (cursor) this.outline(this.box(cursor), "focus", 2);
  }

  outline({ x, y, width, height }, token, line) {
    this.context.strokeStyle = colour("page");
    this.context.lineWidth = line + 2;
    this.context.strokeRect(x, y, width, Math.max(height, 4));
    this.context.strokeStyle = colour(token);
    this.context.lineWidth = line;
    this.context.strokeRect(x, y, width, Math.max(height, 4));
  }

  dates() {
    const { columns } = this.scene.grid;
    const each = Math.ceil(40 / this.columnWidth);
    this.align("center", "alphabetic");
    columns.forEach(({ date, days }, at) => {
      if (at % each) return;
      const x = this.gutter + (at + 0.5) * this.columnWidth;
      this.context.fillStyle = colour("text");
      this.context.fillText(`${date.slice(5, 7)}/${date.slice(8)}`, x, 16);
      this.context.fillStyle = colour("mute");
      this.context.fillText(`${days}d`, x, 32);
    });
  }

  // Round strikes, as many as there is room for.
  strikes() {
    const { grid, seen } = this.scene;
    const lines = [];
    for (let line = Math.ceil(seen.from); line + 1 <= seen.from + seen.span + 1e-9; line += 1) lines.push(line);
    const room = (this.height - HEAD - FOOT) / LABEL_APART;
    const step = ROUND.find((size) => lines.filter((line) => grid.strikes[line] % size === 0).length <= room) ?? ROUND.at(-1);
    this.align("right", "middle");
    this.context.fillStyle = colour("text-2");
    const spot = this.spotAt().y;
    let last = -Infinity;
    for (const line of lines) {
      const y = this.y(line + 0.5);
      const close = y - last < LABEL_APART - 2 || Math.abs(y - spot) < LABEL_APART - 2;
      if (close || (this.lineHeight < LABEL_APART && grid.strikes[line] % step)) continue;
      this.context.fillText(strikeText(grid.strikes[line]), this.gutter - 8, y);
      last = y;
    }
  }

  // Between the strikes it stands between; at the edge, with an arrow, when that is out of sight.
  spot() {
    const { context } = this;
    const { grid } = this.scene;
    const { y, arrow } = this.spotAt();
    context.fillStyle = colour("page");
    context.fillRect(this.gutter, y - 2, this.width - this.gutter - RIGHT, 4);
    context.fillStyle = colour("spot");
    context.fillRect(0, y - 1, this.width - RIGHT, 2);
    context.fillRect(0, y - 9, this.gutter - 3, 18);
    this.align("right", "middle");
    context.fillStyle = colour("page");
    context.fillText(price(grid.data.spot), this.gutter - 8, y + 0.5);
    this.align("left", "alphabetic");
    context.fillStyle = colour("spot");
    context.fillText(`Spot${arrow}`, 4, 16);
  }

  spotAt() {
    const { grid } = this.scene;
    const [top, bottom] = [HEAD, this.height - FOOT];
    const wanted = this.y(lineOf(grid.strikes, grid.data.spot));
    return { y: Math.round(Math.min(bottom, Math.max(top, wanted))), arrow: wanted < top ? " ▲" : wanted > bottom ? " ▼" : "" };
  }

  align(across, down) {
    this.context.textAlign = across;
    this.context.textBaseline = down;
  }
}

/** `6,950`, `6,952.50`. */
export function strikeText(strike) {
  return Number.isInteger(strike) ? price(strike).slice(0, -3) : price(strike);
}
