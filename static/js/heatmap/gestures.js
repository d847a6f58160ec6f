// Pointer, wheel, fingers and keys over the map, told as what the trader means by them.

const WHEEL = 1.0015; // zoom a pixel of wheel
const DRAG_PX = 4;

/** Bind the plot; `act` has `point(x, y)`, `leave()`, `press(x, y)`, `zoom(factor, y)`, `drag(pixels)`. */
export function bindPointer(plot, act) {
  let from = null;
  let dragged = false;
  plot.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "mouse" && event.button === 0 ? event.clientY : null;
    dragged = false;
  });
  plot.addEventListener("pointermove", (event) => {
    if (from !== null && (event.buttons & 1) && (dragged || Math.abs(event.clientY - from) > DRAG_PX)) {
      act.drag(event.clientY - from);
      [from, dragged] = [event.clientY, true];
    } else act.point(...inside(plot, event));
  });
  plot.addEventListener("pointerleave", () => act.leave());
  plot.addEventListener("click", (event) => dragged || act.press(...inside(plot, event)));
  plot.addEventListener("wheel", (event) => wheel(plot, event, act), { passive: false });
  bindFingers(plot, act);
}

/** Bind the keys of the focused plot. */
export function bindKeys(plot, act) {
  const keys = {
    ArrowUp: () => act.step(-1, 0),
    ArrowDown: () => act.step(1, 0),
    ArrowLeft: () => act.step(0, -1),
    ArrowRight: () => act.step(0, 1),
    PageUp: () => act.step(-10, 0),
    PageDown: () => act.step(10, 0),
    Home: () => act.home(),
    Enter: () => act.pin(),
    " ": () => act.pin(),
    Escape: () => act.unpin(),
    "+": () => act.closer(),
    "=": () => act.closer(),
    "-": () => act.further(),
    0: () => act.reset(),
  };
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

// Without Ctrl and before the map has focus the wheel is the page's.
function wheel(plot, event, act) {
  if (!event.ctrlKey && document.activeElement !== plot) return;
  const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1);
  // What is seen whole cannot get any smaller: such a turn scrolls the page, unless the browser would zoom it.
  if (act.zoom(WHEEL ** -pixels, inside(plot, event)[1]) || event.ctrlKey) event.preventDefault();
}

// One finger scrolls the page, two zoom and move the map.
function bindFingers(plot, act) {
  let before = null;
  plot.addEventListener(
    "touchmove",
    (event) => {
      if (event.touches.length !== 2) return;
      event.preventDefault();
      const [one, other] = event.touches;
      const now = { apart: Math.abs(one.clientY - other.clientY) + Math.abs(one.clientX - other.clientX), y: (one.clientY + other.clientY) / 2 };
      if (before) {
        act.drag(now.y - before.y);
        act.zoom(now.apart / before.apart, now.y - plot.getBoundingClientRect().top);
      }
      before = now;
    },
    { passive: false },
  );
  for (const name of ["touchend", "touchcancel"]) plot.addEventListener(name, () => (before = null));
}

function inside(plot, event) {
  const { left, top } = plot.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}
