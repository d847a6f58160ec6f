// What a card of a position prints, and what cards are together, by the rules of coach/pure/holdings.py.

import { change, changePercent, compact, direction, money, pnl } from "./formats.js";

const SOON_DAYS = 7;
const SOURCES = { quote: "Quote", last_trade: "Last trade", model: "Model price", none: "No price" };

/** The figures of a card by name: `{text, token}`, the text null where nobody knows it. */
export function cells(said) {
  const greeks = said.greeks ?? {};
  return {
    pnl: signed(known(said, "pnl"), pnl),
    pnlPct: signed(known(said, "pnlPct"), changePercent),
    netPnl: signed(known(said, "netPnl"), pnl),
    current: cell(money(known(said, "currentPrice"))),
    value: cell(money(known(said, "currentValue"))),
    underlying: cell(money(said.underlyingPrice)),
    dte: countdown(said.daysToExpiry, said.minutesToExpiry),
    delta: cell(change(greeks.delta)),
    gamma: cell(four(greeks.gamma)),
    theta: burning(greeks.theta),
    vega: cell(pnl(greeks.vega)),
    breakeven: cell((said.breakevens ?? []).map(money).join(", ") || null),
    maxGain: cell(bound(said.maxGain)),
    maxLoss: cell(bound(said.maxLoss)),
    chance: cell(Number.isFinite(said.probabilityOfProfit) ? `${Math.round(100 * said.probabilityOfProfit + 1e-9)}%` : null),
    stop: cell(distance(said.distanceToStop)),
    target: cell(distance(said.distanceToTarget)),
    source: cell(SOURCES[said.markSource ?? "none"] ?? SOURCES.none),
  };
}

/** Of a snapshot what sums are made of, null where it is not known. */
export function kept(said) {
  const { delta = null, gamma = null, theta = null, vega = null } = said.greeks ?? {};
  const summed = Object.fromEntries(["pnl", "netPnl", "costBasis"].map((name) => [name, known(said, name)]));
  return { symbol: said.symbol, ...summed, spot: said.underlyingPrice ?? null, delta, gamma, theta, vega };
}

/** What cards are together, by name; `rows` as `kept` returns them. Money is the sum of their cents. */
export function totals(rows) {
  const priced = rows.filter((row) => row.pnl !== null);
  const cost = cents(priced, "costBasis");
  const made = priced.length ? cents(priced, "pnl") : null;
  const net = priced.length ? cents(priced, "netPnl") : null;
  const moved = rows.filter((row) => row.delta !== null && row.spot !== null);
  const decayed = rows.filter((row) => row.theta !== null);
  const sum = (of) => moved.reduce((total, row) => total + of(row), 0);
  return {
    count: cell(String(rows.length)),
    unpriced: cell(String(rows.length - priced.length)),
    pnl: signed(made === null ? null : made / 100, pnl),
    pnlPct: signed(made === null || !cost ? null : (100 * made) / cost, changePercent),
    netPnl: signed(net === null ? null : net / 100, pnl),
    dollarDelta: cell(moved.length ? exposure(sum((row) => row.delta * row.spot)) : null),
    dollarGamma: cell(moved.length ? exposure(sum((row) => (row.gamma * row.spot ** 2) / 100)) : null),
    theta: burning(decayed.length ? cents(decayed, "theta") / 100 : null),
    vega: cell(pnl(decayed.length ? cents(decayed, "vega") / 100 : null)),
  };
}

/** A member, null where the wire says 0 because nobody knows it. */
export function known(said, name) {
  return said.unavailable?.includes(name) ? null : (said[name] ?? null);
}

function cell(text, token = "") {
  return { text: text ?? null, token };
}

function signed(value, print) {
  return cell(print(value), direction(value).token);
}

function burning(value) {
  return cell(pnl(value), value < 0 ? "neg" : "");
}

function cents(rows, name) {
  return rows.reduce((total, row) => total + Math.round(row[name] * 100), 0);
}

function exposure(value) {
  return `${value < 0 ? "-" : value > 0 ? "+" : ""}$${compact(Math.abs(value))}`;
}

function four(value) {
  if (!Number.isFinite(value)) return null;
  const told = Math.round(Math.abs(value) * 1e4 + 1e-9) / 1e4;
  const sign = told === 0 ? "" : value < 0 ? "-" : "+";
  return sign + told.toLocaleString("en-US", { minimumFractionDigits: 4, maximumFractionDigits: 4 });
}

function bound(value) {
  return value === "unlimited" ? "Unlimited" : money(value);
}

function distance(away) {
  return away ? `${change(away.price)} (${changePercent(away.pct)})` : null;
}

function countdown(days, minutes) {
  if (days === undefined || days === null) return cell(null);
  const token = days <= 1 ? "neg" : days <= SOON_DAYS ? "warn" : "";
  if (days > 1 || minutes === undefined) return cell(`${days} day${days === 1 ? "" : "s"}`, token);
  const left = Math.max(minutes, 0);
  return cell(`${Math.floor(left / 60)} h ${left % 60} min`, token);
}

/** What closing some units at a price of one share makes, after the fees of that; `cost` is of one unit. */
export function closedAt(price, units, fees, { side, multiplier, cost }) {
  return side * price * multiplier * units - cost * units - fees;
}
