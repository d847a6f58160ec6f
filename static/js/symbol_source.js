// Finds symbols: asks the server, forgets an answer that a newer question has overtaken, falls back to what is known.

import { getJson } from "./http.js";

const SEARCH = "/api/symbols/search";
const MOST = 20;
const GROUPS = [["index", "Indices"], ["etf", "ETFs"], ["stock", "Stocks"]];

/** Letters that a symbol may have, upper-cased; the rest is dropped. */
export function cleaned(text) {
  return text.toUpperCase().replace(/[^A-Z0-9._:-]/g, "").slice(0, 10);
}

/** A searcher for one box: `find(text)` resolves to `{groups, notice}`, or null when overtaken. */
export function searcher(own) {
  let running = null;
  return async function find(text) {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      const { results } = await getJson(`${SEARCH}?q=${encodeURIComponent(text)}&limit=${MOST}`, { signal });
      return signal.aborted ? null : { groups: grouped(results, text, own), notice: results.length ? "" : "No symbol found." };
    } catch (problem) {
      if (signal.aborted || problem.name === "AbortError") return null;
      const local = own.filter((symbol) => symbol.includes(text)).map((symbol) => ({ symbol, name: "", type: "" }));
      return { groups: [["Yours", local]], notice: "Search is unavailable; these are the symbols of your lists." };
    }
  };
}

/** Whether the server knows exactly this symbol; its reason when it cannot say. */
export async function exists(symbol) {
  const { results } = await getJson(`${SEARCH}?q=${encodeURIComponent(symbol)}&limit=${MOST}`);
  return results.some((result) => result.symbol === symbol);
}

function grouped(results, text, own) {
  const exact = results.filter((result) => result.symbol === text);
  const rest = results.filter((result) => result.symbol !== text);
  const names = new Map(results.map(({ symbol, name }) => [symbol, name]));
  const mine = text ? [] : own.slice(0, 10).map((symbol) => ({ symbol, name: names.get(symbol) ?? "", type: "" }));
  const known = new Set(mine.map(({ symbol }) => symbol));
  const typed = GROUPS.map(([type, label]) => [label, rest.filter((result) => result.type === type && !known.has(result.symbol))]);
  return [["Exact match", exact], ["Your list", mine], ...typed].filter(([, found]) => found.length);
}
