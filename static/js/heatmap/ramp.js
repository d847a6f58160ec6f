// Colours between tokens of the page, and the bar that shows which value has which.

import { colour } from "../chart/theme.js";

const TICKS = [0, 0.25, 0.5, 0.75, 1];
const LIGHT = 0.17; // from this luminance on, dark letters read better than light ones

/** A function from 0..1 to `{css, light}` along these tokens. */
export function makeRamp(tokens) {
  const stops = tokens.map((token) => channels(colour(token)));
  return (place) => {
    const at = place * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(at));
    const mixed = stops[from].map((channel, each) => Math.round(channel + (at - from) * (stops[from + 1][each] - channel)));
    return { css: `rgb(${mixed.join(" ")})`, light: luminance(mixed) > LIGHT };
  };
}

/** Draw the bar and write the values that stand along it. */
export function showBar(canvas, ticks, ramp, scale, print) {
  const [wide, context] = [256, canvas.getContext("2d")];
  Object.assign(canvas, { width: wide, height: 1 });
  for (let x = 0; x < wide; x += 1) {
    context.fillStyle = ramp(x / (wide - 1)).css;
    context.fillRect(x, 0, 1, 1);
  }
  ticks.replaceChildren(
    ...TICKS.map((place) => Object.assign(document.createElement("span"), { textContent: print(scale.at(place)) ?? "" })),
  );
}

function channels(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((channel) => (channel / 255 <= 0.04045 ? channel / 3294.6 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
