// The focused chart by keyboard: bar by bar, zoom, and the values spoken on demand.

/** Bind a plot; `cursor` moves by bars and speaks, `viewport` zooms. */
export function bindKeyboard(plot, cursor, viewport) {
  const zoom = (closer) => {
    viewport.zoom(closer);
    cursor.move(0);
  };
  const keys = {
    ArrowLeft: () => cursor.move(-1),
    ArrowRight: () => cursor.move(1),
    Home: () => cursor.move(-Infinity),
    End: () => cursor.move(Infinity),
    "+": () => zoom(true),
    "=": () => zoom(true),
    "-": () => zoom(false),
    " ": () => cursor.speak(),
  };
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

/** Timeframes by the keys 1 to 6, wherever the focus is; returns how to stop. */
export function bindFrames(node) {
  const listen = (event) => {
    const typing = ["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    node.querySelector(`[data-frame-link="${CSS.escape(event.key)}"]`)?.click();
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
