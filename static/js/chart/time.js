// New York time on the chart's axis, crosshair and table, whatever the browser's zone.

const ZONE = "America/New_York";
const make = (parts) => new Intl.DateTimeFormat("en-US", { timeZone: ZONE, hourCycle: "h23", ...parts });
const year = make({ year: "numeric" });
const month = make({ month: "short" });
const day = make({ month: "short", day: "numeric" });
const hour = make({ hour: "2-digit", minute: "2-digit" });
const second = make({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

// TickMarkType of the library, in its order.
const TICKS = [year, month, day, hour, second];

/** A label of the time axis. */
export function tick(time, type) {
  return TICKS[type].format(time * 1000);
}

/** A bar's time in words: the date alone for daily bars. */
export function label(time, frame) {
  const at = time * 1000;
  return frame === "1D" ? `${day.format(at)}, ${year.format(at)}` : `${day.format(at)}, ${hour.format(at)} ET`;
}
