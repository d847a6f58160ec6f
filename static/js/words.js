// Setup types in words, by the rule of coach/pure/words.py.

const CAPITALS = { orb: "ORB", vwap: "VWAP", spx: "SPX", ndx: "NDX", gex: "GEX", iv: "IV" };
const NAMES = { break_retest: "Break and retest" };

/** `ORB breakout` for `orb_breakout`; an unknown type with its own words. */
export function setupName(type) {
  const words = type.replace(/[_-]/g, " ").toLowerCase().split(" ").filter(Boolean).map((word) => CAPITALS[word] ?? word);
  const name = words.join(" ") || "Setup";
  return NAMES[type] ?? name[0].toUpperCase() + name.slice(1);
}
