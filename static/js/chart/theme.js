// The chart's colours, read from the page's tokens, so that no module here names a raw one.

/** The value of a colour token, such as `pos` or `level-pdh`; muted when there is no such token. */
export function colour(token) {
  const style = getComputedStyle(document.documentElement);
  return style.getPropertyValue(`--${token}`).trim() || style.getPropertyValue("--mute").trim();
}

/** A token's colour with transparency; the canvas wants `rgba`. */
export function translucent(token, alpha) {
  const hex = colour(token).replace("#", "");
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  const [red, green, blue] = [0, 2, 4].map((start) => parseInt(full.slice(start, start + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
