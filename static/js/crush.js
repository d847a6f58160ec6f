// What a straddle is worth after a report, looked up among the outcomes that the server priced one by one.

const WHY = {
  never_wins: "No crush small enough: time alone takes more",
  never_loses: "Any crush: the move alone pays for it",
  unknown: "Not known",
};

/** The straddle after a crush and a move, both in whole percent: its price, change and the crush that breaks even. */
export function outcome(data, crush, move) {
  const column = move - data.moves[0];
  const after = data.prices[crush - data.crushes[0]][column];
  const breakeven = data.breakevens[column];
  return {
    after,
    change: after === null ? null : after - data.paid,
    percent: after === null ? null : (100 * (after - data.paid)) / data.paid,
    breakeven: breakeven === null ? WHY[data.breakevenReasons[column]] : `${breakeven.toFixed(1)}% IV crush`,
  };
}
