// The numbers of a heatmap as lines and columns: line 0 is the highest strike, column 0 the nearest date.

/** A cell is named by its date and strike, so that it is found again among other numbers. */
export class Grid {
  constructor(data) {
    this.data = data;
    this.columns = data.expiries;
    this.strikes = [...data.strikes].reverse();
    this.cells = new Map(data.at.map((place, index) => [this.mirrored(place), index]));
  }

  /** The place of a line and column, counted line by line. */
  place(line, column) {
    return line * this.columns.length + column;
  }

  /** The index of a cell in the columns of values; undefined where nothing is listed. */
  index(line, column) {
    return column >= 0 && column < this.columns.length ? this.cells.get(this.place(line, column)) : undefined;
  }

  values(mode) {
    return this.data.values[mode];
  }

  /** Line and column of a name; null when it is not here any more. */
  find(name) {
    const line = this.strikes.indexOf(name?.strike);
    const column = this.columns.findIndex((each) => each.date === name?.expiry);
    return this.index(line, column) === undefined ? null : { line, column };
  }

  name({ line, column }) {
    return { expiry: this.columns[column].date, strike: this.strikes[line] };
  }

  /** The listed cell of a column that is nearest to a line. */
  nearest(line, column) {
    const found = this.strikes.map((_, each) => each).filter((each) => this.index(each, column) !== undefined);
    if (!found.length) return null;
    return { column, line: found.reduce((best, each) => (Math.abs(each - line) < Math.abs(best - line) ? each : best)) };
  }

  /** The listed cell so many steps down a column, or the last on the way. */
  down({ line, column }, steps) {
    const found = this.strikes.map((_, each) => each).filter((each) => this.index(each, column) !== undefined);
    const at = found.indexOf(line) + steps;
    return { column, line: found[Math.min(found.length - 1, Math.max(0, at))] };
  }

  // The page counts strikes upwards.
  mirrored(place) {
    const columns = this.columns.length;
    return this.place(this.strikes.length - 1 - Math.floor(place / columns), place % columns);
  }
}
